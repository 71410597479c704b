//! `cargo xtask down`.

use std::{fs, time::Duration};

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use crate::{
    checkout::Checkout,
    progress::say,
    run_state::{self, ServiceLock},
    services::home,
};

/// The options of `down`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Also delete .local/: the private database, the settings and the secrets in them
    #[arg(long)]
    wipe: bool,
}

/// Stops what is running for this checkout.
pub(crate) async fn run(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    let mut ended = false;
    if let Some(running) = run_state::running(checkout)? {
        if let Some(xtask) = running.xtask.filter(|xtask| xtask.is_alive()) {
            say(&format!("==> ending `cargo xtask {}` (process {})", running.command, xtask.pid));
            // It stops its services itself; if it is killed, it leaves them to what follows.
            ended |= xtask.end(Signal::TERM, Duration::from_mins(1)).await;
        }
        ended |= run_state::end(&running).await;
    }
    let Some(lock) = ServiceLock::take(checkout, "down").await? else {
        bail!("another command holds this checkout's services; it will be done in a moment");
    };
    if options.wipe {
        home::wipe(checkout)?;
        let local = checkout.local()?;
        fs::remove_dir_all(&local).with_context(|| format!("cannot remove {}", local.display()))?;
        say("==> removed .local/");
    }
    drop(lock);
    say(if ended { "everything is ended" } else { "nothing was running" });
    Ok(())
}
