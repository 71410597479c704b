//! Tools from PyPI, in a virtual environment of this checkout.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};

use crate::{
    checkout::Checkout,
    debian,
    process::{Run, find_program},
    progress::say,
};

/// Tests the API against its own description.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// The path of schemathesis, which is installed if absent or of another version.
pub(crate) async fn schemathesis(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    let venv = checkout.local()?.join("venv");
    let program = venv.join("bin/schemathesis");
    let stamp = venv.join("fundrail-installed");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|text| text == SCHEMATHESIS) {
        return Ok(program);
    }
    create(&venv).await?;
    say(&format!("    installing {SCHEMATHESIS} into {}", venv.display()));
    Run::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS])
        .limit(Duration::from_mins(10))
        .quietly()
        .await
        .with_context(|| format!("cannot install {SCHEMATHESIS}"))?;
    fs::write(&stamp, SCHEMATHESIS).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

/// Creates the environment. Debian splits the necessary module off into a package of its own.
async fn create(venv: &PathBuf) -> anyhow::Result<()> {
    let make = || async {
        let python = find_program("python3").context("there is no python3")?;
        Run::new(python).args(["-m", "venv", "--clear"]).args([venv]).quietly().await
    };
    if make().await.is_ok() {
        return Ok(());
    }
    debian::install("Python with venv", &["python3-venv"], "or put another python3 first in PATH").await?;
    let Err(error) = make().await else { return Ok(()) };
    bail!("cannot make a virtual environment: {error:#}")
}
