//! `cargo xtask openapi`: the OpenAPI document without running services, for generating clients.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};

use crate::{
    cargo::{Profile, cargo},
    checkout::Checkout,
    progress::say,
};

/// The options of `openapi`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write the document to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only check whether this file is the current document; reported by a line and the exit code
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    check: Option<PathBuf>,
}

/// Prints, writes or checks what `/v1/openapi.json` serves, indented.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    let run = cargo(checkout).args(["run", "--quiet", "--profile", Profile::Native.name()]);
    let document =
        run.args(["-p", "fundrail-api", "--features", "openapi", "--bin", "openapi"]).quietly().await?;
    if let Some(path) = &options.output {
        return fs::write(path, &document).with_context(|| format!("cannot write {}", path.display()));
    }
    if let Some(path) = &options.check {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        if text.trim() != document.trim() {
            bail!("{} is not the present document: `cargo xtask openapi --output` writes it", path.display());
        }
        say(&format!("{} is the present document", path.display()));
        return Ok(());
    }
    say(document.trim_end());
    Ok(())
}
