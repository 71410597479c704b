//! Tools from PyPI, in virtual environments of this checkout.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};

use crate::{
    checkout::Checkout,
    debian,
    process::{Run, find_program},
    progress::say,
};

/// A tool, in an environment of its own: what one of them depends on is no concern of the others.
struct Tool {
    /// What `pip` installs.
    requirement: &'static str,
    /// The program.
    program: &'static str,
    /// Name of the environment in `.local/`.
    environment: &'static str,
}

/// Tests the API against its own description.
const SCHEMATHESIS: Tool =
    Tool { requirement: "schemathesis==4.32.5", program: "schemathesis", environment: "venv" };

/// Analyses contracts.
const SLITHER: Tool =
    Tool { requirement: "slither-analyzer==0.11.6", program: "slither", environment: "venv-slither" };

/// The path of schemathesis, which is installed if absent or of another version.
pub(crate) async fn schemathesis(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    SCHEMATHESIS.install(checkout).await
}

/// The same for Slither.
pub(crate) async fn slither(checkout: &Checkout) -> anyhow::Result<PathBuf> {
    SLITHER.install(checkout).await
}

impl Tool {
    async fn install(&self, checkout: &Checkout) -> anyhow::Result<PathBuf> {
        let venv = checkout.local()?.join(self.environment);
        let program = venv.join("bin").join(self.program);
        let stamp = venv.join("fundrail-installed");
        if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|text| text == self.requirement) {
            return Ok(program);
        }
        create(&venv).await?;
        say(&format!("    installing {} into {}", self.requirement, venv.display()));
        Run::new(venv.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", self.requirement])
            .limit(Duration::from_mins(10))
            .quietly()
            .await
            .with_context(|| format!("cannot install {}", self.requirement))?;
        fs::write(&stamp, self.requirement).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(program)
    }
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
