//! `cargo xtask build` and `cargo xtask lint`.

use anyhow::Context as _;

use crate::{
    cargo::{Components, Profile, Programs, Workspace, cargo},
    checkout::Checkout,
    progress::{say, step},
    wasm_toolchain::WasmToolchain,
};

/// The options of `build`.
#[derive(Debug, clap::Args)]
pub(crate) struct BuildOptions {
    /// Builds host and tools with optimisation across crates: minutes more to compile, a little faster
    #[arg(long)]
    release: bool,
}

/// Builds everything.
pub(crate) async fn build(checkout: &Checkout, options: &BuildOptions) -> anyhow::Result<()> {
    let profile = if options.release { Profile::Production } else { Profile::Native };
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    let heading = format!("components, by {}", toolchain.name());
    step(&heading, workspace.build_components(toolchain, Components::All, true)).await?;
    step("host and tools", workspace.build_native(profile, Programs::All)).await
}

/// Formatting, then clippy for both kinds of packages.
pub(crate) async fn lint(checkout: &Checkout) -> anyhow::Result<()> {
    let toolchain = WasmToolchain::ensure(checkout).await?;
    let workspace = Workspace::read(checkout).await?;
    let formatting = cargo(checkout).args(["fmt", "--all", "--check"]).stream();
    step("formatting", formatting).await.context("`cargo fmt --all` puts it right")?;
    let native = cargo(checkout).args(["clippy", "--profile", Profile::Native.name(), "--all-targets"]);
    let native = native.args(workspace.native()).args(["--", "-D", "warnings"]);
    step("lints of native code", native.stream()).await?;
    if toolchain.has_clippy() {
        let wasm = toolchain.cargo(checkout, "clippy").args(["--profile", "component"]);
        let wasm = wasm.args(workspace.wasm()).args(["--", "-D", "warnings"]);
        return step("lints of components", wasm.stream()).await;
    }
    say("    Debian's toolchain has no clippy: components are checked by the compiler alone");
    let wasm = toolchain.cargo(checkout, "check").args(["--profile", "component"]).args(workspace.wasm());
    step("check of components", wasm.stream()).await
}
