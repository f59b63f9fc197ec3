//! From the real daemon to the real collector over TLS, with certificates that are made here.

use super::{PATIENCE, QUICK, call, drained, recorded, stored};
use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};
use test_support::{Answer, Collector, Daemon, Home, collector, hook, until};

/// Who issues certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Result<Self> {
        /// Two of one name would be taken for one another, and a signature for a wrong one.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, format!("authority {}", NUMBER.fetch_add(1, Relaxed)));
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Result<(String, String)> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        change(&mut params);
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }

    /// For the address that the collectors of these tests listen on.
    fn good(&self) -> Result<(String, String)> {
        self.issue("127.0.0.1", |_| {})
    }
}

fn put(home: &Home, name: &str, text: &str) -> Result<PathBuf> {
    let path = home.root().join(name);
    fs::write(&path, text)?;
    Ok(path)
}

fn serve<'a>(home: &'a Home, (certificate, key): &(String, String)) -> Result<Collector<'a>> {
    let (certificate, key) = (put(home, "cert.pem", certificate)?, put(home, "key.pem", key)?);
    let path = |path: &PathBuf| path.display().to_string();
    Collector::start_with(home, "127.0.0.1:0", &["--tls-cert", &path(&certificate), "--tls-key", &path(&key)])
}

fn enroll(home: &Home, url: &str, ca: Option<&str>) -> Result<Answer> {
    let token = collector::run(home, &["token", "--approve"])?.text();
    let mut command = home.command(&home.programs()?.taffraild);
    command.args(["enroll", "--url", url]);
    if let Some(pem) = ca {
        command.arg("--ca").arg(put(home, "ca.pem", pem)?);
    }
    hook::run(command, token.as_bytes(), PATIENCE)
}

#[test]
fn records_travel_over_tls_to_a_certificate_of_the_right_authority_also_after_it_was_renewed() -> Result<()> {
    let home = Home::new()?;
    home.configure(QUICK)?;
    let authority = Authority::new()?;
    let collector = serve(&home, &authority.good()?)?;
    ensure!(collector.url().starts_with("https://"), "{}", collector.url());
    let enrolled = enroll(&home, &collector.url(), Some(&authority.pem))?;
    ensure!(enrolled.exit == Some(0), "{}", enrolled.errors());
    let daemon = Daemon::start(&home)?;
    call(&home, "echo over-tls")?;
    drained(&home)?;
    ensure!(stored(&home)? == recorded(&home)?);

    // Another certificate, by another authority: taken up at the signal, without a restart.
    let other = Authority::new()?;
    let (certificate, key) = other.good()?;
    put(&home, "cert.pem", &certificate)?;
    put(&home, "key.pem", &key)?;
    let pid = i32::try_from(collector.pid()).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(pid, Signal::HUP)?;
    until("the new certificate", PATIENCE, || {
        let refused = enroll(&home, &collector.url(), Some(&authority.pem))?;
        Ok((refused.exit == Some(1) && refused.errors().contains("does not know who issued it")).then_some(()))
    })?;
    daemon.stop()?;
    // The key that the configuration names goes before what was given when enrolling.
    let roots = put(&home, "new-ca.pem", &other.pem)?;
    home.configure(&format!("{QUICK}ca_file = '{}'\n", roots.display()))?;
    let _daemon = Daemon::start(&home)?;
    call(&home, "echo after-renewal")?;
    drained(&home)?;
    ensure!(stored(&home)? == recorded(&home)?);
    Ok(())
}

#[test]
fn a_certificate_that_does_not_hold_is_refused_in_words_that_name_the_cause() -> Result<()> {
    let home = Home::new()?;
    let authority = Authority::new()?;
    let expired = authority.issue("127.0.0.1", |params| {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    })?;
    let early = authority.issue("127.0.0.1", |params| {
        (params.not_before, params.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
    })?;
    let cases = [
        ("another authority", Authority::new()?.good()?, "does not know who issued it"),
        ("another name", authority.issue("collector.example.test", |_| {})?, "for another name"),
        ("expired", expired, "has expired"),
        ("early", early, "not valid yet"),
    ];
    for (case, certificate, words) in cases {
        let collector = serve(&home, &certificate)?;
        let refused = enroll(&home, &collector.url(), Some(&authority.pem))?;
        ensure!(refused.exit == Some(1) && refused.errors().contains(words), "{case}: {}", refused.errors());
        collector.stop()?;
    }
    let collector = serve(&home, &authority.good()?)?;
    let unknown = enroll(&home, &collector.url(), None)?;
    ensure!(unknown.exit == Some(1) && unknown.errors().contains("--ca or collector.ca_file"), "{}", unknown.errors());
    ensure!(enroll(&home, &collector.url(), Some(&authority.pem))?.exit == Some(0));
    collector.stop()?;
    let open = Collector::start(&home)?;
    let plain = enroll(&home, &open.url().replace("http:", "https:"), Some(&authority.pem))?;
    ensure!(plain.exit == Some(1) && plain.errors().contains("does not speak TLS"), "{}", plain.errors());
    Ok(())
}

#[test]
fn whoever_connects_and_says_nothing_is_let_go() -> Result<()> {
    let home = Home::new()?;
    let collector = serve(&home, &Authority::new()?.good()?)?;
    let start = Instant::now();
    let mut silent = TcpStream::connect(collector.address())?;
    silent.set_read_timeout(Some(Duration::from_secs(30)))?;
    ensure!(silent.read(&mut [0; 1])? == 0, "it is closed");
    ensure!((8..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    // Nor does plain HTTP get an answer that says anything.
    let mut plain = TcpStream::connect(collector.address())?;
    plain.set_read_timeout(Some(Duration::from_secs(30)))?;
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")?;
    let mut answer = Vec::new();
    // A reset instead of an end is fine as well.
    plain.read_to_end(&mut answer).ok();
    ensure!(!answer.windows(2).any(|pair| pair == b"ok"), "{answer:?}");
    Ok(())
}

#[test]
fn a_certificate_that_cannot_be_used_keeps_the_collector_from_starting() -> Result<()> {
    let home = Home::new()?;
    let (certificate, key) = Authority::new()?.good()?;
    let (_, other) = Authority::new()?.good()?;
    let path = |path: PathBuf| path.display().to_string();
    let (certificate, key) = (path(put(&home, "cert.pem", &certificate)?), path(put(&home, "key.pem", &key)?));
    let other = path(put(&home, "other.pem", &other)?);
    let serve =
        |arguments: &[&str]| collector::run(&home, &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    for (arguments, words) in [
        (&["--tls-cert", &certificate, "--tls-key", &other][..], "is not the key of the certificate"),
        (&["--tls-cert", &key, "--tls-key", &key], "holds no certificate"),
        (&["--tls-cert", &certificate, "--tls-key", &certificate], "holds no private key"),
        (&["--tls-cert", &certificate, "--tls-key", "/nowhere/key.pem"], "/nowhere/key.pem"),
        (&["--tls-cert", &certificate], "--tls-key"),
    ] {
        let refused = serve(arguments)?;
        ensure!(refused.exit == Some(2) && refused.errors().contains(words), "{words}: {}", refused.errors());
    }
    Ok(())
}
