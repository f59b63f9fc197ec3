//! Batches: who holds which place, and whose word counts when the body has come.

use super::*;
use axum::body::{Bytes, HttpBody};
use chain::Digest;
use hyper::body::Frame;
use protocol::wire::{DEVICE, LOGS, REQUEST_DOMAIN, Signed, Standing, TIME};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A body that comes when the test sends it.
struct Slow(UnboundedReceiver<Bytes>);

impl HttpBody for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn enrolled(console: &Console, key: &DeviceKey) -> Uuid {
    let mut control = lock(&console.app.control);
    let (secret, now) = (secret_digest(&key.public().to_hex()), console.app.now_ms());
    let until_ms = now + 60_000;
    control.admit(&crate::store::Admission { secret, devices: 1, until_ms, approve: true }).unwrap();
    let (name, program) = ("d".to_owned(), "1".to_owned());
    control.enroll(&Applicant { key: key.public(), name, program, secret }, now).unwrap().unwrap().id
}

/// A batch under way, whose body will be `text`.
fn under_way(
    console: &Console,
    key: &DeviceKey,
    text: &str,
) -> (tokio::task::JoinHandle<Response>, UnboundedSender<Bytes>) {
    let (time_ms, digest) = (console.app.now_ms(), Digest::of(text.as_bytes()).to_hex());
    let nonce: String = secret().unwrap().chars().take(32).collect();
    let collector = console.app.identity.public();
    let signed =
        Signed { method: "POST", path: LOGS, collector, encoding: "identity", digest: &digest, time_ms, nonce: &nonce };
    let request = Request::builder()
        .method("POST")
        .uri(LOGS)
        .header(DEVICE, key.public().to_hex())
        .header(TIME, time_ms)
        .header(NONCE, &nonce)
        .header(SIGNATURE, hex::encode(key.sign(REQUEST_DOMAIN, signed.text().as_bytes())));
    let (send, receive) = unbounded_channel();
    let request = request.body(Body::new(Slow(receive))).unwrap();
    let router = console.router.clone();
    (tokio::spawn(async move { TowerToHyperService::new(router).call(request).await.unwrap() }), send)
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come to that");
}

#[tokio::test]
async fn a_device_that_is_revoked_while_its_batch_arrives_is_refused() {
    let console = Console::new();
    let key = DeviceKey::from_seed(&[7; 32]);
    let device = enrolled(&console, &key);
    let (approved, body) = under_way(&console, &key, "{");
    until(|| !lock(&console.app.arriving).is_empty()).await;
    body.send(Bytes::from("{")).unwrap();
    drop(body);
    assert_eq!(approved.await.unwrap().status(), 400, "let in, and not a batch");

    let (revoked, body) = under_way(&console, &key, "{");
    until(|| !lock(&console.app.arriving).is_empty()).await;
    assert!(lock(&console.app.control).set_standing(device, Standing::Revoked).unwrap());
    body.send(Bytes::from("{")).unwrap();
    drop(body);
    let response = revoked.await.unwrap();
    assert_eq!(response.status(), 403);
    assert!(text(response).await.contains("revoked"));
}

#[tokio::test]
async fn whoever_sends_in_a_devices_name_takes_two_places_and_gives_them_back() {
    let console = Console::new();
    let (key, other) = (DeviceKey::from_seed(&[7; 32]), DeviceKey::from_seed(&[8; 32]));
    let device = enrolled(&console, &key);
    enrolled(&console, &other);
    let (first, second) = (under_way(&console, &key, "{"), under_way(&console, &key, "{"));
    until(|| lock(&console.app.arriving).get(&device) == Some(&2)).await;
    let (third, body) = under_way(&console, &key, "{");
    drop(body);
    assert_eq!(third.await.unwrap().status(), 429);
    let (elsewhere, body) = under_way(&console, &other, "");
    drop(body);
    assert_eq!(elsewhere.await.unwrap().status(), 400, "a batch of nothing, but let in");
    first.0.abort();
    drop(second.1);
    second.0.await.unwrap();
    until(|| lock(&console.app.arriving).is_empty()).await;
}
