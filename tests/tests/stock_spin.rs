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
    let manifest = text("spin.toml");
    let sections = manifest.split("\n[").filter(|section| section.starts_with(&format!("[trigger.{kind}]]")));
    let value = |section: &str, key: &str| {
        let line = section.lines().find(|line| line.starts_with(&format!("{key} = \"")));
        line.and_then(|line| line.split('"').nth(1)).map(str::to_owned)
    };
    let place = if kind == "http" { "route" } else { "channel" };
    sections
        .map(|section| {
            let found = value(section, place).zip(value(section, "component"));
            found.unwrap_or_else(|| panic!("a {place} and a component in {section:?}"))
        })
        .collect()
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
    for (unit, kind) in [("fundrail-http.service", "http"), ("fundrail-jobs.service", "redis")] {
        let unit = text(&format!("infra/spin/{unit}"));
        assert_eq!(chosen(&unit), components(kind), "{unit}");
        // Spin's help says that this turns the files off; its own parser does not take it, and it does not start.
        assert!(!unit.contains("--log-dir \"\""), "{unit}");
        assert!(unit.contains("StartLimitIntervalSec=0"), "it is tried until it works: {unit}");
    }
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
    // The jobs end as they do when Redis is lost; HTTP goes on.
    let script = format!(
        "#!/bin/sh\necho \"$$ $*\" >> '{}'\ncase \"$*\" in *'-c jobs'*) exit 1 ;; esac\nexec sleep 60\n",
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
    wait_until("the jobs have been started again", || {
        let jobs: Vec<String> = lines("-c jobs");
        jobs.len() > 2
    });
    let http: Vec<String> = lines("--listen");
    let [http] = &http[..] else { panic!("HTTP is not touched by the end of the jobs: {}", called()) };
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
