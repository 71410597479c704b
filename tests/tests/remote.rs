//! The cases as they run against whatever answers at a `FUNDRAIL_URL`: here against our own host, so that they cannot rot.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::SystemTime,
};

use fundrail_tests::{Environment, Options, run_folder, skip};

/// Test programs that take seconds; the others are like them.
const PROGRAMS: [&str; 7] = ["shows", "funds", "prices", "investors", "escrow", "platform", "audit"];

#[test]
fn the_cases_hold_against_an_address_alone() {
    let Some(env) = Environment::start(&Options::default()) else { return skip("the others do it") };
    let folder = run_folder().join("remote");
    fs::create_dir_all(&folder).expect("a folder for the run");
    let settings = folder.join("settings.env");
    env.variables().write(&settings);
    let failed: Vec<String> = PROGRAMS
        .iter()
        .filter_map(|name| {
            let output = Command::new(program(name))
                .env("FUNDRAIL_URL", env.client().base())
                .env("FUNDRAIL_ENV_FILE", &settings)
                .env("FUNDRAIL_TEST_RUN", &folder)
                .stdin(Stdio::null())
                .output()
                .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            (!output.status.success()).then(|| format!("{name}:\n{said}"))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A test program beside this one; the newest, should there be several.
fn program(name: &str) -> PathBuf {
    let own = env::current_exe().expect("our own path");
    let folder = own.parent().expect("a folder");
    let entries = fs::read_dir(folder).expect("the test programs").flatten();
    let ours = |path: &PathBuf| {
        let stem = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        path.is_file()
            && stem.rsplit_once('-').is_some_and(|(known, digest)| known == name && !digest.contains('.'))
    };
    let built = |path: &PathBuf| {
        path.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let programs = entries.map(|entry| entry.path()).filter(ours);
    programs
        .max_by_key(built)
        .unwrap_or_else(|| panic!("there is no test program {name} in {}", folder.display()))
}
