//! `cargo xtask build` and `cargo xtask lint`.

use anyhow::Context as _;

use crate::{
    cargo::{Components, Profile, Programs, Workspace, cargo, compile},
    checkout::Checkout,
    imports,
    progress::{say, step},
    wasm_toolchain::WasmToolchain,
};

/// The options of `build`.
#[derive(Debug, clap::Args)]
pub(crate) struct BuildOptions {
    /// Build host and tools with optimisation across crates: takes minutes longer to compile, and runs a little faster
    #[arg(long)]
    release: bool,
}

/// Builds everything.
pub(crate) async fn build(checkout: &Checkout, options: &BuildOptions) -> anyhow::Result<()> {
    let profile = if options.release { Profile::Production } else { Profile::Native };
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    let components = format!("components, by {}", toolchain.name());
    let components = step(&components, workspace.build_components(toolchain, Components::All));
    let programs = step("host and tools", workspace.build_native(profile, Programs::All));
    tokio::try_join!(components, programs)?;
    workspace.say_sizes(Components::All)
}

/// Permitted imports, formatting, then clippy for both kinds of packages.
pub(crate) async fn lint(checkout: &Checkout) -> anyhow::Result<()> {
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    imports::check(checkout, &workspace)?;
    let formatting = cargo(checkout).args(["fmt", "--all", "--check"]).stream();
    step("formatting", formatting).await.context("`cargo fmt --all` puts it right")?;
    let native = cargo(checkout).args(["clippy", "--profile", Profile::Native.name(), "--all-targets"]);
    let native = native.args(workspace.native()).args(["--", "-D", "warnings"]);
    step("lints of native code", native.stream()).await?;
    step("each crate by itself", each_by_itself(checkout, &workspace)).await?;
    if toolchain.has_clippy() {
        let wasm = toolchain.cargo(checkout, "clippy").args(["--profile", "component"]);
        let wasm = wasm.args(workspace.wasm()).args(["--", "-D", "warnings"]);
        return step("lints of components", wasm.stream()).await;
    }
    say("    Debian's toolchain has no clippy: components are checked by the compiler alone");
    let wasm = toolchain.cargo(checkout, "check").args(["--profile", "component"]).args(workspace.wasm());
    step("check of components", wasm.stream()).await
}

/// Checks that each crate compiles without neighbours, which may request features that it forgot to request itself.
async fn each_by_itself(checkout: &Checkout, workspace: &Workspace) -> anyhow::Result<()> {
    for name in workspace.testable() {
        let run = cargo(checkout).args(["check", "--profile", Profile::Native.name(), "--all-targets"]);
        let checked = compile(run.args(["-p", name])).await;
        checked.with_context(|| format!("{name} does not compile by itself: `cargo test -p {name}`"))?;
    }
    Ok(())
}
