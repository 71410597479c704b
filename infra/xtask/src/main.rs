//! `cargo xtask`: everything that a person does with this checkout, starting from an empty machine.
//!
//! A command is a future, raced against Ctrl-C and SIGTERM. Whatever it started is owned by values whose `Drop` stops it, so
//! there is a single way out for success, failure and interruption.

mod benchmark;
mod cargo;
mod checkout;
mod cli;
mod database;
mod debian;
mod dev_env;
mod doctor;
mod down;
mod imports;
mod interrupt;
mod lint;
mod migrate;
mod new_function;
mod node;
mod openapi;
mod process;
mod progress;
mod python;
mod random;
mod run_state;
mod seed;
mod services;
mod spin_manifest;
mod tests_command;
mod up;
mod user;
mod wasm_toolchain;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, interrupt::Outcome};

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let cli::Command::Child(child) = &cli.command {
        // Replaces this process; it only returns to say why it could not.
        let error = process::child::exec(child);
        progress::complain(&format!("{error:#}"));
        return ExitCode::from(127);
    }
    // One thread: the kernel's parent-death signal of a child is tied to the *thread* that started it.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            progress::complain(&format!("cannot start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(interrupt::unless_interrupted(cli::run(cli.command))) {
        Outcome::Finished(Ok(code)) => code,
        Outcome::Finished(Err(error)) => {
            progress::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        Outcome::Interrupted => {
            progress::say("ended");
            ExitCode::from(130)
        }
    }
}
