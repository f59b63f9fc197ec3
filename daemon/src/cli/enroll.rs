//! `taffraild enroll`: makes this machine known to a collector.

use super::print;
use crate::boot::Installation;
use crate::ship::enroll;
use crate::ship::enrolment::Enrolment;
use crate::state::Settings;
use anyhow::{Context, bail, ensure};
use platform::keys::{FileKeys, KeyStore as _};
use protocol::wire::{Says, Standing, Token};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A token is 140 bytes; more on standard input is none.
const TOKEN_BYTES: u64 = 4096;

pub(super) fn run(url: Option<String>, ca: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let places = &installation.places;
    let settings = Settings::load(places)?;
    let url = match url {
        Some(url) => config::CollectorUrl::try_from(url).ok().and_then(|url| url.get().map(str::to_owned)),
        None => settings.collector_url,
    };
    // What is kept must mean the same to a daemon that runs elsewhere.
    let ca = ca.map(std::path::absolute).transpose().context("find the file of --ca")?;
    let url = url.context("no address of a collector: name it with --url, or set collector.url")?;
    ensure!(
        !io::stdin().is_terminal(),
        "The token is read from standard input, so that no list of processes shows it: taffraild enroll < FILE"
    );
    let mut text = String::new();
    io::stdin().lock().take(TOKEN_BYTES).read_to_string(&mut text).context("read the token")?;
    let token = Token::parse(&text)?;
    let store = FileKeys::open(places.keys()).context("open the key folder")?;
    let key = Arc::new(chain::DeviceKey::from_seed(&store.get_or_create("device")?.0));
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let trusted = settings.collector_ca.or_else(|| ca.clone());
    let asked = enroll(&url, trusted.as_deref(), &token, key, name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    match runtime.block_on(asked)? {
        Says::Enrolled { device, standing } => {
            ensure!(standing != Standing::Revoked, "This machine's key was revoked by that collector.");
            let enrolment = Enrolment::new(url.clone(), token.collector, device, ca);
            enrolment.save(&places.collector()).context("keep the enrolment")?;
            print(&format!("Enrolled with {url} as {device}."));
            print(match standing {
                Standing::Approved => "A daemon at work sends its records from its next record on.",
                _ => "Records are taken once this device is approved: taffrail-collector devices approve",
            });
            Ok(ExitCode::SUCCESS)
        }
        Says::Refused { text, .. } => bail!("the collector refuses: {text}"),
        _ => bail!("the collector answers something else than was asked"),
    }
}
