//! The files of a component: copied together into a folder that it sees, read-only, as its root.
//!
//! What goes where is as in Spin, down to a folder without a pattern, whose files appear below its name twice. Unlike there,
//! nothing outside of the manifest's folder is copied by way of `..`, and never the host's own folder.

use std::{
    fs, io,
    path::{Component as Part, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context as _, Result, bail, ensure};
use glob::Pattern;

use crate::manifest::{Component, FileMount};

/// A folder with the files of one component; deleted when dropped.
#[derive(Debug)]
pub(crate) struct StagedFiles(PathBuf);

/// Where files are copied from, and what is left out.
struct Source {
    root: PathBuf,
    /// Where the host keeps its own files, including these copies.
    own: PathBuf,
    excluded: Vec<Pattern>,
}

impl StagedFiles {
    /// Copies the files that `component` may read, with paths relative to `manifest`, into `scratch`. `None` if there are none.
    pub(crate) fn copy(component: &Component, manifest: &Path, scratch: &Path) -> Result<Option<Self>> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if component.files.is_empty() {
            return Ok(None);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let staged =
            Self(std::path::absolute(scratch)?.join(format!("files-{}-{number}", std::process::id())));
        fs::create_dir_all(&staged.0)?;
        let source = Source {
            root: std::path::absolute(manifest)?,
            own: std::path::absolute(scratch.parent().unwrap_or(scratch))?,
            excluded: component
                .exclude_files
                .iter()
                .map(|text| Pattern::new(text))
                .collect::<Result<_, _>>()?,
        };
        for mount in &component.files {
            match mount {
                FileMount::Pattern(pattern) => staged.copy_pattern(&source, pattern),
                FileMount::Placed { source: from, destination } => {
                    staged.copy_placed(&source, from, destination)
                }
            }
            .with_context(|| format!("files: {}", mount.source()))?;
        }
        Ok(Some(staged))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn copy_pattern(&self, source: &Source, pattern: &str) -> Result<()> {
        let last = pattern.rsplit('/').next().unwrap_or_default();
        ensure!(
            !matches!(last, "." | ".."),
            "a pattern cannot end in `{last}`: use `{{ source = …, destination = … }}`, or `**/*`"
        );
        ensure!(!Path::new(pattern).is_absolute(), "a pattern must be relative to the manifest");
        let path = source.inside(pattern)?;
        if path.is_dir() {
            return source.copy_matches(&path, "**/*", &source.root, &self.0.join(pattern));
        }
        if path.exists() {
            return copy_file(&path, &self.0.join(pattern));
        }
        ensure!(Pattern::escape(pattern) != pattern, "it does not exist, and is no pattern");
        source.copy_matches(&source.root, pattern, &source.root, &self.0)
    }

    fn copy_placed(&self, source: &Source, from: &str, destination: &str) -> Result<()> {
        let path = source.inside(from)?;
        let to = self.0.join(destination.trim_start_matches('/'));
        if path.is_dir() {
            return source.copy_matches(&path, "**/*", &path, &to);
        }
        ensure!(path.exists(), "it does not exist");
        ensure!(
            !destination.ends_with(['/', '.']) && to != self.0,
            "the destination of a file must be a file: {destination:?} is a folder"
        );
        copy_file(&path, &to)
    }
}

impl Source {
    /// `path` below the root.
    fn inside(&self, path: &str) -> Result<PathBuf> {
        let up = Path::new(path).components().any(|part| part == Part::ParentDir);
        let path = self.root.join(path);
        ensure!(!up && path.starts_with(&self.root), "it is outside of the manifest's folder");
        Ok(path)
    }

    /// Copies the files below `folder` that match `pattern`, so that their paths below `to` are those below `prefix`.
    fn copy_matches(&self, folder: &Path, pattern: &str, prefix: &Path, to: &Path) -> Result<()> {
        fs::create_dir_all(to)?;
        let folder = folder.to_str().context("the path of the manifest is not UTF-8")?;
        // All of them are listed before the first is copied: the copies may be below the same folder.
        let found: Vec<_> =
            glob::glob(&format!("{}/{pattern}", Pattern::escape(folder)))?.collect::<Result<_, _>>()?;
        for file in found.iter().filter(|file| file.is_file() && !file.starts_with(&self.own)) {
            let below_root = file.strip_prefix(&self.root)?;
            if !self.excluded.iter().any(|excluded| excluded.matches_path(below_root)) {
                copy_file(file, &to.join(file.strip_prefix(prefix)?))?;
            }
        }
        Ok(())
    }
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if to.is_dir() {
        bail!("there is a folder already where {} should stand", from.display());
    }
    fs::copy(from, to).map(drop).with_context(|| from.display().to_string())
}

impl Drop for StagedFiles {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let problem = format!("{}: {error}", self.0.display());
                crate::log::warn("files_not_removed", &[("problem", problem.into())]);
            }
            _ => {}
        }
    }
}
