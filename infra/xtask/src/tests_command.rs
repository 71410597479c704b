//! `cargo xtask test`.

mod contracts;
mod stage;
mod statements;
mod tally;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;

pub(crate) use self::stage::Stage;
use self::tally::Tally;
use crate::{
    cargo::{Components, Profile, Programs, Workspace, cargo, compile},
    checkout::Checkout,
    process::Run,
    progress::{complain, say, step},
    python,
    services::Needs,
    wasm_toolchain::WasmToolchain,
};

/// The package whose tests need nothing but Postgres.
const STORE: &str = "fundrail-store";

/// The package whose tests can be pointed at whatever `FUNDRAIL_URL` names.
const END_TO_END: &str = "fundrail-tests";

/// The options of `test`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Run only the tests whose names contain this
    filter: Option<String>,
    /// Compile and run only some test programs, e.g. `compliance` for `tests/tests/compliance.rs`, or `contracts`: quicker while
    /// working
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,
    /// Show the output of passing tests
    #[arg(long)]
    show_output: bool,
}

/// Runs the tests. The exit code says whether all passed.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<ExitCode> {
    let run_folder = empty_run_folder(checkout)?;
    let contracts = contracts::prepare_if_wanted(checkout, options);
    if !contracts::others_wanted(options) {
        return execute(Vec::new(), contracts.await?, &run_folder, options).await;
    }
    let options = &contracts::without(options);
    let workspace = Workspace::read(checkout).await?;
    if env::var("FUNDRAIL_URL").is_ok_and(|url| !url.is_empty()) {
        // All packages are named, although only these programs run: so the programs are those that every other run has built and
        // tested.
        let test =
            cargo(checkout).args(["test", "--profile", Profile::Native.name()]).args(workspace.native());
        let every = workspace.tests_of(END_TO_END);
        let chosen = if options.program.is_empty() { &every } else { &options.program };
        let test = test.args(chosen.iter().flat_map(|name| ["--test", name]));
        return execute(vec![test], None, &run_folder, options).await;
    }
    workspace.check_tests_are_compiled()?;
    let test = || {
        let run =
            cargo(checkout).args(["test", "--profile", Profile::Native.name()]).args(workspace.native());
        run.args(options.program.iter().flat_map(|name| ["--test", name]))
    };
    let of_store = workspace.tests_of(STORE);
    if !options.program.is_empty() && options.program.iter().all(|name| of_store.contains(name)) {
        let tests = step("tests", compile(test().args(["--no-run"])));
        let postgres = step("Postgres", statements::stage(checkout, Needs::Postgres));
        let ((), stage, contracts) = tokio::try_join!(tests, postgres, contracts)?;
        return execute(vec![stage.dress(test())], contracts, &run_folder, options).await;
    }
    let toolchain = WasmToolchain::ensure(checkout).await?;
    // What components share is made for Wasm, and its unit tests for this machine; in a separate call, because of the features.
    let libraries = || {
        let run = cargo(checkout).args(["test", "--profile", Profile::Native.name(), "--lib"]);
        run.args(workspace.wasm_libraries())
    };
    let components = format!("components, by {}", toolchain.name());
    let components = step(&components, workspace.build_components(toolchain, Components::All));
    let tests = step("host, tools and tests", async {
        compile(test().args(["--no-run"])).await.context("the tests do not compile")?;
        // The tests start the host and xtask as programs; `cargo test` does not build those of other packages.
        let programs = if options.program.is_empty() { Programs::All } else { Programs::Started };
        workspace.build_native(Profile::Native, programs).await?;
        compile(libraries().args(["--no-run"])).await.context("the tests of libraries do not compile")
    });
    // A statement that differs from its declaration is reported at once: whatever else is still compiling is stopped.
    let others = async {
        let services = step("Postgres and Redis", statements::stage(checkout, Needs::Both));
        let (mut stage, program) =
            tokio::try_join!(services, step("statements", statements::compiled(checkout, &workspace)))?;
        let statements = stage.dress(Run::new(program));
        let seed = step("database", stage.fill(checkout));
        tokio::try_join!(statements::check(statements), seed, tests)?;
        anyhow::Ok(stage)
    };
    let schemathesis = async { Ok(step("schemathesis", python::schemathesis(checkout)).await) };
    let (schemathesis, stage, (), contracts) = tokio::try_join!(schemathesis, others, components, contracts)?;
    let run = match schemathesis {
        Ok(program) => test().env("FUNDRAIL_SCHEMATHESIS", program),
        Err(error) => {
            complain(&format!("there is no schemathesis for the tests that need it: {error:#}"));
            test()
        }
    };
    let mut runs = vec![stage.dress(run)];
    if options.program.is_empty() {
        runs.push(libraries());
    }
    execute(runs, contracts, &run_folder, options).await
}

/// Shared by all test programs of a run: logs, and records of what was skipped. Kept until the next run, for reading.
fn empty_run_folder(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    let folder = checkout.native_target().join("test-run");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Runs `cargo test`, possibly several times, and then the tests of the contracts, and sums up their output.
async fn execute(
    runs: Vec<Run>,
    contracts: Option<Run>,
    run_folder: &Path,
    options: &Options,
) -> anyhow::Result<ExitCode> {
    say("==> tests");
    let mut tally = Tally::default();
    let mut success = true;
    for run in runs.into_iter().map(|run| for_cargo(run, options)).chain(contracts) {
        let passed = run.env("FUNDRAIL_TEST_RUN", run_folder).lines(|line| {
            say(line);
            tally.read(line);
        });
        success &= passed.await?;
    }
    tally.read_skips(&run_folder.join("skipped.txt"));
    Ok(conclude(&tally, success))
}

/// What `cargo test` is told.
fn for_cargo(run: Run, options: &Options) -> Run {
    let run = run.args(["--no-fail-fast"]).args(options.filter.iter().cloned()).args(["--"]);
    if options.show_output { run.args(["--show-output"]) } else { run }
}

/// Lists what failed and what was skipped, and ends with a line that sums up.
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
