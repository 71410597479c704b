//! Node.js, and what `contracts/` needs from npm.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};

use crate::{
    checkout::Checkout,
    debian,
    process::{Run, find_program},
    progress::say,
};

/// The oldest version that the scripts are tested with.
const OLDEST: u32 = 18;

/// The contracts of a checkout, with everything installed that compiles, tests and deploys them.
pub(crate) struct Contracts {
    node: PathBuf,
    folder: PathBuf,
}

impl Contracts {
    /// Installs what is missing: Node.js itself, and the packages in the versions of the lock file.
    pub(crate) async fn ready(checkout: &Checkout) -> anyhow::Result<Self> {
        if find_program("node").is_none() || find_program("npm").is_none() {
            debian::install("Node.js", &["nodejs", "npm"], "or put another node and npm first in PATH")
                .await?;
        }
        Self::of(checkout).await?.context("Node.js was installed, but node and npm are not to be found")
    }

    /// The same, without installing Node.js: `None` if it is absent or too old, or if the checkout has no contracts.
    pub(crate) async fn if_possible(checkout: &Checkout) -> anyhow::Result<Option<Self>> {
        if !folder(checkout).join("package.json").is_file() || version().await.is_err() {
            return Ok(None);
        }
        Self::of(checkout).await
    }

    async fn of(checkout: &Checkout) -> anyhow::Result<Option<Self>> {
        let (Some(node), Some(npm)) = (find_program("node"), find_program("npm")) else { return Ok(None) };
        version().await?;
        let folder = folder(checkout);
        install_packages(checkout, &npm, &folder).await?;
        Ok(Some(Self { node, folder }))
    }

    /// Runs Node.js there.
    pub(crate) fn node(&self) -> Run {
        Run::new(&self.node).dir(&self.folder)
    }

    /// The files of the tests.
    pub(crate) fn tests(&self) -> anyhow::Result<Vec<PathBuf>> {
        let folder = self.folder.join("test");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let files = entries.filter_map(Result::ok).map(|entry| entry.path());
        let mut tests: Vec<PathBuf> =
            files.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
        tests.sort();
        Ok(tests)
    }

    /// The development chain, from npm's package for this machine.
    pub(crate) fn anvil(&self) -> anyhow::Result<PathBuf> {
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => bail!("there is no Anvil for {other}"),
        };
        let package = format!("node_modules/@foundry-rs/anvil-{}-{arch}", std::env::consts::OS);
        let program = self.folder.join(package).join("bin/anvil");
        if !program.is_file() {
            bail!("{} is missing", program.display());
        }
        Ok(program)
    }
}

/// The version of the Node.js that is first in `PATH`.
///
/// # Errors
/// If there is none, or it is too old.
pub(crate) async fn version() -> anyhow::Result<String> {
    let node = find_program("node").context("there is no node")?;
    let version = Run::new(&node).args(["--version"]).limit(Duration::from_secs(30)).quietly().await?;
    let version = version.trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("{} is {version}; version {OLDEST} or later is needed", node.display());
    }
    Ok(version)
}

fn folder(checkout: &Checkout) -> PathBuf {
    checkout.root.join("contracts")
}

/// Installs the packages of the lock file, unless they are there already. None of them runs a script of its own.
async fn install_packages(checkout: &Checkout, npm: &Path, folder: &Path) -> anyhow::Result<()> {
    // Of several commands at once, one installs and the others find it done.
    let beside = checkout.local()?.join("npm.lock");
    let _lock = fs::File::create(&beside)
        .and_then(|file| file.lock().map(|()| file))
        .with_context(|| format!("cannot lock {}", beside.display()))?;
    let lock_file = folder.join("package-lock.json");
    let wanted = fs::read(&lock_file).with_context(|| format!("cannot read {}", lock_file.display()))?;
    let stamp = folder.join("node_modules/fundrail-installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say(&format!("    installing npm's packages into {}", folder.join("node_modules").display()));
    Run::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .dir(folder)
        .limit(Duration::from_mins(10))
        .quietly()
        .await
        .context("cannot install npm's packages")?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
