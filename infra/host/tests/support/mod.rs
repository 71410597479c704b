//! Starts hosts on made-up manifests and talks to them, byte by byte where it matters.

#![allow(dead_code, unreachable_pub, reason = "every test file uses its own part")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The folder with the components that the tests run: xtask says it, else it is the workspace's own.
fn wasm_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    target.join("wasm32-wasip2/component")
}

/// The path of the component of package `name`.
pub fn wasm(name: &str) -> String {
    let path = wasm_folder().join(format!("{}.wasm", name.replace('-', "_")));
    assert!(
        path.exists(),
        "{} is missing: cargo build --profile component --target wasm32-wasip2 -p {name}",
        path.display()
    );
    path.canonicalize().unwrap().display().to_string()
}

/// The value of an environment variable that names a service, or `None` after saying that a test is skipped.
pub fn service(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        eprintln!("skipped: {name} is not set");
    }
    value
}

/// `scheme://host:port` of a URL, for an allow-list.
pub fn address(url: &str, scheme: &str, port: u16) -> String {
    let authority = url.split_once("://").unwrap().1.split(['/', '?']).next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    if host.contains(':') { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }
}

/// A folder of one's own.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("fundrail-host-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A host that runs until dropped.
pub struct Host {
    pub address: SocketAddr,
    pub folder: PathBuf,
    process: Child,
    lines: Arc<Mutex<Vec<Value>>>,
}

/// How a host is started.
pub struct Setup {
    manifest: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    listen: String,
    pub folder: PathBuf,
}

impl Setup {
    pub fn new(manifest: impl Into<String>) -> Self {
        Self {
            manifest: manifest.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            folder: folder(),
        }
    }

    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((format!("SPIN_VARIABLE_{}", name.to_uppercase()), value.to_owned()));
        self
    }

    pub fn command(&self) -> Command {
        fs::write(self.folder.join("spin.toml"), &self.manifest).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_fundrail-host"));
        // One cache for all, so that a component is compiled once.
        let cache = wasm_folder().join("host-test-cache");
        command.arg("up").arg("--from").arg(self.folder.join("spin.toml"));
        command.arg("--cache-dir").arg(cache).args(["--listen", &self.listen]).args(&self.arguments);
        command.envs(self.environment.iter().cloned()).env_remove("RUST_BACKTRACE");
        command
    }

    pub fn start(self) -> Host {
        let mut process = self.command().stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let collected = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let parsed = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
                collected.lock().unwrap().push(parsed);
            }
        });
        let mut host =
            Host { address: SocketAddr::from(([0, 0, 0, 0], 0)), folder: self.folder, process, lines };
        let listening = host.line("listening", |line| line["event"] == "listening");
        if let Some(address) = listening["address"].as_str() {
            host.address = address.parse().unwrap();
        }
        host
    }
}

impl Host {
    /// The first line that `is_it`, waiting for it.
    pub fn line(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(found) = self.lines.lock().unwrap().iter().find(|line| is_it(line)) {
                return found.clone();
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!("the host ended with {status} before {what}");
            }
            assert!(Instant::now() < deadline, "no {what} in {:?}", self.lines.lock().unwrap());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many lines `is_it` so far.
    pub fn count(&self, is_it: impl Fn(&Value) -> bool) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| is_it(line)).count()
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"))
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        let body = body.to_string();
        let length = body.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    /// Sends these very bytes, and reads to the end.
    pub fn send(&self, request: &str) -> Response {
        Response::of(self.connect(), request)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal, as `kill` does.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").arg(signal).arg(self.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Waits until the host has ended.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the host does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A response, its body taken out of the chunks.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    /// What the host answers to these very bytes. It may hang up before it has them all.
    pub fn of(stream: TcpStream, request: &str) -> Self {
        Self::of_bytes(stream, request.as_bytes())
    }

    /// [`Self::of`] of bytes that are no text.
    pub fn of_bytes(mut stream: TcpStream, request: &[u8]) -> Self {
        let _ = stream.write_all(request);
        Self::read(stream)
    }

    fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // What came before an error is what the test looks at.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { unchunk(body) } else { body.to_owned() };
        Self { status, head: head.to_owned(), body }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        if length == 0 || after.len() < length {
            break;
        }
        body.push_str(&after[..length]);
        rest = after[length..].trim_start_matches("\r\n");
    }
    body
}

/// A manifest with the component `web` on `/do/...`; `more` goes into its table.
pub fn web_manifest(more: &str) -> String {
    let source = wasm("host-test-web");
    format!(
        r#"
spin_manifest_version = 2
[application]
name = "host-test"
version = "1.2.3"
[variables]
redis_url = {{ default = "redis://127.0.0.1:1" }}
greeting = {{ default = "hello" }}
[application.trigger.redis]
address = "{{{{ redis_url }}}}"
[[trigger.http]]
route = "/do/..."
component = "web"
[[trigger.http]]
route = "/users/:user_id/posts/:post"
component = "web"
[[trigger.http]]
route = "/static"
static_response = {{ status_code = 418, headers = {{ x-kind = "static" }}, body = "short and stout" }}
[[trigger.http]]
route = {{ private = true }}
component = "hidden"
[component.hidden]
source = "{source}"
[component.web]
source = "{source}"
{more}
"#
    )
}

/// A statement for the component's `/do/postgres`.
pub fn sql(sql: &str, parameters: &Value) -> Value {
    json!({ "sql": sql, "parameters": parameters })
}
