//! What people and CI do with this workspace: `cargo xtask COMMAND`.

mod bench;
mod budgets;
mod build;
mod cargo;
mod dist;
mod process;
mod run;
mod soak;
mod source;
mod test;
mod tools;
mod up;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, starts and tests Taffrail from its source.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the daemon for this user, watching only, and shows that it answers.
    Up,
    /// Ends what `up` started.
    Down {
        /// Removes the records and keys as well.
        #[arg(long)]
        purge: bool,
    },
    /// Puts the programs as they ship into target/dist.
    Build,
    /// Puts packages of the programs as they ship into target/dist.
    Dist,
    /// Installs what the tests need and runs them.
    Test {
        /// Unit, corpus and golden tests only.
        #[arg(long)]
        quick: bool,
    },
    /// Runs what takes long, and writes docs/soak/NAME.json.
    Soak { name: soak::Soak },
    /// Measures, and writes the figures into docs/budgets.md.
    Bench {
        what: bench::Bench,
        /// Fewer rounds than the figures need, to see that the bench works; the section says so.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: Option<u32>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Up => up::up(),
        Command::Down { purge } => up::down(purge),
        Command::Build => build::build(),
        Command::Dist => dist::dist(),
        Command::Test { quick } => test::test(quick),
        Command::Soak { name } => soak::soak(name),
        Command::Bench { what, rounds } => bench::bench(what, rounds),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            run::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
