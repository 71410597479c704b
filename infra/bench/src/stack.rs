//! The two servers: started, found, looked at, ended.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

/// How long a server may take to start. The first start of the host compiles every component.
const START_LIMIT: Duration = Duration::from_mins(3);

/// Where a checkout keeps things.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The root of the checkout.
    pub root: PathBuf,
    /// What a run leaves behind.
    pub out: PathBuf,
    /// Our host.
    pub host: PathBuf,
    /// The native twin, built beside this program.
    pub twin: PathBuf,
}

impl Paths {
    /// Finds everything, from the environment that `cargo xtask bench` sets or from where this program lies.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let beside = own.parent().context("this program lies in no folder")?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let out = root.join("target/bench");
        fs::create_dir_all(&out)?;
        let host =
            std::env::var_os("FUNDRAIL_HOST_BIN").map_or_else(|| beside.join("fundrail-host"), PathBuf::from);
        let paths = Self { root, out, host, twin: beside.join("fundrail-twin") };
        for program in [&paths.host, &paths.twin] {
            if !program.is_file() {
                bail!("{} is missing; `cargo xtask bench` builds it", program.display());
            }
        }
        Ok(paths)
    }

    /// The folder of the components.
    pub(crate) fn components(&self) -> PathBuf {
        let given = std::env::var_os("FUNDRAIL_COMPONENTS");
        given.map_or_else(|| self.root.join("target/wasm32-wasip2/component"), PathBuf::from)
    }

    /// Writes the manifest that is measured: the application's own, with the empty component added and its sources made
    /// absolute, since it lies elsewhere.
    pub(crate) fn write_manifest(&self) -> anyhow::Result<PathBuf> {
        let own = self.root.join("spin.toml");
        let text = fs::read_to_string(&own).with_context(|| format!("cannot read {}", own.display()))?;
        let components = self.components();
        let components = components.to_str().context("the checkout's path is not UTF-8")?;
        let text = text.replace("\"target/wasm32-wasip2/component/", &format!("\"{components}/"));
        let text = format!(
            "{text}\n[[trigger.http]]\nroute = \"/empty\"\ncomponent = \"bench-empty\"\n\n\
             [component.bench-empty]\nsource = \"{components}/bench_empty.wasm\"\n"
        );
        let path = self.out.join("spin.toml");
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    /// What it is called in messages.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts our host on a manifest, with its HTTP trigger alone: background work would be measured along.
    pub(crate) fn host(
        paths: &Paths,
        manifest: &Path,
        variables: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(&paths.host);
        command.args(["up", "--listen", "127.0.0.1:0", "--trigger", "http", "--from"]).arg(manifest);
        Self::start("host", command, variables, &paths.out)
    }

    /// Starts the native twin.
    pub(crate) fn twin(paths: &Paths, variables: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        Self::start("twin", Command::new(&paths.twin), variables, &paths.out)
    }

    fn start(
        name: &'static str,
        mut command: Command,
        variables: &BTreeMap<String, String>,
        out: &Path,
    ) -> anyhow::Result<Self> {
        let log = out.join(format!("{name}.log"));
        // Opened to append, so that it can be emptied between rounds.
        let _ = fs::remove_file(&log);
        let file = File::options().create(true).append(true).open(&log)?;
        // With it every error that is made on the way would unwind the stack, in one of them more often than in the other.
        command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
        command.envs(variables).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { name, address: nowhere, child, log };
        server.address = server.wait_for_address()?;
        Ok(server)
    }

    fn wait_for_address(&mut self) -> anyhow::Result<SocketAddr> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            let text = fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(address) = text.lines().find_map(listening_address) {
                return Ok(address);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the {} ended at once ({status}):\n{}", self.name, last_lines(&text, 20));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!(
            "the {} did not listen within {} s; see {}",
            self.name,
            START_LIMIT.as_secs(),
            self.log.display()
        );
    }

    /// Empties its log: a round writes a line a request.
    pub(crate) fn empty_log(&self) -> anyhow::Result<()> {
        File::options().write(true).open(&self.log)?.set_len(0)?;
        Ok(())
    }

    /// The end of its log, for a message about a failure.
    pub(crate) fn log_tail(&self) -> String {
        last_lines(&fs::read_to_string(&self.log).unwrap_or_default(), 10)
    }

    /// Its memory in kB: resident now, and at most so far.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name))?;
            value.trim_start_matches(':').trim().trim_end_matches(" kB").parse().ok()
        };
        Ok(Memory {
            resident_kb: field("VmRSS").unwrap_or_default(),
            peak_kb: field("VmHWM").unwrap_or_default(),
        })
    }
}

/// What a process holds.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Memory {
    /// Resident now.
    pub resident_kb: u64,
    /// Resident at most so far.
    pub peak_kb: u64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a line such as `{"event":"listening","address":"127.0.0.1:3000"}`.
fn listening_address(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line.get("event")? == "listening").then_some(())?;
    line.get("address")?.as_str()?.parse().ok()
}

fn last_lines(text: &str, wanted: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(wanted)..).unwrap_or_default().join("\n")
}

/// Prints progress at once, whatever standard output is.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listening_line_gives_an_address() {
        let line = r#"{"at":"2026-01-01","event":"listening","address":"127.0.0.1:3000"}"#;
        assert_eq!(listening_address(line), Some(SocketAddr::from(([127, 0, 0, 1], 3000))));
        for line in [r#"{"event":"request","address":"127.0.0.1:1"}"#, "listening", "{}"] {
            assert_eq!(listening_address(line), None);
        }
    }

    #[test]
    fn the_last_lines_of_little_are_all_of_it() {
        assert_eq!((last_lines("a\nb\nc", 2).as_str(), last_lines("a", 5).as_str()), ("b\nc", "a"));
    }
}
