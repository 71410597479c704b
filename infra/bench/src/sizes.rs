//! How large the components are.

use std::fs;

use anyhow::Context as _;
use serde::Serialize;

use crate::stack::{Paths, say};

/// What a component should stay below, in bytes.
const LIMIT: u64 = 1_500_000;

/// One component's file.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    component: String,
    bytes: u64,
}

/// Lists the components, largest first, and points at those that are too large.
pub(crate) fn measure(paths: &Paths) -> anyhow::Result<Vec<Size>> {
    let folder = paths.components();
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut sizes = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(component) = name.strip_suffix(".wasm") {
            sizes.push(Size { component: component.to_owned(), bytes: entry.metadata()?.len() });
        }
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
    say("\ncomponents (kB)");
    for size in &sizes {
        let verdict = if size.bytes > LIMIT { "  TOO LARGE: more than 1.5 MB" } else { "" };
        say(&format!("{:<22} {:>6}{verdict}", size.component, size.bytes / 1_000));
    }
    Ok(sizes)
}
