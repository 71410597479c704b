//! `cargo xtask test`.

mod stage;
mod tally;

use std::process::ExitCode;

pub(crate) use self::stage::Stage;
use self::tally::Tally;
use crate::{
    cargo::{Components, Profile, Workspace, cargo},
    checkout::Checkout,
    progress::{complain, say, step},
    python,
    wasm_toolchain::WasmToolchain,
};

/// The options of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Runs only the tests whose name contains this
    filter: Option<String>,
    /// Shows what passing tests print
    #[arg(long)]
    show_output: bool,
}

/// Runs the tests. The exit code says whether all passed.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<ExitCode> {
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    let heading = format!("components, by {}", toolchain.name());
    step(&heading, workspace.build_components(toolchain, Components::All, false)).await?;
    let test =
        || cargo(checkout).args(["test", "--profile", Profile::Native.name()]).args(workspace.native());
    step("host, tools and tests", test().args(["--no-run", "--quiet"]).stream()).await?;
    // The tests start the host and xtask as programs; `cargo test` does not build those of every package.
    step("programs", workspace.build_native(Profile::Native)).await?;
    let schemathesis = step("schemathesis", python::schemathesis(checkout)).await;
    let stage = step("Postgres and Redis", Stage::set(checkout)).await?;

    let mut run = test().args(["--no-fail-fast"]);
    run = match &schemathesis {
        Ok(program) => run.env("FUNDRAIL_SCHEMATHESIS", program),
        Err(error) => {
            complain(&format!("the tests that need schemathesis are skipped: {error:#}"));
            run
        }
    };
    run = run.args(options.filter.iter().cloned()).args(["--"]);
    if options.show_output {
        run = run.args(["--show-output"]);
    }
    say("==> tests");
    let mut tally = Tally::default();
    let success = stage.dress(run).lines(|line| {
        say(line);
        tally.read(line);
    });
    let success = success.await?;
    tally.read_skips(&stage.skips());
    Ok(conclude(&tally, success))
}

/// Names what failed and what was skipped, and closes with the line that sums up.
fn conclude(tally: &Tally, success: bool) -> ExitCode {
    for (heading, names) in [("skipped", &tally.skipped), ("failed", &tally.failures)] {
        if !names.is_empty() {
            say(&format!("\n{heading}:\n    {}", names.join("\n    ")));
        }
    }
    if tally.executed() == 0 {
        complain("no test ran");
    } else if !success && tally.failed() == 0 {
        complain("a test program ended before it could sum up; what it said is above");
    }
    say(&format!("\n{tally}"));
    if success && tally.executed() > 0 && tally.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
