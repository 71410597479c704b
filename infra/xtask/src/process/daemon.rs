//! A program that runs alongside us until it is dropped, or until we die, however that happens.

use std::{
    ffi::OsString,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use rustix::process::{Signal, getpid};
use tokio::process::{Child, Command};

use crate::{process::Identity, user::User};

/// How to start and stop a daemon.
pub(crate) struct DaemonSpec {
    /// Its name for people.
    pub name: &'static str,
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Added to our own environment.
    pub environment: Vec<(String, String)>,
    /// The user that it runs as, if not ours.
    pub user: Option<User>,
    /// The signal for an orderly shutdown.
    pub stop: Signal,
    /// How long that may take before it is killed.
    pub grace: Duration,
    /// Destination of its standard output.
    pub stdout: Stdio,
    /// Destination of its standard error.
    pub stderr: Stdio,
}

/// A running daemon. Dropping it stops it, and waits until it has ended.
pub(crate) struct Daemon {
    name: &'static str,
    child: Child,
    identity: Identity,
    stop: Signal,
    grace: Duration,
}

impl Daemon {
    /// Starts it in a process group of its own, so that a Ctrl-C in the terminal reaches only us, and we stop everything in
    /// order.
    pub(crate) fn start(spec: DaemonSpec) -> anyhow::Result<Self> {
        // By its magic link, which works even if cargo has replaced the file or the new user cannot reach it.
        let mut command = Command::new("/proc/self/exe");
        command.args(["child", "--parent", &getpid().as_raw_nonzero().to_string()]);
        command.args(["--death-signal", &spec.stop.as_raw().to_string()]);
        if let Some(user) = &spec.user {
            command.args(["--uid", &user.uid.to_string(), "--gid", &user.gid.to_string()]);
            // A folder that every user may enter.
            command.current_dir("/").env("HOME", "/").env("USER", &user.name);
        }
        command.arg("--").args(&spec.command).envs(spec.environment);
        command.process_group(0).stdin(Stdio::null()).stdout(spec.stdout).stderr(spec.stderr);
        let child = command.spawn().with_context(|| format!("cannot start {}", spec.name))?;
        let identity = child.id().and_then(Identity::of);
        let identity = identity.ok_or_else(|| anyhow!("{} ended at once", spec.name))?;
        Ok(Self { name: spec.name, child, identity, stop: spec.stop, grace: spec.grace })
    }

    /// Which process it is.
    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// Its standard output, if that is a pipe; once.
    pub(crate) fn take_stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// An error if it has ended.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(anyhow!("{} ended: {status}", self.name)),
            Err(error) => Err(anyhow!("cannot tell whether {} runs: {error}", self.name)),
        }
    }

    /// Waits until it ends by itself, which a daemon should not: always an error.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        match self.child.wait().await {
            Ok(status) => anyhow!("{} ended unexpectedly: {status}", self.name),
            Err(error) => anyhow!("cannot wait for {}: {error}", self.name),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        self.identity.signal(self.stop);
        let deadline = Instant::now() + self.grace;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        crate::progress::complain(&format!(
            "{} did not end within {} s and is killed",
            self.name,
            self.grace.as_secs()
        ));
        self.identity.signal(Signal::KILL);
        let _ = self.child.try_wait();
    }
}
