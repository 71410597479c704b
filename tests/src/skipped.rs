//! Tests that could not run, by name and reason.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    thread,
};

use crate::folders::{run_folder, suite};

/// Notes that the running test is skipped and why, so that the summary names it.
///
/// `let Some(control) = env.control() else { return skip("it reads the database") };`
pub fn skip(why: &str) {
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{}::{name}: {why}\n", suite());
    // Past the test runner's capture: a passing test shows nothing of what it prints.
    let _ = write!(std::io::stderr(), "SKIPPED: {line}");
    let path = run_folder().join("skipped.txt");
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("a note of the skipped test");
}

/// All notes of this run.
pub fn skipped() -> Vec<String> {
    let text = fs::read_to_string(run_folder().join("skipped.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
