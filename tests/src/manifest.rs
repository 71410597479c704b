//! What a Spin manifest says, as far as tests ask.

use std::{collections::BTreeMap, fs, path::Path};

/// Route or channel, and component, of each trigger of a kind: `http` or `redis`.
///
/// # Panics
/// When the manifest cannot be read, or a trigger lacks either.
pub fn triggers(manifest: &Path, kind: &str) -> Vec<(String, String)> {
    let text = read(manifest);
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

/// A component of a manifest.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its id.
    pub id: String,
    /// The file name of its Wasm.
    pub file: String,
    /// The variables that it is given, with what they are set to.
    pub variables: BTreeMap<String, String>,
    /// The addresses that it may reach.
    pub hosts: Vec<String>,
}

/// The components of a manifest.
///
/// # Panics
/// When the manifest cannot be read, or a component has no source.
pub fn components(manifest: &Path) -> Vec<Component> {
    let text = read(manifest);
    let mut components: Vec<Component> = Vec::new();
    for section in text.split("\n[component.").skip(1) {
        let (name, body) = section.split_once(']').expect("the name of a section");
        // What follows may be a section of something else.
        let body = body.split("\n[").next().unwrap_or_default();
        let pairs =
            body.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
        let pairs: BTreeMap<&str, &str> = pairs.collect();
        if let Some(id) = name.strip_suffix(".variables") {
            let component =
                components.iter_mut().find(|known| known.id == id).expect("its component stands first");
            component.variables = pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
                .collect();
        } else if !name.contains('.') {
            let source =
                pairs.get("source").unwrap_or_else(|| panic!("{name} has no source")).trim_matches('"');
            let hosts = pairs.get("allowed_outbound_hosts").copied().unwrap_or("[]");
            components.push(Component {
                id: name.to_owned(),
                file: source.rsplit('/').next().unwrap_or_default().to_owned(),
                variables: BTreeMap::new(),
                hosts: hosts.split('"').skip(1).step_by(2).map(str::to_owned).collect(),
            });
        }
    }
    components
}

fn read(manifest: &Path) -> String {
    fs::read_to_string(manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()))
}
