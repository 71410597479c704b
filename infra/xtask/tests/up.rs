//! xtask in a checkout of its own: a real Postgres and Redis, with a host and a ticker that only stand there.

// A helper that cannot do its work fails the test, as the test itself does.
#![allow(clippy::unwrap_used)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Answers every request with 200.
const HOST: &str = r#"
use std::{io::{Read, Write}, net::TcpListener};
fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{{\"event\":\"listening\",\"address\":\"{}\"}}", listener.local_addr().unwrap());
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}
"#;

const TICKER: &str = "fn main() { std::thread::park(); }";

/// The real one without its components: `up` runs the stand-ins above.
const MANIFEST: &str = r#"
spin_manifest_version = 2
[variables]
ops_database_url = { required = true }
redis_url = { required = true }
rate_limits = { default = "default=1" }
"#;

/// The first of all migrations.
const BASE: &str = "V20261130000100__base";

/// A folder that looks like a checkout; removed at the end.
struct Checkout {
    root: PathBuf,
}

impl Checkout {
    fn new(name: &str) -> Self {
        let root = env::temp_dir().join(format!("fundrail-xtask-test-{name}-{}", std::process::id()));
        let checkout = Self { root };
        let members = r#"["infra/host", "infra/ticker", "infra/xtask"]"#;
        let profile = "[profile.native]\ninherits = \"dev\"\n";
        checkout
            .write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = {members}\n{profile}"));
        for (package, folder, code) in [
            ("fundrail-host", "host", HOST),
            ("fundrail-ticker", "ticker", TICKER),
            ("xtask", "xtask", TICKER),
        ] {
            let manifest = format!("[package]\nname = \"{package}\"\nedition = \"2024\"\n");
            checkout.write(&format!("infra/{folder}/Cargo.toml"), &manifest);
            checkout.write(&format!("infra/{folder}/src/main.rs"), code);
        }
        checkout.write("spin.toml", MANIFEST);
        let real = Path::new(env!("CARGO_MANIFEST_DIR"));
        symlink(real.join("seed"), checkout.root.join("infra/xtask/seed")).unwrap();
        symlink(real.join("src/seed"), checkout.root.join("infra/xtask/src/seed")).unwrap();
        for folder in ["migrations", "migrations/functions", "migrations/roles"] {
            let entries = fs::read_dir(real.join("../..").join(folder)).unwrap().map(Result::unwrap);
            for file in entries.filter(|entry| entry.path().is_file()) {
                let text = fs::read_to_string(file.path()).unwrap();
                checkout.write(&format!("{folder}/{}", file.file_name().display()), &text);
            }
        }
        checkout
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn write_function(&self, name: &str, text: &str) {
        self.write(&format!("migrations/functions/{name}.sql"), text);
    }

    fn remove_function(&self, name: &str) {
        fs::remove_file(self.root.join(format!("migrations/functions/{name}.sql"))).unwrap();
    }

    fn xtask(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        for (name, _) in env::vars_os() {
            let name_text = name.to_string_lossy();
            let ours = ["FUNDRAIL_", "SPIN_VARIABLE_"].iter().any(|prefix| name_text.starts_with(prefix));
            if ours || matches!(&*name_text, "DATABASE_URL" | "REDIS_URL" | "CARGO_TARGET_DIR") {
                command.env_remove(name);
            }
        }
        // Whatever compiles the components was found before these tests began; there are none here.
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.xtask(arguments).output().unwrap()
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.root.join(".local/dev.env")).unwrap()
    }

    fn port(&self, service: &str) -> u16 {
        let text = fs::read_to_string(self.root.join(format!(".local/{service}.port"))).unwrap();
        text.trim().parse().unwrap()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        self.run(&["down", "--wipe"]);
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// `xtask up`, once it says that the suite answers.
struct Up {
    child: Child,
}

impl Up {
    fn start(checkout: &Checkout) -> Self {
        let mut command = checkout.xtask(&["up", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("Fundrail answers on http://127.0.0.1:")), "`up` ended");
        // Whatever else it says is read away.
        thread::spawn(move || lines.count());
        Self { child }
    }

    fn signal(&mut self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self.child.wait().unwrap();
    }
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_second_run_of_migrations_and_seed_changes_nothing() {
    let checkout = Checkout::new("migrate");
    let first = checkout.run(&["seed"]);
    assert!(said(&first).contains(&format!("applied {BASE}")), "{}", said(&first));
    let settings = checkout.settings();
    assert_eq!(mode(&checkout.root.join(".local/dev.env")), 0o600);
    let second = checkout.run(&["seed"]);
    assert!(second.status.success(), "{}", said(&second));
    assert!(!said(&second).contains("applied"), "{}", said(&second));
    assert_eq!(checkout.settings(), settings);
}

#[test]
fn a_changed_migration_is_refused_with_a_way_out() {
    let checkout = Checkout::new("changed");
    assert!(checkout.run(&["migrate"]).status.success());
    let migration = format!("migrations/{BASE}.sql");
    let text = fs::read_to_string(checkout.root.join(&migration)).unwrap();
    checkout.write(&migration, &format!("{text}\n-- and more"));
    let refused = checkout.run(&["migrate"]);
    assert!(!refused.status.success());
    assert!(said(&refused).contains("append-only"), "{}", said(&refused));
}

#[test]
fn a_failing_migration_is_named_in_the_words_of_postgres() {
    let checkout = Checkout::new("failing");
    checkout.write("migrations/V99990101000000__broken.sql", "create table broken (id nonsense);");
    let failed = said(&checkout.run(&["migrate"]));
    assert!(failed.contains("V99990101000000__broken: type \"nonsense\" does not exist (42704)"), "{failed}");
}

#[test]
fn a_database_of_former_migrations_is_refused_with_a_way_out() {
    let checkout = Checkout::new("former");
    let former = "migrations/V20261121010000__former.sql";
    checkout.write(former, "select 1");
    assert!(checkout.run(&["migrate"]).status.success());
    fs::remove_file(checkout.root.join(former)).unwrap();
    for command in ["migrate", "seed"] {
        let refused = checkout.run(&[command]);
        assert!(!refused.status.success());
        assert!(said(&refused).contains("was made by former migrations"), "{}", said(&refused));
        assert!(said(&refused).contains("cargo xtask down --wipe"), "{}", said(&refused));
    }
    assert!(checkout.run(&["down", "--wipe"]).status.success());
    let anew = checkout.run(&["migrate"]);
    assert!(said(&anew).contains(&format!("applied {BASE}")), "{}", said(&anew));
}

/// A function in the form of its file.
fn function(head: &str, body: &str) -> String {
    format!("create or replace function {head} as '{body}';")
}

#[test]
fn the_database_has_the_functions_that_files_say_and_no_others() {
    let checkout = Checkout::new("functions");
    let migrate = || said(&checkout.run(&["migrate"]));
    assert!(migrate().contains(" functions\n"));
    // A later migration may refer to functions that came with it, of which one takes what the migration makes.
    let noted = function("gauge_noted() returns trigger language plpgsql", "begin return new; end");
    checkout.write_function("gauge_noted", &noted);
    let read = function("gauge_read(g gauge) returns integer language sql", "select g.level");
    checkout.write_function("gauge_read", &read);
    let gauge = "create table gauge (level integer); \
        create trigger gauge_noted before insert on gauge for each row execute function gauge_noted();";
    checkout.write("migrations/V99990101000000__gauge.sql", gauge);
    let made = migrate();
    assert!(made.contains("applied V99990101000000__gauge") && !made.contains("dropped"), "{made}");
    // Other parameters are another function, and what no file has is gone.
    checkout.write_function("gauge_read", &read.replace("g gauge", "g gauge, above integer"));
    let changed = migrate();
    assert!(changed.contains("dropped gauge_read(gauge), which is in no file any more"), "{changed}");
    checkout.remove_function("gauge_read");
    let gone = migrate();
    assert!(gone.contains("dropped gauge_read(gauge,integer), which is in no file any more"), "{gone}");
    assert!(!migrate().contains("applied"), "and now all is as it is to be");
}

#[test]
fn what_is_wrong_with_a_function_is_said_and_nothing_done() {
    let checkout = Checkout::new("wrong");
    let migrate = || said(&checkout.run(&["migrate"]));
    let one = function("misnamed() returns integer language sql", "select 1");
    checkout.write_function("named", &one);
    let misnamed = migrate();
    assert!(misnamed.contains("functions/named.sql makes no function `named`"), "{misnamed}");
    checkout.remove_function("named");
    checkout.write_function("misnamed", &one.replace("integer", "bigint"));
    assert!(migrate().contains(" functions\n"), "nothing of what failed is left");
    checkout.write_function("misnamed", &one);
    let otherwise = migrate();
    assert!(otherwise.contains("functions/misnamed.sql: cannot change return type"), "{otherwise}");
    assert!(otherwise.contains("is dropped by a migration first"), "{otherwise}");
    checkout.write_function("misnamed", &one.replace("select 1", "select none"));
    let failing = migrate();
    assert!(failing.contains("functions/misnamed.sql: "), "{failing}");
    checkout.remove_function("misnamed");
    checkout.write("migrations/V99990101000000__stray.sql", &one);
    let stray = migrate();
    assert!(stray.contains("V99990101000000__stray makes a function"), "{stray}");
    fs::remove_file(checkout.root.join("migrations/V99990101000000__stray.sql")).unwrap();
    checkout.remove_function("app_tenant_id");
    let needed = migrate();
    assert!(needed.contains("app_tenant_id() is in no file"), "{needed}");
    assert!(
        needed.contains("policy job_of_tenant on table job depends on function app_tenant_id()"),
        "{needed}"
    );
}

#[test]
fn ending_up_ends_all_that_it_started() {
    let checkout = Checkout::new("end");
    let mut up = Up::start(&checkout);
    let (postgres, redis) = (checkout.port("postgres"), checkout.port("redis"));
    assert!(answers(postgres) && answers(redis));
    up.signal(Signal::TERM);
    assert!(!answers(postgres) && !answers(redis));
}

#[test]
fn a_second_up_is_told_of_the_first_and_short_commands_share_its_services() {
    let checkout = Checkout::new("second");
    let _up = Up::start(&checkout);
    let second = checkout.run(&["up", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    assert!(said(&second).contains("runs in this checkout already"), "{}", said(&second));
    let created = checkout.run(&["database", "--create", "copy"]);
    let urls: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let address = format!("postgres://127.0.0.1:{}", checkout.port("postgres"));
    assert_eq!(urls["postgres_address"].as_str(), Some(address.as_str()));
    assert!(checkout.run(&["database", "--drop", "copy"]).status.success());
}

#[test]
fn what_a_killed_up_leaves_is_gone_or_put_right_by_the_next() {
    let checkout = Checkout::new("killed");
    let mut up = Up::start(&checkout);
    let redis = checkout.port("redis");
    up.signal(Signal::KILL);
    // The kernel tells its children.
    wait_until("Redis ends with a killed `up`", || !answers(redis));
    let lock = checkout.root.join(".local/services/postgres/data/postmaster.pid");
    wait_until("Postgres ends with a killed `up`", || !lock.exists());
    // As after a crash of the machine, with the process id given to another program since.
    fs::write(&lock, format!("{}\n/nowhere\n", std::process::id())).unwrap();
    let mut next = Up::start(&checkout);
    next.signal(Signal::INT);
}

/// What the local chain of a checkout answers.
fn chain(checkout: &Checkout, method: &str, params: &serde_json::Value) -> serde_json::Value {
    let settings = checkout.settings();
    let url = settings.lines().find_map(|line| line.strip_prefix("FUNDRAIL_CHAIN_URL=http://"));
    let mut stream = TcpStream::connect(url.unwrap()).unwrap();
    let call = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let head = "POST / HTTP/1.1\r\nhost: chain\r\nconnection: close\r\ncontent-type: application/json\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{call}", call.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let answer: serde_json::Value = serde_json::from_str(body).unwrap();
    answer.get("result").cloned().unwrap()
}

#[test]
fn a_local_chain_with_the_factory_outlasts_the_command() {
    let program = |name| env::split_paths(&env::var_os("PATH").unwrap()).any(|dir| dir.join(name).is_file());
    if !program("node") || !program("npm") {
        // `cargo xtask test` installs them before this runs.
        return;
    }
    let checkout = Checkout::new("chain");
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
    symlink(contracts, checkout.root.join("contracts")).unwrap();
    // Where the development data expects it: the first contract of Anvil's first account.
    let code = serde_json::json!(["0x5FbDB2315678afecb367f032d93F642f64180aa3", "latest"]);
    let first_block = serde_json::json!(["0x3e9", false]);
    let mut up = Up::start(&checkout);
    let deployed = chain(&checkout, "eth_getCode", &code);
    assert!(deployed.as_str().unwrap().len() > 1000, "{deployed}");
    let block = chain(&checkout, "eth_getBlockByNumber", &first_block);
    assert_eq!(block["transactions"].as_array().unwrap().len(), 1, "the creation of the factory: {block}");
    up.signal(Signal::INT);
    wait_until("the chain ends with the command", || !answers(checkout.port("anvil")));
    let mut up = Up::start(&checkout);
    assert_eq!(chain(&checkout, "eth_getCode", &code), deployed);
    assert_eq!(chain(&checkout, "eth_getBlockByNumber", &first_block)["hash"], block["hash"]);
    up.signal(Signal::KILL);
    wait_until("the chain ends even so", || !answers(checkout.port("anvil")));
}
