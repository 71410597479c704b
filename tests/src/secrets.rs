//! Secrets that tests come across, and the search for them in logs.
//!
//! Every string under a telling name in a JSON body that is sent or received is noted, as are tokens in headers, so that
//! a new route's secrets are looked for without anybody thinking of it.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Mutex,
};

use aho_corasick::AhoCorasick;
use serde_json::Value;

use crate::folders::{run_folder, suite};

/// Shorter ones (six-digit codes) turn up by chance.
const SHORTEST: usize = 10;

/// What could not stand in a log by chance: `wrong password`, which a test may well send as one, could.
fn is_telling(secret: &str) -> bool {
    secret.len() >= SHORTEST
        && secret.bytes().any(|byte| byte.is_ascii_digit())
        && !secret.contains(['\n', '\r'])
}

/// Names of JSON fields whose text nobody else may see.
const TELLING: &[&str] = &["key", "otpauth_uri", "password", "token", "secret", "api_key", "recovery_codes"];

static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes a secret, so that logs are searched for it at the end.
pub fn note_secret(secret: &str) {
    if !is_telling(secret) {
        return;
    }
    let mut noted = NOTED.lock().expect("nobody panics with it");
    if noted.insert(secret.to_owned()) {
        let path = run_folder().join(format!("{}.secrets", suite()));
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        file.and_then(|mut file| writeln!(file, "{secret}")).expect("a note of the secret");
    }
}

/// Notes what stands under telling names of a JSON document.
pub(crate) fn note_all(value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let telling = TELLING.iter().any(|word| name == word || name.ends_with(&format!("_{word}")));
                if telling && name != "token_type" { note_texts(value) } else { note_all(value) }
            }
        }
        Value::Array(items) => items.iter().for_each(note_all),
        _ => {}
    }
}

fn note_texts(value: &Value) {
    match value {
        Value::String(text) => note_secret(text),
        Value::Array(items) => items.iter().for_each(note_texts),
        other => note_all(other),
    }
}

/// Every secret that any test binary of this run has noted.
pub fn noted_secrets() -> BTreeSet<String> {
    let entries = fs::read_dir(run_folder()).expect("the folder of the run").flatten();
    let files =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "secrets"));
    files.flat_map(|path| lines_of(&path)).filter(|secret| is_telling(secret)).collect()
}

/// Where secrets stand in a log: `line number: how the secret begins`, never the whole of it.
pub fn leaks(log: &Path, secrets: &BTreeSet<String>) -> Vec<String> {
    let search = AhoCorasick::new(secrets).expect("a search for all of them at once");
    let mut found = Vec::new();
    for (number, line) in lines_of(log).into_iter().enumerate() {
        for hit in search.find_iter(&line) {
            let start: String = line.get(hit.range()).unwrap_or_default().chars().take(4).collect();
            found.push(format!("{}:{}: {start}…", log.display(), number + 1));
        }
    }
    found
}

fn lines_of(path: &Path) -> Vec<String> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}
