//! What a Spin manifest says, as far as tests ask.

use std::{fs, path::Path};

/// Route or channel, and component, of each trigger of a kind: `http` or `redis`.
///
/// # Panics
/// When the manifest cannot be read, or a trigger lacks either.
pub fn triggers(manifest: &Path, kind: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let sections = text.split("\n[").filter(|section| section.starts_with(&format!("[trigger.{kind}]]")));
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
