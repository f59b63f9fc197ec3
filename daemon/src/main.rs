//! `taffraild`: the daemon, and run once, the engine behind the command line.

mod batch;
mod boot;
mod cli;
mod component;
mod events;
mod facts;
mod health;
mod keeping;
mod line;
mod reload;
mod requests;
mod server;
mod state;
mod unheard;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            cli::fail(&error);
            ExitCode::FAILURE
        }
    }
}
