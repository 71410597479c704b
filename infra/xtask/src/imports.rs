//! Who may import whom: the layers of ARCHITECTURE.md, held by `cargo xtask lint` and by a test.
//!
//! Every kind of dependency counts, those of tests and build scripts too. No circle is possible, as cargo refuses one; what this
//! refuses is a shortcut, such as a decision in `domain` that knows of a database, or one function that uses another.

use std::path::Path;

use anyhow::bail;

use crate::{cargo::Workspace, checkout::Checkout};

/// Folders of crates, with the crates of ours that may be imported there. The first entry that fits a crate decides.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "functions/",
        &[
            "fundrail-api",
            "fundrail-domain",
            "fundrail-identity",
            "fundrail-kit",
            "fundrail-platform",
            "fundrail-store",
            "fundrail-worker",
        ],
    ),
    ("shared/worker", &["fundrail-domain", "fundrail-platform", "fundrail-store"]),
    (
        "shared/identity",
        &["fundrail-api", "fundrail-domain", "fundrail-kit", "fundrail-platform", "fundrail-store"],
    ),
    ("shared/platform", &["fundrail-api", "fundrail-domain", "fundrail-kit", "fundrail-store"]),
    ("shared/store", &["fundrail-domain", "fundrail-kit"]),
    ("shared/api", &["fundrail-domain", "fundrail-kit"]),
    ("shared/domain", &["fundrail-kit"]),
    ("shared/kit", &[]),
    (
        "tests/components/",
        &["fundrail-api", "fundrail-domain", "fundrail-identity", "fundrail-platform", "fundrail-store"],
    ),
    ("tests", &["fundrail-api", "fundrail-domain", "fundrail-kit", "fundrail-store"]),
    ("infra/bench", &["fundrail-api", "fundrail-domain", "fundrail-kit", "fundrail-store"]),
    ("infra/fuzz", &["fundrail-domain", "fundrail-host"]),
    ("infra/host", &[]),
    ("infra/launch", &[]),
    ("infra/ticker", &[]),
    ("infra/xtask", &["fundrail-kit"]),
];

/// Checks every crate of the workspace.
///
/// # Errors
/// Names every import that is not permitted, and every crate that has no layer.
pub(crate) fn check(checkout: &Checkout, workspace: &Workspace) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for (manifest, imports) in workspace.imports() {
        let folder = manifest.strip_prefix(&checkout.root).unwrap_or(manifest).parent();
        wrong.extend(wrong_imports(folder.unwrap_or(Path::new("")), &imports));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nARCHITECTURE.md says who may import whom; infra/xtask/src/imports.rs holds it",
        wrong.join("\n")
    )
}

fn wrong_imports(folder: &Path, imports: &[&str]) -> Vec<String> {
    let shown = folder.display();
    let Some((_, permitted)) = LAYERS.iter().find(|(layer, _)| folder.starts_with(layer)) else {
        return vec![format!("{shown} is in no layer")];
    };
    let wrong = imports.iter().filter(|import| !permitted.contains(import));
    wrong.map(|import| format!("{shown} must not import {import}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_crate_imports_only_what_its_layer_permits() {
        let checkout = Checkout::find().expect("a checkout");
        let workspace = Workspace::read(&checkout).await.expect("a workspace");
        let all: Vec<&str> = workspace.imports().flat_map(|(_, imports)| imports).collect();
        assert!(all.contains(&"fundrail-identity"), "imports are found at all: {all:?}");
        check(&checkout, &workspace).expect("nothing else");
    }

    #[test]
    fn shortcuts_and_strangers_are_named() {
        let wrong = |folder: &str, imports: &[&str]| wrong_imports(Path::new(folder), imports);
        assert!(wrong("functions/audit", &["fundrail-identity", "fundrail-store"]).is_empty());
        assert_eq!(wrong("functions/audit", &["escrow"]), ["functions/audit must not import escrow"]);
        assert_eq!(wrong("shared/domain", &["fundrail-store"]).len(), 1);
        assert_eq!(wrong("shared/platform", &["fundrail-identity", "fundrail-kit"]).len(), 1);
        assert!(wrong("tests/components/trap", &["fundrail-platform"]).is_empty());
        assert_eq!(wrong("tests", &["fundrail-platform"]).len(), 1);
        assert_eq!(wrong("shared/new", &[]), ["shared/new is in no layer"]);
    }
}
