//! `--watch`: notices changed sources, and builds the components that they belong to.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
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

/// How long nothing must change before changes are examined: editors and builds write in bursts.
const QUIET: Duration = Duration::from_millis(200);

/// Notices changes to the manifest, to Wasm files, and to the sources of components.
pub(crate) struct Watcher {
    /// Ends the watch when dropped.
    _notifier: RecommendedWatcher,
    paths: mpsc::UnboundedReceiver<PathBuf>,
    of_interest: Interest,
    /// What has changed and was not yet returned; kept here, because waiting may be cancelled at any time.
    pending: Option<Changes>,
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
        for (folder, mode) in of_interest.folders() {
            let context = || format!("{} cannot be watched", folder.display());
            notifier.watch(&folder, mode).with_context(context)?;
        }
        Ok(Self { _notifier: notifier, paths, of_interest, pending: None })
    }

    /// Waits for changes that matter; forever if there is no watcher.
    pub(crate) async fn changed(watcher: Option<&mut Self>) -> Changes {
        let Some(watcher) = watcher else { return std::future::pending().await };
        loop {
            let next = if watcher.pending.is_some() {
                let Ok(next) = tokio::time::timeout(QUIET, watcher.paths.recv()).await else {
                    return watcher.pending.take().unwrap_or_default();
                };
                next
            } else {
                watcher.paths.recv().await
            };
            let Some(path) = next else { return std::future::pending().await };
            watcher.of_interest.note(&path, &mut watcher.pending);
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

    /// The folders to watch: those of the files and, recursively, the fixed beginnings of patterns.
    fn folders(&self) -> BTreeMap<PathBuf, RecursiveMode> {
        let files = self.wasm.iter().chain([&self.manifest]);
        let mut folders: BTreeMap<_, _> =
            files.filter_map(|file| Some((file.parent()?.to_owned(), RecursiveMode::NonRecursive))).collect();
        for pattern in self.sources.values().flatten() {
            let wild = |part: &OsStr| part.to_string_lossy().contains(['*', '?', '[']);
            let fixed: PathBuf = Path::new(pattern.as_str()).iter().take_while(|part| !wild(part)).collect();
            if fixed.is_dir() {
                folders.insert(fixed, RecursiveMode::Recursive);
            } else if let Some(folder) = fixed.parent() {
                folders.entry(folder.to_owned()).or_insert(RecursiveMode::NonRecursive);
            }
        }
        folders.retain(|folder, _| folder.is_dir());
        folders
    }

    /// Adds what `path` means, if anything.
    fn note(&self, path: &Path, changes: &mut Option<Changes>) {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        if path == self.manifest || self.wasm.contains(path) {
            changes.get_or_insert_default();
        }
        for (id, patterns) in &self.sources {
            if patterns.iter().any(|pattern| pattern.matches_path_with(path, options)) {
                changes.get_or_insert_default().build.insert(id.clone());
            }
        }
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
