//! The way of a record from the real hook into the store of the real collector.

mod middle;
mod tls;

use anyhow::{Context as _, Result, ensure};
use middle::{Does, Middle};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use test_support::{Answer, Collector, Daemon, Home, Hook, collector, until};

/// Uploads in these tests wait this long for company.
const QUICK: &str = "mode = \"detect\"\n[collector]\ninterval_s = 1\n";
const PATIENCE: Duration = Duration::from_secs(30);

fn call(home: &Home, command: &str) -> Result<()> {
    let answer = Hook::before(home, "Bash", &json!({ "command": command })).run()?;
    ensure!(answer.exit == Some(0), "{answer:?}");
    Ok(())
}

fn status(home: &Home) -> Result<(Option<i32>, Value)> {
    let answer = home.taffrail(["status", "--json"])?;
    Ok((answer.exit, answer.json()?))
}

/// Waits until the collector has signed for all that is recorded.
fn drained(home: &Home) -> Result<u64> {
    until("all records to be with the collector", PATIENCE, || {
        let (_, status) = status(home)?;
        let (records, there) = (&status["journal"]["records"], &status["collector"]["acknowledged"]);
        Ok((records.as_u64() > Some(2) && records == there).then(|| there.as_u64()).flatten())
    })
}

/// What lies in the collector's store: number and envelope of every record.
fn stored(home: &Home) -> Result<Vec<(u64, Value)>> {
    let store = Connection::open(collector::records(home))?;
    let mut statement = store
        .prepare("SELECT r.seq, e.text FROM records r JOIN envelopes e ON e.id = r.id ORDER BY r.seq, r.branch")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (seq, text) = row?;
        Ok((u64::try_from(seq)?, serde_json::from_str(&text)?))
    })
    .collect()
}

fn contents(home: &Home) -> Result<Vec<String>> {
    let store = Connection::open(collector::records(home))?;
    let mut statement = store.prepare("SELECT text FROM contents")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What the daemon's own journal holds.
fn recorded(home: &Home) -> Result<Vec<(u64, Value)>> {
    let log = home.taffrail(["log", "-n", "10000", "--as-sent"])?;
    let line = |line: &str| -> Result<(u64, Value)> {
        let row: Value = serde_json::from_str(line)?;
        Ok((row["seq"].as_u64().context("a number")?, row["envelope"].clone()))
    };
    log.text().lines().map(line).collect()
}

fn verify(home: &Home) -> Result<(Option<i32>, Value)> {
    let answer = collector::run(home, &["verify", "--json"])?;
    Ok((answer.exit, answer.json()?))
}

fn devices(home: &Home) -> Result<Value> {
    Ok(collector::run(home, &["devices", "--json"])?.json()?["devices"].clone())
}

#[test]
fn a_stop_is_with_the_collector_within_seconds_as_it_was_recorded() -> Result<()> {
    let home = Home::new()?;
    // The interval as it is where nobody sets one: a stop does not wait for it.
    home.configure("mode = \"enforce\"\n")?;
    let collector = Collector::start(&home)?;
    collector::enroll(&home, &collector.url(), &["--approve"])?;
    let _daemon = Daemon::start(&home)?;
    drained(&home)?;
    let start = Instant::now();
    call(&home, "rm -rf ~")?;
    until("the stop in the collector's store", Duration::from_secs(15), || {
        Ok(contents(&home)?.iter().any(|text| text.contains("rm -rf ~")).then_some(()))
    })?;
    ensure!(start.elapsed() < Duration::from_secs(10), "after {:?}", start.elapsed());
    drained(&home)?;
    ensure!(stored(&home)? == recorded(&home)?, "{:?}", stored(&home)?);
    let (exit, said) = verify(&home)?;
    ensure!(exit == Some(0) && said["sound"] == true, "{said}");
    Ok(())
}

#[test]
fn every_record_is_there_once_however_often_either_side_is_killed() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let mut collector = Collector::start(&home)?;
    let address = collector.address().to_owned();
    collector::enroll(&home, &collector.url(), &["--approve"])?;
    let mut daemon = Daemon::start(&home)?;
    for round in 0..5_u64 {
        for number in 0..4 {
            call(&home, &format!("echo call-{round}-{number}"))?;
        }
        // At another moment of the upload each time.
        std::thread::sleep(Duration::from_millis(900 + 60 * round));
        if round % 2 == 0 {
            collector.kill()?;
            call(&home, &format!("echo alone-{round}"))?;
            collector = Collector::start_at(&home, &address)?;
        } else {
            daemon.kill()?;
            daemon = Daemon::start(&home)?;
            call(&home, &format!("echo alone-{round}"))?;
        }
    }
    let records = drained(&home)?;
    let there = stored(&home)?;
    ensure!(there.len() as u64 == records, "{} rows of {records}", there.len());
    ensure!(there == recorded(&home)?);
    let contents = contents(&home)?;
    for round in 0..5 {
        for name in (0..4).map(|number| format!("call-{round}-{number}")).chain([format!("alone-{round}")]) {
            let times = contents.iter().filter(|text| text.contains(&name)).count();
            ensure!(times == 1, "{name}: {times} times");
        }
    }
    let (exit, said) = verify(&home)?;
    ensure!(exit == Some(0) && said["sound"] == true, "{said}");
    drop(daemon);
    collector.stop()
}

#[test]
fn a_proxy_that_answers_200_to_everything_is_told_of_and_takes_nothing_away() -> Result<()> {
    let home = Home::new()?;
    let collector = Collector::start(&home)?;
    let middle = Middle::before(collector.address())?;
    home.configure(QUICK)?;
    collector::enroll(&home, &middle.url(), &["--approve"])?;
    middle.does(Does::SayYes);
    let daemon = Daemon::start(&home)?;
    call(&home, "echo through-the-proxy")?;
    let said = until("the proxy to be told of", Duration::from_mins(1), || {
        let (exit, said) = status(&home)?;
        Ok((said["collector"]["unproved"] == true).then_some((exit, said)))
    })?;
    ensure!(said.0 == Some(1) && said.1["collector"]["acknowledged"] == 0, "{said:?}");
    let page = home.taffrail(["status"])?;
    ensure!(page.text().contains("is not the collector"), "{}", page.text());
    ensure!(stored(&home)?.is_empty());
    daemon.stop()?;
    // Nor by the next daemon.
    let _daemon = Daemon::start(&home)?;
    middle.does(Does::Pass);
    drained(&home)?;
    ensure!(stored(&home)? == recorded(&home)?);
    let (exit, said) = status(&home)?;
    ensure!(exit == Some(0) && said["collector"]["unproved"] == false, "{said}");
    Ok(())
}

#[test]
fn an_answer_that_is_lost_is_made_good_without_a_second_row() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    let middle = Middle::before(collector.address())?;
    collector::enroll(&home, &middle.url(), &["--approve"])?;
    middle.does(Does::LoseAnswer);
    let _daemon = Daemon::start(&home)?;
    call(&home, "echo once")?;
    until("the records in the store", PATIENCE, || Ok((!stored(&home)?.is_empty()).then_some(())))?;
    let (_, before) = status(&home)?;
    ensure!(before["collector"]["acknowledged"] == 0, "{before}");
    middle.does(Does::Pass);
    drained(&home)?;
    ensure!(stored(&home)? == recorded(&home)?);
    Ok(())
}

#[test]
fn what_is_forged_or_made_again_is_refused_and_a_restart_makes_no_second_row_of_it() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    let address = collector.address().to_owned();
    let middle = Middle::before(&address)?;
    collector::enroll(&home, &middle.url(), &["--approve"])?;
    let daemon = Daemon::start(&home)?;
    call(&home, "echo sent-once")?;
    drained(&home)?;
    daemon.stop()?;
    let all = middle.requests();
    let batch = all.iter().find(|request| request.starts_with(b"POST /v1/logs")).context("a batch")?;
    let rows = stored(&home)?;

    let refused = |request: &[u8], status: u16, why: &str| -> Result<()> {
        let (found, said) = middle::ask(&address, request)?;
        ensure!((found, said["why"].as_str()) == (status, Some(why)), "{status} {why}: {found} {said}");
        Ok(())
    };
    refused(batch, 409, "replayed")?;
    let mut body = batch.clone();
    *body.last_mut().context("a body")? ^= 1;
    refused(&body, 401, "signature")?;
    let text = String::from_utf8_lossy(batch).into_owned();
    let header = |name: &str| -> Result<String> {
        let line = text.lines().find(|line| line.starts_with(name)).context("a header")?;
        Ok(line.split_once(": ").context("a value")?.1.to_owned())
    };
    for name in ["taffrail-nonce", "taffrail-signature", "taffrail-device"] {
        let value = header(name)?;
        // The next digit: still hex, and of the same length.
        let first = if value.starts_with('0') { "1" } else { "0" };
        let other = format!("{first}{}", value.get(1..).context("a digit")?);
        let forged = middle::replace(batch, &value, &other);
        let (found, said) = middle::ask(&address, &forged)?;
        ensure!(found == 401, "{name}: {found} {said}");
    }
    let time = header("taffrail-time")?;
    let old = (time.parse::<u64>()? - 301_000).to_string();
    refused(&middle::replace(batch, &time, &old), 401, "stale")?;
    refused(&middle::replace(batch, "/v1/logs", "/v1/enroll"), 401, "signature")?;
    ensure!(stored(&home)? == rows);

    // After a restart nobody remembers the nonce: the records are there all the same.
    collector.stop()?;
    let _collector = Collector::start_at(&home, &address)?;
    let (found, said) = middle::ask(&address, batch)?;
    ensure!(found == 200 && said["is"] == "stored" && said["new"] == 0, "{found} {said}");
    ensure!(stored(&home)? == rows);
    Ok(())
}

#[test]
fn nothing_is_taken_from_a_device_that_waits_for_approval_or_was_revoked() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    let enrolled = collector::enroll(&home, &collector.url(), &[])?;
    ensure!(enrolled.text().contains("once this device is approved"), "{}", enrolled.text());
    let found = devices(&home)?;
    ensure!(found[0]["standing"] == "pending", "{found}");
    let id = found[0]["id"].as_str().context("an id")?.to_owned();
    let _daemon = Daemon::start(&home)?;
    call(&home, "echo not-yet")?;
    until("the reason", PATIENCE, || {
        let (_, said) = status(&home)?;
        let trouble = said["collector"]["trouble"].as_str().unwrap_or_default();
        Ok(trouble.contains("waits to be approved").then_some(()))
    })?;
    ensure!(stored(&home)?.is_empty());
    collector::run(&home, &["devices", "approve", &id])?;
    drained(&home)?;
    let before = stored(&home)?.len();
    collector::run(&home, &["devices", "revoke", &id])?;
    call(&home, "echo no-more")?;
    until("the reason", PATIENCE, || {
        let (_, said) = status(&home)?;
        Ok(said["collector"]["trouble"].as_str().unwrap_or_default().contains("revoked").then_some(()))
    })?;
    ensure!(stored(&home)?.len() == before);
    let again = collector::enroll(&home, &collector.url(), &["--approve"]).unwrap_err().to_string();
    ensure!(again.contains("revoked"), "{again}");
    Ok(())
}

#[test]
fn a_token_is_good_for_its_collector_and_its_number_of_devices() -> Result<()> {
    let (home, other) = (Home::new()?, Home::new()?);
    let (first, second) = (Collector::start(&home)?, Collector::start(&other)?);
    let token = collector::run(&home, &["token", "--approve"])?.text();
    let enroll = |home: &Home, url: &str, token: &str| -> Result<Answer> {
        let mut command = home.command(&home.programs()?.taffraild);
        command.args(["enroll", "--url", url]);
        test_support::hook::run(command, token.as_bytes(), PATIENCE)
    };
    let wrong = enroll(&home, &second.url(), &token)?;
    ensure!(wrong.exit == Some(1) && wrong.errors().contains("did not sign"), "{}", wrong.errors());
    ensure!(enroll(&home, &first.url(), &token)?.exit == Some(0));
    ensure!(enroll(&home, &first.url(), &token)?.exit == Some(0), "the same device again");
    let used = enroll(&other, &first.url(), &token)?;
    ensure!(used.exit == Some(1) && used.errors().contains("used up"), "{}", used.errors());
    let none = enroll(&other, &first.url(), "no token")?;
    ensure!(none.exit == Some(1) && none.errors().contains("not an enrolment token"), "{}", none.errors());
    let open = enroll(&other, "http://192.0.2.1:4318", &token)?;
    ensure!(open.exit == Some(1) && open.errors().contains("in the open"), "{}", open.errors());
    Ok(())
}

#[test]
fn a_collector_that_is_configured_and_not_enrolled_with_is_said_by_status() -> Result<()> {
    let home = Home::new()?;
    home.configure("[collector]\nurl = \"http://127.0.0.1:9\"\n")?;
    let _daemon = Daemon::start(&home)?;
    let (exit, said) = until("the status", PATIENCE, || {
        let (exit, said) = status(&home)?;
        Ok((said["collector"]["url"] == "http://127.0.0.1:9").then_some((exit, said)))
    })?;
    ensure!(exit == Some(2) && said["collector"]["enrolled"] == false, "{said}");
    Ok(())
}

#[test]
fn a_changed_byte_in_the_collectors_store_is_named() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    collector::enroll(&home, &collector.url(), &["--approve"])?;
    let _daemon = Daemon::start(&home)?;
    call(&home, "rm -rf ~")?;
    drained(&home)?;
    ensure!(verify(&home)?.0 == Some(0));
    let changed = Connection::open(collector::records(&home))?
        .execute("UPDATE contents SET text = replace(text, 'rm -rf ~', 'rm -rf .')", [])?;
    ensure!(changed > 0);
    let (exit, said) = verify(&home)?;
    let first = &said["chains"][0]["report"]["first_problem"];
    ensure!(exit == Some(1) && first["what"] == "content", "{said}");
    let page = collector::run(&home, &["verify"])?;
    ensure!(page.exit == Some(1) && page.text().contains("Not whole"), "{}", page.text());
    Ok(())
}

#[test]
fn a_collector_without_tls_listens_to_this_machine_alone() -> Result<()> {
    let home = Home::new()?;
    let refused = collector::run(&home, &["serve", "--listen", "0.0.0.0:0"])?;
    ensure!(refused.exit == Some(2) && refused.errors().contains("--tls-cert"), "{}", refused.errors());
    let running = Collector::start(&home)?;
    let second = collector::run(&home, &["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(second.exit == Some(2) && second.errors().contains("another collector"), "{}", second.errors());
    for (path, text) in [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "taffrail_collector_records_total 0")] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = middle::exchange(running.address(), request.as_bytes())?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        ensure!(answer.starts_with("HTTP/1.1 200") && answer.contains(text), "{answer}");
    }
    let unsigned = b"POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (status, said) = middle::ask(running.address(), unsigned)?;
    ensure!(status == 401 && said["why"] == "unsigned", "{said}");
    running.stop()
}

#[test]
fn a_daemon_that_has_sent_everything_is_quiet_and_small() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let collector = Collector::start(&home)?;
    collector::enroll(&home, &collector.url(), &["--approve"])?;
    let daemon = Daemon::start(&home)?;
    for number in 0..50 {
        call(&home, &format!("echo {number}"))?;
    }
    drained(&home)?;
    std::thread::sleep(Duration::from_secs(3));
    // What it still has to sign and copy on a busy machine ends; what never ends is seen each time.
    let mut least = u64::MAX;
    for _ in 0..3 {
        let before = daemon.turns()?;
        std::thread::sleep(Duration::from_secs(4));
        least = least.min(daemon.turns()? - before);
        if least <= 20 {
            break;
        }
    }
    ensure!(least <= 20, "woken {least} times in four seconds");
    let rss = daemon.rss_kib()?;
    // The aim is 25 MiB as it ships; as built for tests its code alone is two more, and the allocator holds back about five.
    ensure!(rss <= 33 << 10, "{rss} KiB");
    Ok(())
}
