//! The host under test: a process that is started, watched and stopped, with everything it says kept in a file.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    folders::workspace,
    paths::host_binary,
    process::{Process, tied},
    variables::Variables,
};

/// A running `fundrail-host`.
#[derive(Debug)]
pub struct Host {
    process: Process,
    manifest: PathBuf,
    variables: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
    address: String,
}

impl Host {
    /// Starts `manifest` with a file of variables on a free port and waits until it listens. Everything that it and its
    /// components write goes to the end of `log`.
    pub fn start(manifest: &Path, variables: &Path, arguments: &[String], log: &Path) -> Self {
        let spawn = |listen| spawn(manifest, variables, arguments, log, listen);
        let (process, address) = spawn("127.0.0.1:0");
        Self {
            process,
            manifest: manifest.to_owned(),
            variables: variables.to_owned(),
            arguments: arguments.to_owned(),
            log: log.to_owned(),
            address,
        }
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether its process runs.
    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// All that it has said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The JSON lines that it has said so far.
    pub fn log_lines(&self) -> Vec<Value> {
        self.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Gives a variable of the components another value, from the next start on.
    pub fn set_variable(&self, name: &str, value: &str) {
        let mut variables = Variables::read(&self.variables);
        variables.set(&format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        variables.write(&self.variables);
    }

    /// Stops it by SIGTERM and starts it again on the same port.
    pub fn restart(&mut self) {
        self.process.end(Signal::TERM);
        let (process, address) =
            spawn(&self.manifest, &self.variables, &self.arguments, &self.log, &self.address);
        (self.process, self.address) = (process, address);
    }
}

fn spawn(
    manifest: &Path,
    variables: &Path,
    arguments: &[String],
    log: &Path,
    listen: &str,
) -> (Process, String) {
    let file = OpenOptions::new().create(true).append(true).open(log).expect("a log of the host");
    let begins =
        usize::try_from(file.metadata().expect("its length").len()).expect("a log of less than 4 GiB");
    let mut command = tied(&host_binary(), "KILL", None);
    command.arg("up").arg("--from").arg(manifest).args(["--listen", listen]);
    command.arg("--variables-file").arg(variables);
    command.arg("--cache-dir").arg(workspace().join("target/tests-compiled")).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SPIN_VARIABLE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("the log")).stderr(file);
    let mut process = Process::start("the host", command);
    // The first start compiles every component.
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        let runs = process.runs();
        let said = fs::read(log).unwrap_or_default();
        let said = String::from_utf8_lossy(said.get(begins..).unwrap_or_default()).into_owned();
        if let Some(address) = said.lines().find_map(listening) {
            return (process, address);
        }
        assert!(runs, "the host ended:\n{said}");
        assert!(Instant::now() < deadline, "the host does not listen:\n{said}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn listening(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["event"] == "listening").then(|| line["address"].as_str().map(str::to_owned)).flatten()
}
