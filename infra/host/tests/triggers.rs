//! Redis triggers, and starting: errors, the cache, swapping.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails should say so where it does"
)]

mod support;

use std::{
    fs,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use support::{Host, Setup, address, service, wasm, web_manifest};

/// A connection to Redis, for tests that publish and look.
struct Redis {
    runtime: tokio::runtime::Runtime,
    connection: redis::aio::MultiplexedConnection,
}

impl Redis {
    fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = redis::Client::open(url).unwrap();
        let connection = runtime.block_on(client.get_multiplexed_async_connection()).unwrap();
        Self { runtime, connection }
    }

    fn run<T: redis::FromRedisValue>(&mut self, command: &redis::Cmd) -> T {
        self.runtime.block_on(command.query_async(&mut self.connection)).unwrap()
    }

    fn publish(&mut self, channel: &str, message: &str) {
        self.run::<u64>(&redis::Cmd::publish(channel, message));
    }

    /// The lines that components have noted, once there are `count` of them.
    fn notes(&mut self, list: &str, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let notes: Vec<String> = self.run(&redis::Cmd::lrange(list, 0, -1));
            if notes.len() >= count {
                return notes;
            }
            assert!(Instant::now() < deadline, "only {notes:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn job_manifest(redis: &str, name: &str) -> String {
    let (source, address) = (wasm("host-test-job"), address(redis, "redis", 6379));
    format!(
        r#"
spin_manifest_version = 2
[application]
name = "jobs"
[variables]
redis_url = {{ required = true }}
[application.trigger.redis]
address = "{{{{ redis_url }}}}"
[[trigger.redis]]
channel = "{name}:one"
component = "job"
[[trigger.redis]]
channel = "{name}:two"
component = "job"
[component.job]
source = "{source}"
allowed_outbound_hosts = ["{address}"]
variables = {{ redis_url = "{{{{ redis_url }}}}", list = "{name}" }}
[component.job.tool.fundrail]
timeout_ms = 1000
"#
    )
}

fn jobs(redis: &str, name: &str) -> Host {
    let mut host = Setup::new(job_manifest(redis, name)).variable("redis_url", redis).start();
    for channel in ["one", "two"] {
        let channel = format!("{name}:{channel}");
        host.line("subscription", |line| {
            line["event"] == "subscribed" && line["channel"] == channel.as_str()
        });
    }
    host
}

#[test]
fn messages_run_one_after_the_other_each_in_a_fresh_instance() {
    let Some(url) = service("REDIS_URL") else { return };
    let name = format!("host-test:order:{}", std::process::id());
    let _host = jobs(&url, &name);
    let mut redis = Redis::open(&url);
    for message in ["slow", "b", "c"] {
        redis.publish(&format!("{name}:one"), message);
    }
    let notes = redis.notes(&name, 6);
    assert_eq!(notes, ["begin slow 0", "end slow", "begin b 0", "end b", "begin c 0", "end c"]);
    redis.run::<u64>(&redis::Cmd::del(&name));
}

#[test]
fn channels_run_side_by_side() {
    let Some(url) = service("REDIS_URL") else { return };
    let name = format!("host-test:side:{}", std::process::id());
    let _host = jobs(&url, &name);
    let mut redis = Redis::open(&url);
    redis.publish(&format!("{name}:one"), "slow");
    redis.notes(&name, 1);
    redis.publish(&format!("{name}:two"), "fast");
    let notes = redis.notes(&name, 4);
    assert_eq!(notes.last().unwrap(), "end slow", "{notes:?}");
    redis.run::<u64>(&redis::Cmd::del(&name));
}

#[test]
fn a_message_that_traps_loops_or_is_refused_does_not_stop_the_next() {
    let Some(url) = service("REDIS_URL") else { return };
    let name = format!("host-test:trap:{}", std::process::id());
    let mut host = jobs(&url, &name);
    let mut redis = Redis::open(&url);
    for message in ["trap", "spin", "refuse", "good"] {
        redis.publish(&format!("{name}:one"), message);
    }
    let notes = redis.notes(&name, 5);
    assert_eq!(notes.last().unwrap(), "end good", "{notes:?}");
    host.line("report", |line| line["event"] == "component_failed" && line["component"] == "job");
    host.line("refusal", |line| line["event"] == "message_failed");
    redis.run::<u64>(&redis::Cmd::del(&name));
}

#[test]
fn a_lost_subscription_comes_back() {
    let Some(url) = service("REDIS_URL") else { return };
    let name = format!("host-test:lost:{}", std::process::id());
    let mut host = jobs(&url, &name);
    let mut redis = Redis::open(&url);
    redis.run::<u64>(redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("pubsub"));
    let channel = format!("{name}:one");
    host.line("loss", |line| line["event"] == "subscription_lost" && line["channel"] == channel.as_str());
    let deadline = Instant::now() + Duration::from_secs(20);
    while host.count(|line| line["event"] == "subscribed" && line["channel"] == channel.as_str()) < 2 {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(20));
    }
    redis.publish(&channel, "again");
    assert_eq!(redis.notes(&name, 2), ["begin again 0", "end again"]);
    redis.run::<u64>(&redis::Cmd::del(&name));
}

fn failure(setup: &Setup) -> String {
    let Output { status, stderr, .. } = setup.command().output().unwrap();
    assert!(!status.success());
    String::from_utf8_lossy(&stderr).into_owned()
}

#[test]
fn a_manifest_that_is_wrong_is_an_error_that_says_where() {
    let manifest = web_manifest("sourc = \"x\"");
    let line = manifest.lines().position(|line| line.starts_with("sourc =")).unwrap() + 1;
    let error = failure(&Setup::new(manifest));
    assert!(error.contains(&format!("spin.toml:{line}: component.web.sourc: ")), "{error}");
}

#[test]
fn an_interface_that_is_not_provided_is_named() {
    let manifest = web_manifest("").replace(&wasm("host-test-web"), &wasm("host-test-unprovided"));
    let error = failure(&Setup::new(manifest));
    assert!(error.contains("spin:sqlite/sqlite@3.") && error.contains("component `"), "{error}");
}

#[test]
fn a_required_variable_without_value_is_an_error() {
    let manifest =
        web_manifest("").replace("greeting = { default = \"hello\" }", "greeting = { required = true }");
    let error = failure(&Setup::new(manifest));
    assert!(error.contains("SPIN_VARIABLE_GREETING"), "{error}");
}

#[test]
fn values_come_from_a_file() {
    let setup = Setup::new(web_manifest("variables = { text = \"{{ greeting }}\" }"));
    let file = setup.folder.join("values.env");
    fs::write(&file, "# values\nSPIN_VARIABLE_GREETING='from a file'\nOTHER=1\n").unwrap();
    let host = setup.argument("--variables-file").argument(&file.display().to_string()).start();
    assert_eq!(host.get("/do/variable?text").json(), "from a file");
}

#[test]
fn a_second_start_compiles_nothing_and_takes_under_a_second() {
    drop(Setup::new(web_manifest("")).start());
    let mut host = Setup::new(web_manifest("")).start();
    assert_eq!(host.count(|line| line["event"] == "component_compiled"), 0);
    let listening = host.line("start", |line| line["event"] == "listening");
    assert!(listening["milliseconds"].as_u64().unwrap() < 1000, "{listening}");
}

#[test]
fn check_and_compile_need_no_values() {
    let manifest =
        web_manifest("").replace("greeting = { default = \"hello\" }", "greeting = { required = true }");
    let setup = Setup::new(manifest);
    setup.command();
    let run = |command: &str, more: &[&str]| {
        let file = setup.folder.join("spin.toml");
        let program = env!("CARGO_BIN_EXE_fundrail-host");
        Command::new(program).arg(command).arg("--from").arg(file).args(more).output().unwrap()
    };
    assert!(run("check", &[]).status.success());
    let cache = setup.folder.join("cache").display().to_string();
    assert!(run("compile", &["--cache-dir", &cache]).status.success());
    assert_eq!(
        fs::read_dir(&cache).unwrap().filter(|file| file.as_ref().unwrap().path().is_file()).count(),
        1
    );
}

#[test]
fn what_changes_is_built_and_swapped_in() {
    let build = "[component.web.build]\ncommand = \"cp next.txt text.txt\"\nwatch = [\"next.txt\"]";
    let setup = Setup::new(web_manifest(&format!("files = [\"text.txt\"]\n{build}")));
    fs::write(setup.folder.join("text.txt"), "one").unwrap();
    fs::write(setup.folder.join("next.txt"), "one").unwrap();
    let mut host = setup.argument("--watch").start();
    assert_eq!(host.get("/do/file?/text.txt").json(), "one");

    fs::write(host.folder.join("next.txt"), "two").unwrap();
    host.line("swap", |line| line["event"] == "swapped");
    assert_eq!(host.get("/do/file?/text.txt").json(), "two");

    let file = host.folder.join("spin.toml");
    let manifest = fs::read_to_string(&file).unwrap();
    fs::write(&file, manifest.replace("[component.web]", "[component.web]\nnonsense = 1")).unwrap();
    host.line("refusal", |line| line["event"] == "not_swapped");
    assert_eq!(host.get("/do/file?/text.txt").json(), "two", "what runs must keep running");
}
