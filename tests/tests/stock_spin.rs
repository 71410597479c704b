//! What runs the suite on stock Spin: the script and the units of `infra/spin`, beside the manifest that they run.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use fundrail_tests::{Process, run_folder, wait_until, workspace};
use rustix::process::Signal;

fn text(path: &str) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Route or channel, and component, of each trigger of a kind.
fn triggers(kind: &str) -> Vec<(String, String)> {
    fundrail_tests::triggers(&workspace().join("spin.toml"), kind)
}

fn components(kind: &str) -> BTreeSet<String> {
    let found: BTreeSet<String> = triggers(kind).into_iter().map(|(_, component)| component).collect();
    assert!(!found.is_empty(), "there are some of {kind}");
    found
}

/// What stands behind `-c` in a command line.
fn chosen(command: &str) -> BTreeSet<String> {
    let mut words = command.split_whitespace();
    let mut found = BTreeSet::new();
    while let Some(word) = words.next() {
        if word == "-c" {
            found.extend(words.next().map(str::to_owned));
        }
    }
    found
}

#[test]
fn the_units_run_every_component_and_take_no_option_that_spin_refuses() {
    let (http, worker) =
        (text("infra/spin/fundrail-http.service"), text("infra/spin/fundrail-worker@.service"));
    assert_eq!(chosen(&http), components("http"));
    // A template, which runs the component that its instance is named by; HTTP wants an instance of each.
    assert_eq!(chosen(&worker), BTreeSet::from(["%i".to_owned()]));
    let wanted = http.split("fundrail-worker@").skip(1).filter_map(|rest| rest.split_once(".service"));
    assert_eq!(wanted.map(|(worker, _)| worker.to_owned()).collect::<BTreeSet<_>>(), components("redis"));
    for unit in [http, worker] {
        // Spin's help says that this turns the files off; its own parser does not take it, and it does not start.
        assert!(!unit.contains("--log-dir \"\""), "{unit}");
        assert!(unit.contains("StartLimitIntervalSec=0"), "it is tried until it works: {unit}");
    }
}

#[test]
fn the_ticker_wakes_every_worker() {
    let unit = text("infra/spin/fundrail-ticker.service");
    let named = unit.lines().find_map(|line| line.strip_prefix("Environment=FUNDRAIL_TICK_CHANNELS="));
    let named: BTreeSet<&str> = named.expect("the channels").split(',').collect();
    let triggers = triggers("redis");
    assert_eq!(named, triggers.iter().map(|(channel, _)| channel.as_str()).collect());
}

#[test]
fn the_proxy_is_told_every_path_of_the_hashing() {
    let page = text("docs/running-on-spin.md");
    for (route, component) in triggers("http") {
        let path = route.trim_end_matches("...");
        assert_eq!(
            page.contains(&format!("`{path}`")),
            component == "auth-password",
            "{path}, of {component}"
        );
    }
}

#[test]
fn the_script_starts_again_what_ends_and_ends_what_it_started() {
    let folder = run_folder().join("stock-spin");
    fs::create_dir_all(&folder).expect("a folder");
    let (program, calls) = (folder.join("spin"), folder.join("calls"));
    let _ = fs::remove_file(&calls);
    // One worker ends as it does when Redis is lost; HTTP and the other workers go on.
    let script = format!(
        "#!/bin/sh\necho \"$$ $*\" >> '{}'\ncase \"$*\" in *'-c chain-worker'*) exit 1 ;; esac\nexec sleep 60\n",
        calls.display()
    );
    fs::write(&program, script).expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
    let mut command = Command::new(workspace().join("infra/spin/run"));
    command.args(["--env-file", "/nonexistent", "--listen", "127.0.0.1:1", "--tls-key", "k"]);
    command.env("SPIN", &program).env("TICKER", "/nonexistent");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = Process::start("infra/spin/run", command);
    let called = || fs::read_to_string(&calls).unwrap_or_default();
    let lines = |with: &str| called().lines().filter(|line| line.contains(with)).map(str::to_owned).collect();
    wait_until("the worker has been started again", || {
        let worker: Vec<String> = lines("-c chain-worker");
        worker.len() > 2
    });
    for other in components("redis").iter().filter(|name| *name != "chain-worker") {
        let started: Vec<String> = lines(&format!("-c {other}"));
        assert!(
            matches!(&started[..], [one] if chosen(one).len() == 1),
            "{other} is a process of its own, and runs on"
        );
    }
    let http: Vec<String> = lines("--listen");
    let [http] = &http[..] else { panic!("HTTP is not touched by the end of a worker: {}", called()) };
    assert_eq!(chosen(http), components("http"));
    assert!(http.ends_with("--listen 127.0.0.1:1 --request-timeout 30s --tls-key k"), "{http}");
    let process = format!("/proc/{}/cmdline", http.split(' ').next().expect("its id"));
    assert!(fs::metadata(&process).is_ok(), "HTTP runs");
    run.end(Signal::TERM);
    wait_until("HTTP has ended", || fs::metadata(&process).is_err());
    let before = called();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(called(), before, "nothing is started after the end");
}
