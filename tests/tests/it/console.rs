//! The console over real programs: a hook's call on its way to `/api` and to pages in a real browser.

mod real_browser;

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use test_support::{Collector, Daemon, Home, Hook, collector, until};

const PATIENCE: Duration = Duration::from_secs(30);
const QUICK: &str = "mode = \"enforce\"\n[collector]\ninterval_s = 1\n";

/// An answer over plain HTTP: its head and its body.
fn ask(address: &str, request: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
    Ok((head.to_owned(), body.to_owned()))
}

fn get(address: &str, path: &str, cookie: &str) -> Result<(String, String)> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"))
}

fn api(address: &str, path: &str, cookie: &str) -> Result<Value> {
    let (head, body) = get(address, path, cookie)?;
    ensure!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    Ok(serde_json::from_str(&body)?)
}

/// Lets somebody in and signs in: the session's cookie.
fn sign_in(home: &Home, address: &str, name: &str, role: &str) -> Result<String> {
    let key = collector::run(home, &["user", "add", name, "--role", role]).map(|answer| answer.text())?;
    let body = format!("key={}&next=/", key.trim());
    let (head, _) = ask(
        address,
        &format!(
            "POST /in HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    )?;
    ensure!(head.starts_with("HTTP/1.1 303"), "{head}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).context("a cookie")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn call(home: &Home, command: &str) -> Result<()> {
    let answer = Hook::before(home, "Bash", &json!({ "command": command })).run()?;
    ensure!(answer.exit == Some(0), "{answer:?}");
    Ok(())
}

/// A token of a kind that is known by its form, and of nobody.
fn token() -> String {
    format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

#[test]
fn a_call_that_was_stopped_is_on_the_page_and_in_the_api_as_it_was_recorded() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    collector::enroll(&home, &collector.url(), &[])?;
    let address = collector.address();
    let cookie = sign_in(&home, address, "Ana", "admin")?;
    let viewer = sign_in(&home, address, "Vera", "viewer")?;

    // Approved in the console, by an admin alone.
    let waiting = api(address, "/api/v1/devices", &viewer)?;
    ensure!(waiting["devices"][0]["standing"] == "pending", "{waiting}");
    let id = waiting["devices"][0]["id"].as_str().context("an id")?.to_owned();
    let approve = |cookie: &str| {
        ask(
            address,
            &format!(
                "POST /devices/{id}/approve HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
                 cookie: {cookie}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ),
        )
    };
    ensure!(approve(&viewer)?.0.starts_with("HTTP/1.1 403"));
    ensure!(approve(&cookie)?.0.starts_with("HTTP/1.1 303"));

    let _daemon = Daemon::start(&home)?;
    let start = Instant::now();
    call(&home, "rm -rf ~")?;
    call(&home, &format!("echo {} | wc -c", token()))?;
    let calls = until("both calls", PATIENCE, || {
        let said = api(address, "/api/v1/calls", &viewer)?;
        Ok((said["calls"].as_array().map(Vec::len) == Some(2)).then_some(said))
    })?;
    ensure!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let stopped = &calls["calls"][1];
    ensure!(
        stopped["input"] == "rm -rf ~" && stopped["fate"] == "stopped" && stopped["rule"] == "fs.delete-home",
        "{stopped}"
    );
    ensure!(!calls.to_string().contains(&token()) && calls.to_string().contains('‹'), "{calls}");
    for (query, found) in [
        ("fate=stopped", 1),
        ("effect=delete", 1),
        ("q=RM+-RF", 1),
        ("rule=fs.delete-home", 1),
        ("agent=cursor", 0),
        ("fate=serious&q=token", 0),
        ("session=7a0f3c52-1111-4222-8333-944445555666", 2),
        ("q=%25", 0),
        ("person=%27+OR+1%3D1+--", 0),
        (&format!("device={id}"), 2),
    ] {
        let said = api(address, &format!("/api/v1/calls?{query}"), &viewer)?;
        ensure!(said["calls"].as_array().map(Vec::len) == Some(found), "{query}: {said}");
    }

    let (chain, seq) = (stopped["chain"].as_str().context("a chain")?, &stopped["seq"]);
    let path = format!("/calls/{chain}/0/{seq}");
    let told = api(address, &format!("/api/v1{path}"), &viewer)?;
    ensure!(told["call"]["proof"]["whole"] == true && told["call"]["line"]["fate"] == "stopped", "{told}");
    let (head, page) = get(address, &path, &viewer)?;
    ensure!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    for part in ["Taffrail told Claude Code to stop this call.", "rm -rf ~", "fs.delete-home", "✓ fits"] {
        ensure!(page.contains(part), "{part}: {page}");
    }
    let figures = api(address, "/api/v1/overview", &viewer)?;
    ensure!(figures["overview"]["stopped"] == 1 && figures["overview"]["calls"] == 2, "{figures}");
    let (_, overview) = get(address, "/", &viewer)?;
    ensure!(overview.contains("1 of 1 device reported in the last 24 hours; of 2 calls 1 was stopped"), "{overview}");
    let sessions = api(address, "/api/v1/sessions", &viewer)?;
    ensure!(sessions["sessions"][0]["session"]["calls"] == 2, "{sessions}");
    for nothing in ["/calls/x/0/1", &format!("/calls/{chain}/0/99999"), &format!("/calls/{chain}/9/1")] {
        ensure!(get(address, nothing, &viewer)?.0.starts_with("HTTP/1.1 404"), "{nothing}");
    }

    // What is changed in the store is said on the record's page.
    Connection::open(collector::records(&home))?
        .execute("UPDATE contents SET text = replace(text, 'rm -rf ~', 'rm -rf .')", [])?;
    let told = api(address, &format!("/api/v1{path}"), &viewer)?;
    ensure!(told["call"]["proof"]["whole"] == false, "{told}");
    Ok(())
}
