//! A private Redis: on 127.0.0.1 only, with a generated password, keeping nothing on disk.

use std::{
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use rustix::process::Signal;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    free_port,
    home::{Home, tail},
};
use crate::{
    checkout::write_private,
    debian,
    process::{Daemon, DaemonSpec, Identity, find_program},
    random,
};

/// A running Redis; dropping it stops it.
pub(crate) struct Redis {
    daemon: Daemon,
    url: String,
}

impl Redis {
    /// Starts one.
    pub(crate) async fn start(home: &Home) -> anyhow::Result<Self> {
        let program = find_or_install().await?;
        let port_file = home.own.join("redis.port");
        let mut preferred =
            std::fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok());
        for _ in 0..5 {
            let port = free_port(preferred)?;
            // A new one each time: without it, any user of this machine could make Redis write files as its own user.
            let password = random::password()?;
            let mut redis = Self {
                daemon: spawn(home, &program, port, &password)?,
                url: format!("redis://:{password}@127.0.0.1:{port}"),
            };
            if redis.becomes_ready(home, port, &password).await? {
                write_private(&port_file, &port.to_string())?;
                return Ok(redis);
            }
            preferred = None;
        }
        bail!("Redis found every port taken that was free before")
    }

    /// Its URL, with the password.
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

    async fn becomes_ready(&mut self, home: &Home, port: u16, password: &str) -> anyhow::Result<bool> {
        let log = home.own.join("redis.log");
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Err(error) = self.daemon.check() {
                let log = tail(&log);
                if log.contains("Address already in use") {
                    return Ok(false);
                }
                return Err(anyhow!("{error}\n{log}"));
            }
            if answers(port, password).await.unwrap_or(false) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        bail!("Redis does not answer after 30 s\n{}", tail(&log))
    }
}

/// The server program; Valkey speaks the same protocol.
pub(crate) fn server_program() -> Option<PathBuf> {
    find_program("redis-server").or_else(|| find_program("valkey-server"))
}

async fn find_or_install() -> anyhow::Result<PathBuf> {
    if let Some(program) = server_program() {
        return Ok(program);
    }
    debian::install("Redis", &["redis-server"], "or set REDIS_URL to a server of your own").await?;
    server_program().context("Redis was installed, but redis-server is not to be found")
}

fn spawn(home: &Home, program: &std::path::Path, port: u16, password: &str) -> anyhow::Result<Daemon> {
    let folder = home.folder("redis")?;
    let config = folder.join("redis.conf");
    // In a file, since everybody can read a command line.
    let settings = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {}\nsave \"\"\nappendonly no\ndaemonize no\nlogfile \"\"\n",
        folder.display()
    );
    write_private(&config, &settings)?;
    if let Some(user) = &home.user {
        user.own(&config)?;
    }
    let (log, _) = home.log("redis")?;
    Daemon::start(DaemonSpec {
        name: "Redis",
        command: vec![program.into(), config.into()],
        environment: Vec::new(),
        user: home.user.clone(),
        stop: Signal::TERM,
        grace: Duration::from_secs(10),
        stdout: log.into(),
        stderr: Stdio::null(),
    })
}

/// Whether Redis lets us in.
async fn answers(port: u16, password: &str) -> anyhow::Result<bool> {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(format!("AUTH {password}\r\n").as_bytes()).await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        anyhow::Ok(&answer == b"+OK\r\n")
    };
    tokio::time::timeout(Duration::from_secs(2), exchange).await?
}
