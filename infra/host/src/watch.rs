//! `--watch`: notices changed sources, and builds the components that they belong to.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use glob::{MatchOptions, Pattern};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{log, manifest::Manifest};

/// How long nothing must change before what changed is looked at: editors and builds write in bursts.
const QUIET: Duration = Duration::from_millis(200);

/// Notices changes of the manifest, of Wasm files, and of what components are built from.
pub(crate) struct Watcher {
    /// Ends the watch when dropped.
    _notifier: RecommendedWatcher,
    paths: mpsc::UnboundedReceiver<PathBuf>,
    of_interest: Interest,
}

/// What changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Ids of components to build.
    build: BTreeSet<String>,
}

/// Which paths matter, and to what.
#[derive(Debug)]
struct Interest {
    manifest: PathBuf,
    wasm: BTreeSet<PathBuf>,
    sources: BTreeMap<String, Vec<Pattern>>,
}

impl Watcher {
    /// Watches what `manifest` names.
    pub(crate) fn start(manifest: &Manifest) -> Result<Self> {
        let of_interest = Interest::of(manifest)?;
        let (sender, paths) = mpsc::unbounded_channel();
        let mut notifier = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)) {
                for path in event.paths {
                    // Nobody receives when the host is stopping.
                    let _ = sender.send(path);
                }
            }
        })?;
        for folder in of_interest.folders() {
            let context = || format!("{} cannot be watched", folder.display());
            notifier.watch(&folder, RecursiveMode::Recursive).with_context(context)?;
        }
        Ok(Self { _notifier: notifier, paths, of_interest })
    }

    /// Waits for changes that matter; forever when there is no watcher.
    pub(crate) async fn changed(watcher: Option<&mut Self>) -> Changes {
        let Some(watcher) = watcher else { return std::future::pending().await };
        loop {
            let mut changes = Changes::default();
            let mut matters = false;
            let Some(first) = watcher.paths.recv().await else { return std::future::pending().await };
            let mut next = Some(first);
            while let Some(path) = next {
                matters |= watcher.of_interest.note(&path, &mut changes);
                next = tokio::time::timeout(QUIET, watcher.paths.recv()).await.ok().flatten();
            }
            if matters {
                return changes;
            }
        }
    }
}

impl Interest {
    fn of(manifest: &Manifest) -> Result<Self> {
        let folder = manifest.folder().canonicalize()?;
        let mut wasm = BTreeSet::new();
        let mut sources = BTreeMap::new();
        for (id, component) in &manifest.components {
            wasm.insert(folder.join(&component.source));
            let Some(build) = &component.build else { continue };
            let workdir = folder.join(build.workdir.as_deref().unwrap_or(""));
            let below = Pattern::escape(&workdir.to_string_lossy());
            let below = below.trim_end_matches('/');
            let patterns = build.watch.iter().map(|pattern| Pattern::new(&format!("{below}/{pattern}")));
            sources.insert(id.clone(), patterns.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { manifest: manifest.path.canonicalize()?, wasm, sources })
    }

    /// The folders to watch: those of the files, and for patterns the part before the first wildcard.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let parents =
            self.wasm.iter().chain([&self.manifest]).filter_map(|file| file.parent()).map(Path::to_owned);
        let roots = self.sources.values().flatten().filter_map(|pattern| {
            let fixed: PathBuf = Path::new(pattern.as_str())
                .iter()
                .take_while(|part| !part.to_string_lossy().contains(['*', '?', '[']))
                .collect();
            if fixed.is_dir() { Some(fixed) } else { fixed.parent().map(Path::to_owned) }
        });
        parents.chain(roots).filter(|folder| folder.is_dir()).collect()
    }

    /// Notes what `path` means; whether it means anything.
    fn note(&self, path: &Path, changes: &mut Changes) -> bool {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        let mut matters = path == self.manifest || self.wasm.contains(path);
        for (id, patterns) in &self.sources {
            if patterns.iter().any(|pattern| pattern.matches_path_with(path, options)) {
                changes.build.insert(id.clone());
                matters = true;
            }
        }
        matters
    }
}

impl Changes {
    /// Runs the build commands of the components that need it.
    pub(crate) fn build(&self, manifest: &Manifest) -> Result<()> {
        for id in &self.build {
            let Some(build) = manifest.components.get(id).and_then(|component| component.build.as_ref())
            else {
                continue;
            };
            let workdir = manifest.folder().join(build.workdir.as_deref().unwrap_or(""));
            for command in &build.command {
                log::info("building", &[("component", json!(id)), ("command", json!(command))]);
                let output = Command::new("sh").arg("-c").arg(command).current_dir(&workdir).output()?;
                if !output.status.success() {
                    bail!("component `{id}`: {command}: {}", String::from_utf8_lossy(&output.stderr));
                }
            }
        }
        Ok(())
    }
}
