//! `cargo xtask bench`.

use std::ffi::OsString;

use anyhow::{Context as _, bail};

use crate::{
    cargo::{Components, Profile, Programs, Workspace, clean},
    checkout::Checkout,
    process::Run,
    progress::step,
    tests_command::Stage,
    wasm_toolchain::WasmToolchain,
};

const PACKAGE: &str = "fundrail-bench";

/// The options of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Arguments for the benchmark itself
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Builds everything, starts services with a database, and runs the benchmark on them.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    let workspace = Workspace::read(checkout).await?;
    if !workspace.has(PACKAGE) {
        bail!("there is no package {PACKAGE} in this checkout");
    }
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let components = format!("components, by {}", toolchain.name());
    let components = step(&components, workspace.build_components(toolchain, Components::All));
    let programs = step("host, twin and benchmark", workspace.build_native(Profile::Native, Programs::All));
    let stage = step("Postgres and Redis", Stage::set(checkout));
    let (stage, (), ()) = tokio::try_join!(stage, components, programs)?;
    let program = Profile::Native.program(checkout, PACKAGE);
    let bench = clean(Run::new(program)).dir(&checkout.root).args(options.arguments.iter().cloned());
    stage.dress(bench).stream().await.context("the benchmark failed")
}
