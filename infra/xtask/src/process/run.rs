//! A program that is run to its end.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, getpid, kill_process_group, setpriority_process};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::user::User;

/// How much less processor time a program with low priority gets.
const NICENESS: i32 = 10;

/// A command line under construction.
pub(crate) struct Run {
    command: Command,
    shown: String,
    limit: Option<Duration>,
    gives_way: bool,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Whether its exit code was 0.
    pub success: bool,
    /// Its standard output, if captured.
    pub stdout: String,
    /// Its standard error, if captured.
    pub stderr: String,
}

impl Run {
    /// A program, by name or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let shown = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        // A group of its own, so that everything it starts can be ended with it.
        command.process_group(0).stdin(Stdio::null()).kill_on_drop(true);
        Self { command, shown, limit: None, gives_way: false }
    }

    /// A program run as another user, without any rights of root.
    pub(crate) fn as_user(user: Option<&User>, program: impl AsRef<OsStr>) -> Self {
        let Some(user) = user else { return Self::new(program) };
        let mut run = Self::new("/proc/self/exe");
        run.shown = program.as_ref().to_string_lossy().into_owned();
        let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
        let parent = getpid().as_raw_nonzero().to_string();
        let death_signal = Signal::TERM.as_raw().to_string();
        run.command.args(["child", "--parent", &parent, "--death-signal", &death_signal]);
        run.command.args(["--uid", &uid, "--gid", &gid, "--"]).arg(program);
        run.command.current_dir("/").env("HOME", "/").env("USER", &user.name);
        run
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        for argument in arguments {
            let argument = argument.into();
            self.shown.push(' ');
            self.shown.push_str(&argument.to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable from it.
    pub(crate) fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// The folder that it runs in.
    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// How long it may take.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it, and what it starts, with low priority.
    pub(crate) fn giving_way(mut self) -> Self {
        self.gives_way = true;
        self
    }

    /// The command line as a person would type it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs it with its output going where ours goes; anything but success is an error.
    pub(crate) async fn stream(mut self) -> anyhow::Result<()> {
        let mut group = self.spawn()?;
        let status = group.wait(self.limit, &self.shown).await?;
        if !status.success() {
            bail!("`{}` failed: {status}", self.shown);
        }
        Ok(())
    }

    /// Runs it quietly and captures its output. A failure is not an error here.
    pub(crate) async fn capture(mut self) -> anyhow::Result<Finished> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = self.spawn()?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (group.child.stdout.take(), group.child.stderr.take());
        let read = async {
            let out = async {
                if let Some(mut pipe) = out {
                    let _ = pipe.read_to_end(&mut stdout).await;
                }
            };
            let err = async {
                if let Some(mut pipe) = err {
                    let _ = pipe.read_to_end(&mut stderr).await;
                }
            };
            tokio::join!(out, err)
        };
        let (status, _) = tokio::join!(group.wait(self.limit, &self.shown), read);
        Ok(Finished { success: status?.success(), stdout: lossy(&stdout), stderr: lossy(&stderr) })
    }

    /// Runs it quietly; a failure is an error that contains its output.
    pub(crate) async fn quietly(self) -> anyhow::Result<String> {
        let shown = self.shown.clone();
        let finished = self.capture().await?;
        if !finished.success {
            bail!("`{shown}` failed:\n{}{}", finished.stdout, finished.stderr);
        }
        Ok(finished.stdout)
    }

    /// Runs it, passing each line of its standard output to `each`. Returns whether it succeeded.
    pub(crate) async fn lines(mut self, mut each: impl FnMut(&str)) -> anyhow::Result<bool> {
        self.command.stdout(Stdio::piped());
        let mut group = self.spawn()?;
        if let Some(stdout) = group.child.stdout.take() {
            let mut lines = BufReader::new(stdout).split(b'\n');
            while let Some(line) = lines.next_segment().await.context("cannot read its output")? {
                each(&lossy(&line));
            }
        }
        Ok(group.wait(self.limit, &self.shown).await?.success())
    }

    fn spawn(&mut self) -> anyhow::Result<Group> {
        let child = self.command.spawn().with_context(|| format!("cannot run `{}`", self.shown))?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if self.gives_way && leader.is_some() {
            // No harm if it cannot: it then merely gets its normal share.
            let _ = setpriority_process(leader, NICENESS);
        }
        Ok(Group { child, leader })
    }
}

/// A process and those that it started: all are ended if it is dropped before its end.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    async fn wait(
        &mut self,
        limit: Option<Duration>,
        shown: &str,
    ) -> anyhow::Result<std::process::ExitStatus> {
        let wait = self.child.wait();
        let status = match limit {
            None => wait.await,
            Some(limit) => {
                if let Ok(status) = tokio::time::timeout(limit, wait).await {
                    status
                } else {
                    self.end();
                    bail!("`{shown}` did not end within {:.1} s", limit.as_secs_f64());
                }
            }
        };
        let status = status.with_context(|| format!("cannot wait for `{shown}`"))?;
        self.leader = None;
        Ok(status)
    }

    fn end(&mut self) {
        let Some(leader) = self.leader.take() else { return };
        let _ = kill_process_group(leader, Signal::TERM);
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// A program's path, looked up in `PATH` and in the folders for system programs, which `PATH` often lacks.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_is_captured_and_a_failure_is_told() {
        let finished = Run::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).capture().await.unwrap();
        assert!(!finished.success);
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    }

    #[tokio::test]
    async fn what_hangs_is_ended_with_all_that_it_started() {
        let limited = Run::new("sh").args(["-c", "sleep 30 & wait"]).limit(Duration::from_millis(200));
        let error = limited.capture().await.unwrap_err();
        assert!(error.to_string().contains("did not end within"), "{error}");
    }
}
