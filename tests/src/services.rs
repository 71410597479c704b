//! Postgres and Redis of one's own: on free ports, without durability, gone with the test binary.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    folders::scratch,
    paths::{postgres_program, redis_program},
    process::{Process, tied},
};

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn new_folder(name: &str) -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let folder = scratch().join(format!("{name}-{}", MADE.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&folder).expect("a folder for a service");
    folder
}

fn wait_for_port(process: &mut Process, name: &str, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    while process.runs() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        assert!(Instant::now() < deadline, "{name} does not answer");
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// A Redis that keeps nothing.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
}

impl Redis {
    /// Starts one on a free port.
    pub fn start() -> Self {
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = Self::spawn(port) {
                return Self { process, port };
            }
        }
        panic!("redis-server does not start: is it installed?");
    }

    fn spawn(port: u16) -> Option<Process> {
        let folder = new_folder("redis");
        let mut command = tied(&redis_program(), "KILL", None);
        command.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        command.arg("--dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start("redis-server", command);
        wait_for_port(&mut process, "redis-server", port).then_some(process)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A connection.
    pub fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url())
            .and_then(|client| client.get_connection())
            .expect("a connection to Redis")
    }

    /// Kills it; what it held is gone.
    pub fn kill(&mut self) {
        self.process.end(Signal::KILL);
    }

    /// Starts it again on the same port, empty.
    pub fn restart(&mut self) {
        self.process = Self::spawn(self.port).expect("redis-server starts again on its port");
    }

    /// Stops it from answering; connections stay open.
    pub fn freeze(&self) {
        self.process.signal(Signal::STOP);
    }

    /// Lets it answer again.
    pub fn thaw(&self) {
        self.process.signal(Signal::CONT);
    }
}

/// A Postgres server without durability.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    folder: PathBuf,
    port: u16,
}

/// Postgres refuses to run as root; Debian's package makes this user.
const USER: &str = "postgres";
/// A crash of the server must lose nothing that was committed; one of the machine may.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=400",
    "log_min_messages=warning",
];
const PASSWORD: &str = "for-tests-on-this-machine-alone";

impl Postgres {
    /// Makes a new cluster and starts it on a free port.
    pub fn start() -> Self {
        let folder = new_folder("postgres");
        initialise(&folder);
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = Self::spawn(&folder, port) {
                return Self { process, folder, port };
            }
        }
        panic!("Postgres does not start: see {}", folder.join("log").display());
    }

    fn spawn(folder: &std::path::Path, port: u16) -> Option<Process> {
        let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).expect("a log");
        // SIGQUIT ends it at once, and all of its children with it.
        let mut command = tied(&postgres_program("postgres"), "QUIT", drop_to());
        command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
        let mut process = Process::start("postgres", command);
        let url = Self::url_of(port);
        let ready = |process: &mut Process| {
            let deadline = Instant::now() + Duration::from_secs(30);
            while process.runs() && Instant::now() < deadline {
                if postgres::Client::connect(&url, postgres::NoTls).is_ok() {
                    return true;
                }
                thread::sleep(Duration::from_millis(20));
            }
            false
        };
        ready(&mut process).then_some(process)
    }

    fn url_of(port: u16) -> String {
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres")
    }

    /// The administrator's URL.
    pub fn admin_url(&self) -> String {
        Self::url_of(self.port)
    }

    /// All that it has said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    /// Breaks it off, as a crash would.
    pub fn crash(&mut self) {
        self.process.end(Signal::QUIT);
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.process = Self::spawn(&self.folder, self.port).expect("Postgres starts again on its port");
    }
}

/// Whom Postgres runs as, when this is root.
fn drop_to() -> Option<&'static str> {
    rustix::process::geteuid().is_root().then_some(USER)
}

fn initialise(folder: &std::path::Path) {
    if let Some(user) = drop_to() {
        let owner = Command::new("chown").arg(user).arg(folder).status().expect("chown");
        assert!(owner.success(), "cannot hand {} to {user}", folder.display());
    }
    let password_file = folder.join("password");
    fs::write(&password_file, PASSWORD).expect("a password file");
    let mut command = tied(&postgres_program("initdb"), "KILL", drop_to());
    command.arg("-D").arg(folder.join("data")).arg("--pwfile").arg(&password_file);
    command.args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]);
    let output =
        command.current_dir("/").stdin(Stdio::null()).output().expect("initdb, which Postgres brings along");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_comes_back_empty_on_its_port() {
        let mut redis = Redis::start();
        let set = |redis: &Redis| redis::cmd("INCR").arg("n").query::<i64>(&mut redis.connect()).unwrap();
        assert_eq!((set(&redis), set(&redis)), (1, 2));
        redis.kill();
        redis.restart();
        assert_eq!(set(&redis), 1);
    }

    #[test]
    fn postgres_comes_back_with_what_was_committed() {
        let mut postgres = Postgres::start();
        let connect = |postgres: &Postgres| postgres::Client::connect(&postgres.admin_url(), postgres::NoTls);
        connect(&postgres).unwrap().batch_execute("create table t (n integer)").unwrap();
        postgres.crash();
        assert!(connect(&postgres).is_err());
        postgres.restart();
        connect(&postgres).unwrap().batch_execute("select n from t").unwrap();
    }
}
