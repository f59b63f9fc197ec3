//! Signing in and out.

use super::ask::pairs;
use super::html::Html;
use super::pages::{Part, frame, respond};
use crate::http::{App, body, lock};
use crate::identity::{secret, secret_digest};
use crate::serve::connections::{Peer, whose};
use crate::store::people::People as _;
use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use chain::Digest;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A session lasts a working day.
pub(crate) const SESSION_MS: u64 = 12 * 60 * 60_000;
const FORM_BYTES: usize = 8 << 10;
const MINUTE_MS: u64 = 60_000;
/// Attempts that fail, a minute: of one address, and of those that this machine's own address speaks for.
const FAILURES: u32 = 10;
const FAILURES_HERE: u32 = 100;
/// Addresses that are remembered at one time.
const REMEMBERED: usize = 4096;

/// Attempts to sign in that failed in this minute.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    of: HashMap<IpAddr, u32>,
    since_ms: u64,
}

impl Failures {
    fn minute(&mut self, now_ms: u64) {
        if now_ms.abs_diff(self.since_ms) >= MINUTE_MS {
            self.of.clear();
            self.since_ms = now_ms;
        }
    }

    fn too_many(&mut self, address: IpAddr, now_ms: u64) -> bool {
        self.minute(now_ms);
        let of = whose(address);
        let most = if of.is_loopback() { FAILURES_HERE } else { FAILURES };
        self.of.get(&of).is_some_and(|failed| *failed >= most)
    }

    /// What does not fit in is not counted: nobody is refused for the attempts of others.
    fn one_more(&mut self, address: IpAddr, now_ms: u64) {
        self.minute(now_ms);
        let (room, of) = (self.of.len() < REMEMBERED, whose(address));
        if let Some(failed) = self.of.get_mut(&of) {
            *failed += 1;
        } else if room {
            self.of.insert(of, 1);
        }
    }
}

/// Over TLS a name that a browser takes from an encrypted page of this very host alone.
fn cookie_name(encrypted: bool) -> &'static str {
    if encrypted { "__Host-taffrail" } else { "taffrail" }
}

fn cookie(encrypted: bool, value: &str, seconds: u64) -> HeaderValue {
    let secure = if encrypted { "; Secure" } else { "" };
    let name = cookie_name(encrypted);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The digest of the session's secret that a request shows.
pub(crate) fn session_of(headers: &HeaderMap, encrypted: bool) -> Option<Digest> {
    let name = cookie_name(encrypted);
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let secret = pairs.find(|(known, _)| *known == name)?.1;
    (secret.len() == 64).then(|| secret_digest(secret))
}

/// A page of this console that somebody wanted to see.
fn wanted(next: &str) -> &str {
    let inner = next.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']));
    let plain = next.len() <= 2048 && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inner && plain && next != "/in" && !next.starts_with("/in/") && !next.starts_with("/in?") { next } else { "/" }
}

pub(crate) fn page(status: StatusCode, next: &str, said: Option<&'static str>) -> Response {
    let mut main = Html::default();
    main.raw("<div class=\"in\"><h1>Sign in</h1>");
    if let Some(said) = said {
        main.raw("<p class=\"notice\" role=\"alert\">").raw(said).raw("</p>");
    }
    main.raw("<form method=\"post\" action=\"/in\"><label for=\"key\">Your sign-in key</label>");
    main.raw("<input id=\"key\" name=\"key\" type=\"password\" autocomplete=\"current-password\" required autofocus>");
    main.raw("<input type=\"hidden\" name=\"next\"")
        .attribute("value", wanted(next))
        .raw("><button>Sign in</button></form>");
    main.raw("<p class=\"quiet\">An admin of this collector makes one: <code>taffrail-collector user add NAME</code></p></div>");
    respond(status, frame("Sign in", Part::None, None, &main))
}

pub(crate) async fn show(RawQuery(query): RawQuery) -> Response {
    let given = pairs(query.as_deref().unwrap_or_default());
    let next = given.iter().find(|(name, _)| name == "next").map_or("/", |(_, value)| value);
    page(StatusCode::OK, next, None)
}

/// Looking at a link does not use it up: programs that look ahead at links would.
pub(crate) async fn show_link(Path(link): Path<String>) -> Response {
    let mut main = Html::default();
    main.raw("<div class=\"in\"><h1>Sign in</h1><p>This link is good once.</p><form method=\"post\" action=\"/in\">");
    main.raw("<input type=\"hidden\" name=\"key\"")
        .attribute("value", &link)
        .raw("><button autofocus>Sign in</button>");
    main.raw("</form></div>");
    respond(StatusCode::OK, frame("Sign in", Part::None, None, &main))
}

pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let now = app.now_ms();
    let Ok(bytes) = body::read(request.into_body(), FORM_BYTES).await else {
        return page(StatusCode::BAD_REQUEST, "/", Some("The form could not be read."));
    };
    let given = pairs(&String::from_utf8_lossy(&bytes));
    let field = |name: &str| given.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim());
    let (by, next) = (secret_digest(field("key")), field("next").to_owned());
    let Ok(session) = secret() else {
        return page(StatusCode::SERVICE_UNAVAILABLE, &next, Some("The system gives no random bytes."));
    };
    let opened = {
        let (app, digest) = (Arc::clone(&app), secret_digest(&session));
        tokio::task::spawn_blocking(move || lock(&app.control).sign_in(&by, &digest, now, now + SESSION_MS)).await
    };
    match opened {
        Ok(Ok(Some(person))) => {
            tracing::info!(who = person.name, address = %peer.address, "somebody signs in");
            let mut response = Redirect::to(wanted(&next)).into_response();
            response.headers_mut().insert(SET_COOKIE, cookie(peer.encrypted, &session, SESSION_MS / 1000));
            response
        }
        // Only now: whoever has a key gets in, whatever others at the same address try. A key cannot be guessed.
        Ok(Ok(None)) if lock(&app.failures).too_many(peer.address, now) => {
            let mut response = page(StatusCode::TOO_MANY_REQUESTS, "/", Some("Too many attempts. Wait a minute."));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
        Ok(Ok(None)) => {
            tracing::warn!(address = %peer.address, "an attempt to sign in failed");
            lock(&app.failures).one_more(peer.address, now);
            page(StatusCode::FORBIDDEN, &next, Some("That key or link is not known, or was used before."))
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the store does not answer");
            page(StatusCode::SERVICE_UNAVAILABLE, &next, Some("The store does not answer. Try once more."))
        }
        Err(_) => page(StatusCode::SERVICE_UNAVAILABLE, &next, Some("A fault of the collector. Try once more.")),
    }
}

pub(crate) async fn sign_out(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    if let Some(session) = session_of(&headers, peer.encrypted) {
        let ended = tokio::task::spawn_blocking(move || lock(&app.control).sign_out(&session)).await;
        if !matches!(ended, Ok(Ok(()))) {
            return page(StatusCode::SERVICE_UNAVAILABLE, "/", Some("The session could not be ended. Try once more."));
        }
    }
    let mut response = Redirect::to("/in").into_response();
    response.headers_mut().insert(SET_COOKIE, cookie(peer.encrypted, "", 0));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        for own in ["/", "/live?q=a%20b&fate=stopped", "/calls/1/2/3", "/index"] {
            assert_eq!(wanted(own), own);
        }
        for other in
            ["", "//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nset-cookie: x", "/in", "/in/x", "/ä"]
        {
            assert_eq!(wanted(other), "/", "{other:?}");
        }
        assert_eq!(wanted(&format!("/{}", "a".repeat(3000))), "/");
    }

    #[test]
    fn failures_are_counted_by_household_and_forgotten_after_a_minute() {
        let mut failures = Failures::default();
        let (one, near, other) = ("2001:db8::1", "2001:db8::2", "192.0.2.1");
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..FAILURES {
            assert!(!failures.too_many(address(one), 5));
            failures.one_more(address(one), 5);
        }
        assert!(failures.too_many(address(near), 6) && !failures.too_many(address(other), 6));
        assert!(!failures.too_many(address(one), 5 + 2 * MINUTE_MS));
    }

    #[test]
    fn a_full_table_refuses_nobody() {
        let mut failures = Failures::default();
        for number in 0..u32::try_from(REMEMBERED).unwrap() + 10 {
            failures.one_more(std::net::Ipv4Addr::from(0x0a00_0000 + number).into(), 5);
        }
        assert_eq!(failures.of.len(), REMEMBERED);
        assert!(!failures.too_many("192.0.2.1".parse().unwrap(), 5));
    }

    #[test]
    fn a_session_is_read_from_its_own_cookie_alone() {
        let mut headers = HeaderMap::new();
        let secret = "a".repeat(64);
        headers.insert(COOKIE, format!("x=1; taffrail={secret}; y=2").parse().unwrap());
        assert_eq!(session_of(&headers, false), Some(secret_digest(&secret)));
        assert_eq!(session_of(&headers, true), None, "a cookie that plain HTTP could have set");
        headers.insert(COOKIE, "taffrail=short".parse().unwrap());
        assert_eq!(session_of(&headers, false), None);
        assert!(cookie(true, "v", 1).to_str().unwrap().ends_with("HttpOnly; SameSite=Strict; Max-Age=1; Secure"));
    }
}
