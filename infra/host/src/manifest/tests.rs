use std::path::Path;

use super::*;

const SMALLEST: &str = r#"
spin_manifest_version = 2

[application]
name = "test"

[[trigger.http]]
route = "/a/:id/..."
component = "one"

[component.one]
source = "one.wasm"
"#;

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text, Path::new("dir/spin.toml"))
}

#[test]
fn the_smallest_manifest_is_read() {
    let manifest = parse(SMALLEST).unwrap();
    assert_eq!(manifest.name, "test");
    assert_eq!(manifest.folder(), Path::new("dir"));
    assert_eq!(manifest.http.first().unwrap().route, Route::Path("/a/:id/...".to_owned()));
}

fn error(from: &str, to: &str) -> String {
    let text = SMALLEST.replace(from, to);
    assert_ne!(text, SMALLEST, "{from:?} is not there to replace");
    parse(&text).unwrap_err().to_string()
}

#[test]
fn unknown_keys_are_errors_with_file_line_and_key() {
    let problem = error("source =", "sourc =");
    assert!(problem.starts_with("dir/spin.toml:11: component.one: lacks `source`"), "{problem}");
    let problem = error("name = \"test\"", "name = \"test\"\nnmae = \"x\"");
    assert!(problem.starts_with("dir/spin.toml:6: application.nmae: "), "{problem}");
    let problem = error("component = \"one\"", "component = \"one\"\nroutes = \"x\"");
    assert!(problem.starts_with("dir/spin.toml:10: trigger.http[0].routes: "), "{problem}");
    let problem = error("[application]", "[aplication]");
    assert!(problem.contains("application"), "{problem}");
}

#[test]
fn wrong_values_are_errors_with_their_place() {
    for (from, to, place, part) in [
        ("version = 2", "version = 1", ":2: spin_manifest_version", "only 2"),
        ("name = \"test\"", "name = 1", ":5: application.name", "must be a string"),
        (
            "route = \"/a/:id/...\"",
            "route = { private = false }",
            ":8: trigger.http[0].route",
            "private = true",
        ),
        ("component = \"one\"", "component = \"two\"", ":9: trigger.http[0].component", "no [component.two]"),
        ("[component.one]", "[component.one_two]", ":11: component.one_two", "is no id"),
        ("source = \"one.wasm\"", "source = { url = \"x\" }", ":12: component.one.source", "not supported"),
        (
            "source = \"one.wasm\"",
            "source = \"one.wasm\"\nallowed_outbound_hosts = [\n\"http://a\",\n\"b\"]",
            ":15: component.one.allowed_outbound_hosts[1]",
            "lacks a scheme",
        ),
        (
            "source = \"one.wasm\"",
            "source = \"one.wasm\"\nvariables = { x = \"{{ y }}\" }",
            ":13: component.one.variables.x",
            "does not declare",
        ),
        (
            "source = \"one.wasm\"",
            "source = \"one.wasm\"\n[component.one.tool.fundrail]\nmemory_mib = 0",
            ":14: component.one.tool.fundrail.memory_mib",
            "must be from 1",
        ),
        ("route =", "route =\n", ":9: ", "key with no value"),
    ] {
        let problem = error(from, to);
        assert!(problem.contains(place) && problem.contains(part), "{to}: {problem}");
    }
}

#[test]
fn limits_of_ours_are_read_and_other_tools_ignored() {
    let text = format!(
        "{SMALLEST}[component.one.tool.other]\nx = 1\n[component.one.tool.fundrail]\nmemory_mib = 2\nmax_concurrency = 3\n"
    );
    let manifest = parse(&text).unwrap();
    let limits = manifest.components.get("one").unwrap().limits;
    assert_eq!((limits.memory, limits.concurrency), (2 << 20, Some(3)));
    assert_eq!(limits.instance_requests, 128);
}

#[test]
fn a_limit_of_the_application_is_that_of_every_component_that_says_nothing_else() {
    let application = "[application.tool.fundrail]\nmemory_mib = 4\nredis_timeout_ms = 150\nbody_idle_ms = 7\n[[trigger.http]]";
    let text = SMALLEST.replace("[[trigger.http]]", application);
    let limits = |text: &str| parse(text).unwrap().components.get("one").unwrap().limits;
    let (alone, milliseconds) = (limits(&text), std::time::Duration::from_millis);
    assert_eq!((alone.memory, alone.redis_timeout), (4 << 20, Some(milliseconds(150))));
    assert_eq!(alone.body.idle, milliseconds(7));
    let own = limits(&format!("{text}[component.one.tool.fundrail]\nmemory_mib = 2\n"));
    assert_eq!((own.memory, own.redis_timeout), (2 << 20, Some(milliseconds(150))));
    assert_eq!(own.body.idle, milliseconds(7));
}

#[test]
fn a_redis_trigger_needs_an_address() {
    let trigger = "[[trigger.redis]]\nchannel = \"c\"\ncomponent = \"one\"\n[component.one]";
    let problem = error("[component.one]", trigger);
    assert!(problem.contains("address"), "{problem}");
    let text = SMALLEST.replace("[component.one]", trigger).replace(
        "[[trigger.http]]",
        "[application.trigger.redis]\naddress = \"redis://x\"\n[[trigger.http]]",
    );
    assert_eq!(parse(&text).unwrap().redis.len(), 1);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".*", at in 0..SMALLEST.len(), insert in ".{0,8}") {
        // Whether it is an error does not matter here.
        drop(parse(&text));
        let mut edited = SMALLEST.to_owned();
        edited.insert_str(at, &insert);
        drop(parse(&edited));
    }
}
