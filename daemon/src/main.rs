//! `taffraild`: the daemon, and run once, the engine behind the command line.

mod alone;
mod batch;
mod boot;
mod cli;
mod component;
mod dropped;
mod events;
mod facts;
mod health;
mod jsonl;
mod keeping;
mod line;
mod reload;
mod requests;
mod server;
mod ship;
mod state;
mod unheard;
mod watcher;
mod watching;

use clap::Parser as _;
use std::process::ExitCode;

/// A call makes several hundred small allocations and frees most of them again: the C library's allocator took a fifth
/// of the whole verdict.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            cli::fail(&error);
            ExitCode::FAILURE
        }
    }
}
