//! The host that `up` runs.

use std::{
    fs::File,
    io::Write as _,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use rustix::process::Signal;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::ChildStdout,
    task::JoinHandle,
};

use crate::{
    cargo::Profile,
    checkout::Checkout,
    process::{Daemon, DaemonSpec},
    progress::say,
};

/// The first start compiles every component to machine code.
const START_LIMIT: Duration = Duration::from_mins(5);

/// A running host. Its log goes to our standard output and to `.local/host.log`.
pub(super) struct Host {
    daemon: Daemon,
    address: String,
    copying: JoinHandle<()>,
}

/// The line with which the host reports that it is ready.
#[derive(Deserialize)]
struct Listening {
    event: String,
    address: String,
}

impl Host {
    /// Starts the host and waits until it listens.
    pub(super) async fn start(
        checkout: &Checkout,
        profile: Profile,
        listen: SocketAddr,
        variables: &Path,
    ) -> anyhow::Result<Self> {
        let mut command = vec![profile.program(checkout, "fundrail-host").into_os_string()];
        command.extend(["up".into(), "--from".into(), checkout.spin_toml().into()]);
        command.extend(["--listen".into(), listen.to_string().into()]);
        command.extend(["--variables-file".into(), variables.into()]);
        let mut daemon = Daemon::start(DaemonSpec {
            name: "the host",
            command,
            environment: Vec::new(),
            user: None,
            stop: Signal::TERM,
            grace: Duration::from_secs(30),
            stdout: Stdio::piped(),
            stderr: Stdio::inherit(),
        })?;
        let stdout = daemon.take_stdout().context("the host has no output")?;
        let mut log = Log::create(&checkout.local()?.join("host.log"))?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = tokio::time::timeout(START_LIMIT, listening(&mut lines, &mut log));
        let address = match listening.await {
            Ok(Some(address)) => address,
            Ok(None) => {
                return Err(daemon.ended().await.context("the host did not start; it says why above"));
            }
            Err(_) => return Err(anyhow!("the host does not listen after {} s", START_LIMIT.as_secs())),
        };
        let copying = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.add(&line);
            }
        });
        Ok(Self { daemon, address, copying })
    }

    /// `127.0.0.1:3000`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    pub(super) fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// Waits until it ends by itself.
    pub(super) async fn ended(&mut self) -> anyhow::Error {
        self.daemon.ended().await
    }

    /// Waits until `/health` reports that all is well; says so if it does not.
    pub(super) async fn becomes_healthy(&self) {
        let deadline = Instant::now() + Duration::from_secs(15);
        let mut last = String::from("no answer");
        while Instant::now() < deadline {
            match health(&self.address).await {
                Ok(status) if status.contains(" 200") => return,
                Ok(status) => last = status,
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        say(&format!("    GET /health is not well: {last}"));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.copying.abort();
    }
}

/// Copies lines until the one that says where the host listens; `None` if it ends before.
async fn listening(lines: &mut Lines<BufReader<ChildStdout>>, log: &mut Log) -> Option<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        log.add(&line);
        match serde_json::from_str::<Listening>(&line) {
            Ok(listening) if listening.event == "listening" => return Some(listening.address),
            _ => {}
        }
    }
    None
}

/// The first line of the response to `GET /health`.
async fn health(address: &str) -> anyhow::Result<String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        anyhow::Ok(answer.lines().next().unwrap_or_default().to_owned())
    };
    tokio::time::timeout(Duration::from_secs(5), exchange).await?
}

struct Log {
    file: File,
}

impl Log {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { file })
    }

    fn add(&mut self, line: &str) {
        // A full disk must not stop the host.
        let _ = writeln!(self.file, "{line}");
        say(line);
    }
}
