//! `KEY=VALUE` files of settings and secrets, as `cargo xtask` writes and the host reads them.

use std::{collections::BTreeMap, fs, path::Path};

use crate::note_secret;

/// The settings of an environment.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let variables = Self(lines.filter_map(|line| line.split_once('=')).map(owned).collect());
        variables.note_secrets();
        variables
    }

    /// Writes a file that the host reads.
    pub fn write(&self, path: &Path) {
        let lines: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fs::write(path, lines.join("\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// A value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    fn note_secrets(&self) {
        for (name, value) in &self.0 {
            if name.ends_with("PASSWORD") {
                note_secret(value);
            }
            if matches!(name.as_str(), "SPIN_VARIABLE_WEBHOOK_SECRETS" | "SPIN_VARIABLE_ENCRYPTION_KEYS") {
                value.split(',').map(|one| one.rsplit(':').next().unwrap_or(one)).for_each(note_secret);
            }
        }
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.trim().to_owned(), value.trim().to_owned())
}
