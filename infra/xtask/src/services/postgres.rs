//! A private Postgres: on 127.0.0.1 only, with a generated password, in a folder of its own.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use rustix::process::Signal;

use super::{
    free_port,
    home::{Home, tail},
};
use crate::{
    checkout::write_private,
    database::{DatabaseUrl, connect},
    debian,
    process::{Daemon, DaemonSpec, Identity, Run, find_program},
    random,
};

/// A pool of 64 connections for each role that components connect as, of which there are about ten; and there are xtask, psql, and a
/// second suite started by hand.
const CONNECTIONS: u32 = 800;

/// Every test starts a host of its own.
const SCRATCH_CONNECTIONS: u32 = 2000;

/// What a crash may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: as in production.
    Kept,
    /// Everything: for data that ends with the command.
    Scratch,
}

/// A running Postgres; dropping it shuts it down.
pub(crate) struct Postgres {
    daemon: Daemon,
    admin_url: DatabaseUrl,
}

impl Postgres {
    /// Starts the one in `home`, creating it if there is none.
    pub(crate) async fn start(home: &Home, durability: Durability) -> anyhow::Result<Self> {
        let folder = home.folder("postgres")?;
        let data = folder.join("data");
        let password_file = home.own.join("postgres.password");
        let bin = find_or_install(&data).await?;
        if !data.join("PG_VERSION").is_file() {
            initialise(home, &bin, &data, &password_file, durability).await?;
        }
        check_version(&bin, &data).await?;
        clear_stale_lock(&data)?;
        let password = fs::read_to_string(&password_file)
            .with_context(|| format!("cannot read {}", password_file.display()))?;
        let port_file = home.own.join("postgres.port");
        let mut preferred = fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok());
        for _ in 0..5 {
            let port = free_port(preferred)?;
            let daemon = spawn(home, &bin, &data, port, durability)?;
            let host_port = format!("127.0.0.1:{port}");
            let admin_url = DatabaseUrl::new("postgres", password.trim(), &host_port, "postgres");
            let mut postgres = Self { daemon, admin_url };
            if postgres.becomes_ready(home).await? {
                write_private(&port_file, &port.to_string())?;
                return Ok(postgres);
            }
            preferred = None;
        }
        bail!("Postgres found every port taken that was free before")
    }

    /// The superuser's URL.
    pub(crate) fn admin_url(&self) -> &DatabaseUrl {
        &self.admin_url
    }

    /// Which process it is.
    pub(crate) fn identity(&self) -> Identity {
        self.daemon.identity()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        self.daemon.ended().await
    }

    /// Waits for it to respond. False if somebody else took the port.
    async fn becomes_ready(&mut self, home: &Home) -> anyhow::Result<bool> {
        let log = home.own.join("postgres.log");
        // Long enough for crash recovery of the database of a development machine.
        let deadline = Instant::now() + Duration::from_mins(2);
        while Instant::now() < deadline {
            if let Err(error) = self.daemon.check() {
                let log = tail(&log);
                if log.contains("Address already in use") {
                    return Ok(false);
                }
                return Err(anyhow!("{error}\n{log}"));
            }
            if connect(&self.admin_url).await.is_ok() {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("Postgres does not answer after two minutes\n{}", tail(&log))
    }
}

/// The folder of Postgres' programs: of the version that created `data` if it exists, or else the newest.
pub(crate) fn bin_dir(data: Option<&Path>) -> Option<PathBuf> {
    let made_by = data.and_then(|data| fs::read_to_string(data.join("PG_VERSION")).ok());
    let made_by = made_by.and_then(|text| text.trim().parse::<u32>().ok());
    let mut versions: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by_key(|version| (made_by == Some(*version), *version));
    let debian = versions.into_iter().rev().map(|v| PathBuf::from(format!("/usr/lib/postgresql/{v}/bin")));
    // Elsewhere the programs are in one folder; resolved, since a lone link in a folder of links does not find its siblings.
    let elsewhere = find_program("initdb").and_then(|file| file.canonicalize().ok());
    let elsewhere = elsewhere.and_then(|file| Some(file.parent()?.to_owned()));
    debian.chain(elsewhere).find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
}

async fn find_or_install(data: &Path) -> anyhow::Result<PathBuf> {
    if let Some(bin) = bin_dir(Some(data)) {
        return Ok(bin);
    }
    debian::install("Postgres", &["postgresql"], "or set DATABASE_URL to a server of your own").await?;
    bin_dir(Some(data)).context("Postgres was installed, but its initdb is not to be found")
}

/// Into a temporary folder, renamed when complete: an interruption leaves nothing that looks like a database.
async fn initialise(
    home: &Home,
    bin: &Path,
    data: &Path,
    password_file: &Path,
    durability: Durability,
) -> anyhow::Result<()> {
    let draft = data.with_extension("new");
    for leftover in [draft.as_path(), data] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).with_context(|| format!("cannot remove {}", leftover.display()))?;
        }
    }
    let password = random::password()?;
    write_private(password_file, &password)?;
    // initdb reads it as the services' user, who cannot read ours.
    let handed_over = draft.with_extension("password");
    write_private(&handed_over, &password)?;
    if let Some(user) = &home.user {
        user.own(&handed_over)?;
    }
    let mut initdb = Run::as_user(home.user.as_ref(), bin.join("initdb"))
        .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"])
        .args([joined("--pgdata=", &draft), joined("--pwfile=", &handed_over)]);
    if durability == Durability::Scratch {
        initdb = initdb.args(["--no-sync"]);
    }
    let done = initdb.quietly().await;
    fs::remove_file(&handed_over)?;
    done.context("cannot initialise Postgres")?;
    fs::rename(&draft, data).with_context(|| format!("cannot create {}", data.display()))
}

async fn check_version(bin: &Path, data: &Path) -> anyhow::Result<()> {
    let made_by = fs::read_to_string(data.join("PG_VERSION"))?;
    let version = Run::new(bin.join("postgres")).args(["--version"]).quietly().await?;
    let major = version.split_whitespace().nth(2).and_then(|version| version.split('.').next());
    if major != Some(made_by.trim()) {
        bail!(
            "{} was made by Postgres {}, and this is {}. Install that version again, or begin anew by \
             `cargo xtask down --wipe`",
            data.display(),
            made_by.trim(),
            version.trim()
        );
    }
    Ok(())
}

/// Removes the lock file of a Postgres that is gone. Postgres does that itself, unless the process id has been given to another
/// program since: only we can tell that it is another.
fn clear_stale_lock(data: &Path) -> anyhow::Result<()> {
    let lock = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&lock) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok());
    let program = pid.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).ok());
    match (pid, program) {
        (Some(pid), Some(program)) if program.trim() == "postgres" => {
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&arguments).split('\0').any(|part| Path::new(part) == data) {
                bail!("a Postgres (process {pid}) runs on {}; end it by `kill -INT {pid}`", data.display());
            }
            fs::remove_file(&lock)
        }
        _ => fs::remove_file(&lock),
    }
    .with_context(|| format!("cannot remove {}", lock.display()))
}

fn spawn(home: &Home, bin: &Path, data: &Path, port: u16, durability: Durability) -> anyhow::Result<Daemon> {
    let (log, _) = home.log("postgres")?;
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "password_encryption=scram-sha-256".to_owned(),
        "logging_collector=off".to_owned(),
        "log_timezone=UTC".to_owned(),
        "timezone=UTC".to_owned(),
    ];
    let more: &[&str] = match durability {
        Durability::Kept => &["fsync=on"],
        Durability::Scratch => &[
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_wal_size=4GB",
            "autovacuum_naptime=10min",
        ],
    };
    settings.extend(more.iter().map(ToString::to_string));
    let connections = if durability == Durability::Kept { CONNECTIONS } else { SCRATCH_CONNECTIONS };
    settings.push(format!("max_connections={connections}"));
    let mut command: Vec<OsString> = vec![bin.join("postgres").into(), "-D".into(), data.into()];
    command.extend(settings.into_iter().flat_map(|setting| ["-c".into(), setting.into()]));
    Daemon::start(DaemonSpec {
        name: "Postgres",
        command,
        environment: Vec::new(),
        user: home.user.clone(),
        // "Fast": ends sessions and writes a checkpoint. "Immediate" leaves recovery to a next start that never comes.
        stop: if durability == Durability::Kept { Signal::INT } else { Signal::QUIT },
        grace: Duration::from_secs(30),
        stdout: Stdio::null(),
        stderr: log.into(),
    })
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}
