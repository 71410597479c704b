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
