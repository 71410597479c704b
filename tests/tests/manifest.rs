//! `spin.toml` beside the components that were built: each is given the variables that it reads and may reach the hosts that it calls,
//! and no others.
//!
//! What a component reads and calls is seen in its Wasm, which contains the names of its variables and of the interfaces that it
//! imports.

use std::{collections::BTreeSet, fs};

use aho_corasick::AhoCorasick;
use fundrail_tests::{Component, component, components, workspace};

/// Whether bytes contain a text.
fn contains(wasm: &[u8], text: &str) -> bool {
    AhoCorasick::new([text]).expect("a text").is_match(wasm)
}

fn manifest() -> Vec<Component> {
    components(&workspace().join("spin.toml"))
}

fn wasm(of: &Component) -> Vec<u8> {
    let path = component(of.file.trim_end_matches(".wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Components that need the keys, and what for. Every component contains their name, since any could keep an answer that holds a
/// secret for a request that is repeated; only these have one.
const WITH_KEYS: &[(&str, &str)] = &[
    ("audit", "shows what has changed of an investor"),
    ("auth", "second factors, signing keys, links in mail, answers with a secret"),
    ("auth-password", "links in mail, answers to people who are not signed in yet"),
    ("identity-worker", "links in mail, signing keys, and encrypting all of it anew"),
    ("investors", "keeps what has changed of an investor"),
    ("ops", "shows links in mail, in development"),
];

/// Whether its own code asks whether this is a development machine, or how mail is delivered, which depends on that. The name of the variable is in every Wasm, as that of an
/// interface is the same.
fn asks_where_it_runs(component: &Component) -> bool {
    let folder = workspace().join("functions").join(&component.id).join("src");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut texts = files.map(|file| fs::read_to_string(file.expect("a file").path()).unwrap_or_default());
    texts.any(|text| text.contains("is_development(") || text.contains("delivery::configured("))
}

#[test]
fn every_component_is_given_the_variables_that_it_reads_and_no_others() {
    let components = manifest();
    let known: BTreeSet<&str> =
        components.iter().flat_map(|component| component.variables.keys().map(String::as_str)).collect();
    assert!(known.len() > 10, "{known:?}");
    for component in &components {
        let wasm = wasm(component);
        let reads = |name: &&str| match *name {
            "environment" => asks_where_it_runs(component),
            "encryption_keys" => WITH_KEYS.iter().any(|(id, _)| *id == component.id),
            name => contains(&wasm, name),
        };
        let read: BTreeSet<&str> = known.iter().copied().filter(reads).collect();
        let given: BTreeSet<&str> = component.variables.keys().map(String::as_str).collect();
        assert_eq!(given, read, "{}: what spin.toml gives it, and what it reads", component.id);
    }
}

#[test]
fn every_variable_of_the_application_is_handed_on_to_a_component() {
    let manifest = fs::read_to_string(workspace().join("spin.toml")).expect("the manifest");
    let (_, variables) = manifest.split_once("\n[variables]\n").expect("variables");
    let variables = variables.split("\n[").next().unwrap_or_default();
    let names =
        variables.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(manifest.contains(&format!("{{{{ {name} }}}}")), "{name} is for nobody");
    }
}

#[test]
fn every_component_may_reach_the_hosts_that_it_calls_and_no_others() {
    for component in manifest() {
        let wasm = wasm(&component);
        let calls = [
            ("spin:postgres/postgres@", "{{ postgres_address }}"),
            ("spin:redis/redis@", "{{ redis_address }}"),
        ];
        let called: Vec<&str> =
            calls.iter().filter(|(interface, _)| contains(&wasm, interface)).map(|(_, host)| *host).collect();
        assert_eq!(
            component.hosts, called,
            "{}: what spin.toml lets it reach, and what it calls",
            component.id
        );
        for interface in ["wasi:http/client@", "wasi:http/outgoing-handler@", "wasi:sockets/"] {
            assert!(!contains(&wasm, interface), "{} calls others, by {interface}: which?", component.id);
        }
    }
}
