//! What can only be said when everything else has run: its name puts it last.

use std::{collections::BTreeSet, fs, io::Write as _, path::PathBuf};

use fundrail_tests::{leaks, noted_secrets, run_folder, skipped};

fn logs() -> Vec<PathBuf> {
    let entries = fs::read_dir(run_folder()).expect("the folder of the run").flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "log")).collect()
}

#[test]
fn no_secret_that_any_test_has_seen_stands_in_any_log() {
    let secrets = noted_secrets();
    let mut found = Vec::new();
    for log in logs() {
        found.extend(leaks(&log, &secrets));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_search_finds_a_planted_secret() {
    let secret = "planted-4f1c2a9e77".to_owned();
    let path = run_folder().join("planted.txt");
    fs::write(&path, format!("{{\"message\":\"a line\"}}\n{{\"message\":\"token {secret}\"}}\n"))
        .expect("a file");
    let found = leaks(&path, &BTreeSet::from([secret]));
    assert_eq!(found, [format!("{}:2: plan…", path.display())]);
}

#[test]
fn what_was_skipped_is_named() {
    let skipped = skipped();
    let mut error = std::io::stderr();
    writeln!(error, "{} tests were skipped", skipped.len()).expect("standard error");
    for line in skipped {
        writeln!(error, "    {line}").expect("standard error");
    }
}
