//! `taffrail-collector`: lets devices in, takes their records, and can prove them.

mod cli;
mod console;
mod counters;
mod http;
mod identity;
mod ingest;
mod serve;
mod store;
mod tls;
mod verify;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            cli::fail(&error);
            ExitCode::from(cli::FAILED)
        }
    }
}
