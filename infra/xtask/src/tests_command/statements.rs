//! The statements before everything else: Postgres can tell within a second whether each matches its declaration, while
//! everything else takes minutes to compile.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{STORE, Stage};
use crate::{
    cargo::{Profile, Workspace, cargo, compile_programs},
    checkout::Checkout,
    process::Run,
    progress::say,
    services::Needs,
};

/// The test program, `shared/store/tests/statements.rs`.
const PROGRAM: &str = "statements";

/// Services, with the database for preparing the statements.
pub(super) async fn stage(checkout: &Checkout, needs: Needs) -> anyhow::Result<Stage> {
    let mut stage = Stage::open(checkout, needs).await?;
    stage.migrate(checkout).await?;
    Ok(stage)
}

/// Compiles the program, and returns its path: it is started separately, since cargo goes on to compile the others.
pub(super) async fn compiled(checkout: &Checkout, workspace: &Workspace) -> anyhow::Result<PathBuf> {
    // All packages are named here as well, because of the features.
    let run = cargo(checkout).args(["test", "--no-run", "--profile", Profile::Native.name()]);
    let run = run.args(workspace.native()).args(["--test", PROGRAM]);
    let programs = compile_programs(run).await.context("the statements do not compile")?;
    programs.into_iter().next_back().with_context(|| format!("{STORE} has no test program `{PROGRAM}`"))
}

/// Runs it. Its output is shown only if a statement does not match its declaration: it runs once more with the others.
pub(super) async fn check(program: Run) -> anyhow::Result<()> {
    let finished = program.capture().await?;
    if !finished.success {
        say(&format!("{}{}", finished.stdout, finished.stderr));
        bail!("a statement of shared/store is not what it is declared as; nothing else was tried");
    }
    Ok(())
}
