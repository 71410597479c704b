//! The local chain: Anvil on 127.0.0.1, with the factory of escrows on it.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail};
use rustix::process::Signal;
use tokio::net::TcpStream;

use super::{
    free_port,
    home::{Home, tail},
};
use crate::{
    checkout::write_private,
    node::Contracts,
    process::{Daemon, DaemonSpec, Identity},
};

/// Number of its first block: the development data has logs in lower ones, and a chain has one block at each height.
const FIRST_BLOCK: &str = "1000";

/// Seconds between blocks in which nothing happens. A transaction gets a block at once; these make it final.
const BLOCK_SECONDS: &str = "12";

/// Seconds between copies to disk. What is younger is gone if it is killed.
const COPY_SECONDS: &str = "10";

/// A running chain; dropping it stops it, and keeps what happened on it.
pub(crate) struct Anvil {
    daemon: Daemon,
    url: String,
}

impl Anvil {
    /// Starts it where it left off, and puts the factory on it if it is new.
    pub(crate) async fn start(contracts: &Contracts, home: &Home) -> anyhow::Result<Self> {
        let port_file = home.own.join("anvil.port");
        let mut preferred =
            std::fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok());
        for _ in 0..5 {
            let port = free_port(preferred)?;
            let mut anvil =
                Self { daemon: spawn(contracts, home, port)?, url: format!("http://127.0.0.1:{port}") };
            if anvil.becomes_ready(home, port).await? {
                write_private(&port_file, &port.to_string())?;
                contracts
                    .node()
                    .args(["deploy.mjs", &anvil.url])
                    .limit(Duration::from_mins(1))
                    .quietly()
                    .await?;
                return Ok(anvil);
            }
            preferred = None;
        }
        bail!("Anvil found every port taken that was free before")
    }

    /// Its URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Which process it is.
    pub(crate) fn identity(&self) -> Identity {
        self.daemon.identity()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        self.daemon.ended().await
    }

    async fn becomes_ready(&mut self, home: &Home, port: u16) -> anyhow::Result<bool> {
        let log = home.own.join("anvil.log");
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Err(error) = self.daemon.check() {
                let log = tail(&log);
                if log.contains("Address already in use") {
                    return Ok(false);
                }
                return Err(anyhow!("{error}\n{log}"));
            }
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        bail!("Anvil does not answer after 30 s\n{}", tail(&log))
    }
}

fn spawn(contracts: &Contracts, home: &Home, port: u16) -> anyhow::Result<Daemon> {
    let state = home.own.join("anvil.json");
    let port = port.to_string();
    let mut command = vec![contracts.anvil()?.into(), "--state".into(), state.into()];
    let options = [
        ["--host", "127.0.0.1"],
        ["--port", &port],
        ["--chain-id", "31337"],
        ["--number", FIRST_BLOCK],
        ["--block-time", BLOCK_SECONDS],
        ["--state-interval", COPY_SECONDS],
    ];
    command.extend(options.into_iter().flatten().map(Into::into));
    // No page of another site may use it from a browser.
    command.extend(["--mixed-mining", "--no-cors"].map(Into::into));
    let (log, _) = home.log("anvil")?;
    let errors = log.try_clone()?;
    Daemon::start(DaemonSpec {
        name: "Anvil",
        command,
        environment: Vec::new(),
        user: None,
        stop: Signal::TERM,
        grace: Duration::from_secs(10),
        stdout: log.into(),
        stderr: Stdio::from(errors),
    })
}
