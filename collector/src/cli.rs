//! The command line of `taffrail-collector`.

use crate::identity::{secret, secret_digest};
use crate::serve::{self, Data};
use crate::store::people::{People as _, Person, Role};
use crate::store::{Admission, Control as _, Device};
use crate::tls::Files;
use crate::verify;
use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use platform::clock::{Clock as _, SystemClock};
use protocol::wire::{Standing, Token};
use serde_json::json;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

/// What kept a command from its work; 1 is `verify`'s word for a store that is not whole.
pub(crate) const FAILED: u8 = 2;

/// A sign-in link lasts this long.
const LINK_MS: u64 = 15 * 60_000;

/// The Taffrail collector.
#[derive(Debug, Parser)]
#[command(name = "taffrail-collector", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take records until told to end.
    Serve {
        /// The address and port to listen on; without a certificate one of this machine alone.
        #[arg(long, default_value = "127.0.0.1:4318")]
        listen: SocketAddr,
        /// The certificate to show, with those between it and its root, in PEM form. Read again when it changes.
        #[arg(long, requires = "tls_key", value_name = "FILE")]
        tls_cert: Option<PathBuf>,
        /// The certificate's private key, in PEM form.
        #[arg(long, requires = "tls_cert", value_name = "FILE")]
        tls_key: Option<PathBuf>,
        /// The folder that everything is kept in; made where it is missing.
        #[arg(long)]
        data: PathBuf,
    },
    /// Make a token with which devices enrol. It is shown once.
    Token {
        #[arg(long)]
        data: PathBuf,
        /// So many devices may use it.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        devices: u32,
        /// For so many hours.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8760))]
        hours: u32,
        /// Take their records without anyone's approval.
        #[arg(long)]
        approve: bool,
    },
    /// List the devices, or approve or revoke one.
    Devices {
        #[arg(long)]
        data: PathBuf,
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        change: Option<Change>,
    },
    /// List the people who may look at the console, or add or remove one.
    User {
        #[arg(long)]
        data: PathBuf,
        #[command(subcommand)]
        change: Option<UserChange>,
    },
    /// Check that what is stored is whole: every record in its place, nothing changed, nothing missing.
    Verify {
        #[arg(long)]
        data: PathBuf,
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Change {
    /// Take records of this device from now on.
    Approve { device: Uuid },
    /// Take no more records of this device. What it has sent stays.
    Revoke { device: Uuid },
}

#[derive(Debug, Subcommand)]
enum UserChange {
    /// Let somebody in. Prints a sign-in key, once: it belongs into a password manager.
    Add {
        #[arg(value_parser = person_name)]
        name: String,
        #[arg(long, value_enum, default_value_t = Role::Viewer)]
        role: Role,
    },
    /// Print a link with which somebody who was let in signs in once, within 15 minutes.
    Link {
        name: String,
        /// The console's address, as browsers reach it.
        #[arg(long, default_value = "http://127.0.0.1:4318")]
        url: String,
    },
    /// Keep somebody out from now on, and end their sessions.
    Remove { name: String },
}

/// Names are shown in lists and logs.
fn person_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '@' | '+');
    if text.trim() == text && (1..=64).contains(&text.chars().count()) && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("a name has up to 64 letters, digits, spaces and . - _ @ +".to_owned())
    }
}

impl Arguments {
    /// # Errors
    ///
    /// What kept the command from its work.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve { listen, tls_cert, tls_key, data } => {
                let files = tls_cert.zip(tls_key).map(|(certificate, key)| Files { certificate, key });
                run(listen, &Data::at(&data)?, files)?;
            }
            Command::Token { data, devices, hours, approve } => token(&Data::at(&data)?, devices, hours, approve)?,
            Command::Devices { data, json, change } => list(&Data::existing(&data)?, json, change)?,
            Command::User { data, change } => user(&Data::at(&data)?, change)?,
            Command::Verify { data, json } => return verify::run(&Data::existing(&data)?, json),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn run(listen: SocketAddr, data: &Data, tls: Option<Files>) -> anyhow::Result<()> {
    let level = EnvFilter::try_from_env("TAFFRAIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).with_writer(io::stderr).with_ansi(false).init();
    tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(32)
        .enable_all()
        .build()
        .context("start the runtime")?
        .block_on(serve::run(listen, data, tls))
}

fn token(data: &Data, devices: u32, hours: u32, approve: bool) -> anyhow::Result<()> {
    let collector = data.identity()?.public().to_owned();
    let token = Token { collector, secret: secret()? };
    let until_ms = SystemClock::new().micros() / 1000 + u64::from(hours) * 3_600_000;
    let secret = secret_digest(&token.secret);
    data.control()?.admit(&Admission { secret, devices, until_ms, approve })?;
    print(&token.text());
    Ok(())
}

fn user(data: &Data, change: Option<UserChange>) -> anyhow::Result<()> {
    let mut control = data.control()?;
    let now_ms = SystemClock::new().micros() / 1000;
    match change {
        None => {
            let people = control.people()?;
            if people.is_empty() {
                print("Nobody may look at the console. Let somebody in with `taffrail-collector user add`.");
            }
            for person in people {
                print(&format!("{:<6}  {}", person.role.name(), person.name));
            }
        }
        Some(UserChange::Add { name, role }) => {
            let key = secret()?;
            let person = Person { name, role };
            ensure!(control.add_person(&person, &secret_digest(&key), now_ms)?, "There is a {} already.", person.name);
            print(&key);
        }
        Some(UserChange::Link { name, url }) => {
            let link = secret()?;
            ensure!(control.add_link(&name, &secret_digest(&link), now_ms + LINK_MS)?, "Nobody has the name {name:?}.");
            print(&format!("{}/in/{link}", url.trim_end_matches('/')));
        }
        Some(UserChange::Remove { name }) => {
            ensure!(control.remove_person(&name)?, "Nobody has the name {name:?}.");
            print(&format!("{name} is kept out."));
        }
    }
    Ok(())
}

fn list(data: &Data, as_json: bool, change: Option<Change>) -> anyhow::Result<()> {
    let mut control = data.control()?;
    let changed = match change {
        Some(Change::Approve { device }) => Some((device, Standing::Approved)),
        Some(Change::Revoke { device }) => Some((device, Standing::Revoked)),
        None => None,
    };
    if let Some((device, standing)) = changed {
        ensure!(control.set_standing(device, standing)?, "No device has the id {device}.");
    }
    let (devices, branches) = (control.devices()?, control.branches()?);
    let records = |device: &Device| {
        let own = branches.iter().filter(|branch| branch.device == device.id);
        own.map(|branch| branch.seq + 1 - branch.first).sum::<u64>()
    };
    // A chain that has a second branch has two histories.
    let forked = |device: &Device| branches.iter().any(|branch| branch.device == device.id && branch.number > 0);
    if as_json {
        let devices: Vec<_> = devices
            .iter()
            .map(|device| {
                json!({
                    "id": device.id, "name": device.name, "key": device.key.to_hex(), "standing": device.standing,
                    "program": device.program, "enrolled": at(device.enrolled_ms), "records": records(device),
                    "forked": forked(device),
                })
            })
            .collect();
        print(&json!({ "version": 1, "devices": devices }).to_string());
        return Ok(());
    }
    if devices.is_empty() {
        print("No device has enrolled. Make a token with `taffrail-collector token`.");
    }
    for device in &devices {
        let standing = match device.standing {
            Standing::Pending => "pending",
            Standing::Approved => "approved",
            Standing::Revoked => "revoked",
        };
        let name: String = device.name.escape_debug().collect();
        let fork = if forked(device) { "  two histories: a copied key, or a machine that was set back" } else { "" };
        print(&format!("{}  {standing:<8}  {:>9} records  {name}{fork}", device.id, records(device)));
    }
    Ok(())
}

fn at(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

/// Prints a line of a command's answer. A reader that has gone away is no fault.
pub(crate) fn print(text: &str) {
    writeln!(io::stdout(), "{text}").ok();
}

/// Says why a command failed.
pub(crate) fn fail(error: &anyhow::Error) {
    writeln!(io::stderr(), "taffrail-collector: {error:#}").ok();
}
