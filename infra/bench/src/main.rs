//! `cargo xtask bench`: what Fundrail costs on its host, beside a native twin that does the same work.
//!
//! Both servers run at once on the same Postgres and Redis, and are pressed in turn, so that whatever else the machine
//! does hits both. Before a case is timed its answers are compared byte for byte; any answer but 2xx voids the run.
//! Load generator, servers, Postgres and Redis share the cores: the ratio is what to look at, not the rates.
//!
//! A target that is missed is printed, and is no failure: speed is not a test. A voided run is one.

mod api;
mod cases;
mod cli;
mod cold_start;
mod database;
mod load;
mod report;
mod run;
mod sizes;
mod stack;
mod statistics;
mod timing;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Arguments;

/// As in the servers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stack::say(&format!("void: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
