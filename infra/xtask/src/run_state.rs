//! Which processes run for this checkout: one lock, held for as long as a command runs services, and beside it a record of what
//! it started, by which `down` and the next `up` find what a killed one left behind.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use rustix::{
    fs::{FlockOperation, flock},
    process::Signal,
};
use serde::{Deserialize, Serialize};

use crate::{
    checkout::{Checkout, write_private},
    process::Identity,
    progress::say,
};

/// What a command has running. Kept in `.local/run.json`, readable by its owner only, as it contains the administrator's URL.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    /// The command, as typed: `up`, `seed`, …
    pub command: String,
    /// The xtask that holds the lock.
    pub xtask: Option<Identity>,
    /// Address of the API.
    pub address: Option<String>,
    /// The administrator's URL of Postgres.
    pub database_url: Option<String>,
    /// Redis' URL.
    pub redis_url: Option<String>,
    /// What was started, in the order in which to stop it: name, process, number of the signal that stops it.
    pub processes: Vec<Started>,
}

/// A process of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Started {
    /// Its name for people.
    pub name: String,
    /// The process.
    pub identity: Identity,
    /// The signal for an orderly shutdown.
    pub stop: i32,
}

/// The lock on this checkout's services. Released by the kernel however this process ends.
#[derive(Debug)]
pub(crate) struct ServiceLock {
    _file: File,
    path: PathBuf,
    /// What is running under the lock.
    running: Running,
}

impl ServiceLock {
    /// Takes the lock, or returns `None` if another command has it. What a killed one left behind is stopped first.
    pub(crate) async fn take(checkout: &Checkout, command: &str) -> anyhow::Result<Option<Self>> {
        let local = checkout.local()?;
        let lock = local.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
        let file = file.with_context(|| format!("cannot open {}", lock.display()))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot lock {}", lock.display())),
        }
        let path = local.join("run.json");
        if let Some(left_behind) = read(&path) {
            end(&left_behind).await;
        }
        let running = Running { command: command.to_owned(), xtask: Identity::own(), ..Running::default() };
        let held = Self { _file: file, path, running };
        held.save()?;
        Ok(Some(held))
    }

    /// Changes the record of what is running.
    pub(crate) fn note(&mut self, change: impl FnOnce(&mut Running)) -> anyhow::Result<()> {
        change(&mut self.running);
        self.save()
    }

    fn save(&self) -> anyhow::Result<()> {
        write_private(&self.path, &serde_json::to_string_pretty(&self.running)?)
    }
}

impl Drop for ServiceLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The record of what is running.
pub(crate) fn running(checkout: &Checkout) -> anyhow::Result<Option<Running>> {
    Ok(read(&checkout.local()?.join("run.json")))
}

/// Stops what a command that is gone has left running. Returns whether there was anything.
pub(crate) async fn end(left: &Running) -> bool {
    let mut any = false;
    for process in &left.processes {
        let stop = Signal::from_named_raw(process.stop).unwrap_or(Signal::TERM);
        if process.identity.is_alive() {
            say(&format!("    ending {} (process {})", process.name, process.identity.pid));
        }
        any |= process.identity.end(stop, Duration::from_secs(30)).await;
    }
    any
}

fn read(path: &Path) -> Option<Running> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
