//! Somebody between the daemon and its collector, and a client that sends what it is given.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Pass,
    /// 200 to everything, and nothing goes on.
    SayYes,
    /// The collector is asked, and its answer is kept back.
    LoseAnswer,
}

/// Takes connections until the test's process ends.
pub(super) struct Middle {
    address: String,
    does: Arc<Mutex<Does>>,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Middle {
    pub(super) fn before(collector: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (does, requests) = (Arc::new(Mutex::new(Does::Pass)), Arc::default());
        let middle = Self { address, does: Arc::clone(&does), requests: Arc::clone(&requests) };
        let collector = collector.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (does, requests, collector) = (Arc::clone(&does), Arc::clone(&requests), collector.clone());
                // A connection that breaks off is the other side's to notice.
                std::thread::spawn(move || between(stream, &collector, &does, &requests).ok());
            }
        });
        Ok(middle)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    /// What came, whole.
    pub(super) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

fn between(mut stream: TcpStream, collector: &str, does: &Mutex<Does>, requests: &Mutex<Vec<Vec<u8>>>) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = message(&mut stream)?;
    requests.lock().unwrap().push(request.clone());
    let does = *does.lock().unwrap();
    if does == Does::SayYes {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
        return Ok(());
    }
    let answer = exchange(collector, &request)?;
    if does == Does::Pass {
        stream.write_all(&answer)?;
    }
    Ok(())
}

/// One request, and the answer to it; the connection is used for no other.
pub(super) fn exchange(address: &str, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    message(&mut stream)
}

/// Status and body of the answer to this request.
pub(super) fn ask(address: &str, request: &[u8]) -> Result<(u16, Value)> {
    let answer = exchange(address, request)?;
    let end = head(&answer).context("an answer")?;
    let (head, body) = answer.split_at(end);
    let status = std::str::from_utf8(head)?.split(' ').nth(1).context("a status")?.parse()?;
    Ok((status, serde_json::from_slice(body)?))
}

/// Every `from` in a request's head, made `to` of the same length; the body stays.
pub(super) fn replace(request: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (head, body) = request.split_at(head(request).unwrap_or_default());
    [String::from_utf8_lossy(head).replace(from, to).as_bytes(), body].concat()
}

/// Where a message's body begins.
fn head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// Reads one message whose length its head says.
fn message(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut step = [0; 4096];
    loop {
        if let Some(begin) = head(&bytes) {
            let head = String::from_utf8_lossy(bytes.get(..begin).context("a head")?).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(Ok(0), str::parse)?;
            if bytes.len() >= begin + length {
                return Ok(bytes);
            }
        }
        let read = stream.read(&mut step)?;
        anyhow::ensure!(read > 0, "cut off");
        bytes.extend_from_slice(step.get(..read).context("what was read")?);
    }
}
