//! Installing missing packages with Debian's package manager, if it exists and we may use it.

use std::{env, time::Duration};

use anyhow::{Context as _, bail};
use tokio::sync::Mutex;

use crate::{
    process::{Run, find_program},
    progress::step,
    user,
};

/// The package manager cannot run twice at once, and several steps may need it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Installs packages, or names the one command that does.
pub(crate) async fn install(what: &str, packages: &[&str], otherwise: &str) -> anyhow::Result<()> {
    let command = format!("apt-get install -y {}", packages.join(" "));
    let Some(prefix) = permission().await else {
        let sudo = if user::is_root() { "" } else { "sudo " };
        bail!("{what} is not installed. Install it by\n    {sudo}{command}\n{otherwise}");
    };
    let _turn = ONE_AT_A_TIME.lock().await;
    step(&format!("{what}: {command}"), async {
        if apt(&prefix, &install_arguments(packages)).await.is_err() {
            // The lists may be absent, as in a fresh container, or name versions that no longer exist.
            apt(&prefix, &["update"]).await?;
            apt(&prefix, &install_arguments(packages)).await?;
        }
        Ok(())
    })
    .await
    .with_context(|| format!("{what} could not be installed; {otherwise}"))
}

/// Whether Debian's lists know all of these packages.
pub(crate) async fn knows(packages: &[&str]) -> bool {
    if find_program("apt-cache").is_none() {
        return false;
    }
    let query = || Run::new("apt-cache").args(["show", "--no-all-versions"]).args(packages.iter().copied());
    if query().capture().await.is_ok_and(|finished| finished.success) {
        return true;
    }
    let Some(prefix) = permission().await else { return false };
    let updated = apt(&prefix, &["update"]).await.is_ok();
    updated && query().capture().await.is_ok_and(|finished| finished.success)
}

/// Whether packages can be installed here without asking anybody.
pub(crate) async fn may_install() -> bool {
    permission().await.is_some()
}

/// What to put before `apt-get`: nothing for root, `sudo -n` if that needs no password. `None` if we may not use it.
async fn permission() -> Option<Vec<&'static str>> {
    if env::var("FUNDRAIL_INSTALL").is_ok_and(|value| value == "never") {
        return None;
    }
    find_program("apt-get")?;
    if user::is_root() {
        return Some(Vec::new());
    }
    find_program("sudo")?;
    let limit = Duration::from_secs(5);
    let asked = Run::new("sudo").args(["-n", "true"]).limit(limit).capture().await;
    asked.is_ok_and(|finished| finished.success).then(|| vec!["sudo", "-n"])
}

fn install_arguments<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
    arguments.extend(packages);
    arguments
}

async fn apt(prefix: &[&str], arguments: &[&str]) -> anyhow::Result<()> {
    // Run level 1 keeps the packages from starting services of their own, where init scripts decide that.
    let settings = ["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"];
    let mut words = prefix.iter().chain(&["env"]).chain(&settings).chain(arguments).copied();
    let program = words.next().unwrap_or("env");
    Run::new(program).args(words).quietly().await.map(drop)
}
