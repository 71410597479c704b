//! The files of a component: copied together into a folder that it sees, read-only, as its root.

use std::{
    fs, io,
    path::{Component as Part, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context as _, Result, bail};
use glob::{MatchOptions, Pattern};

use crate::manifest::{Component, FileMount};

/// A folder with the files of one component; removed when dropped.
#[derive(Debug)]
pub(crate) struct StagedFiles(PathBuf);

impl StagedFiles {
    /// Copies what `component` may read, paths relative to `manifest`, below `scratch`. `None` when it may read nothing.
    pub(crate) fn copy(component: &Component, manifest: &Path, scratch: &Path) -> Result<Option<Self>> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if component.files.is_empty() {
            return Ok(None);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let staged = Self(scratch.join(format!("files-{}-{number}", std::process::id())));
        fs::create_dir_all(&staged.0)?;
        let excluded =
            component.exclude_files.iter().map(|text| Pattern::new(text)).collect::<Result<Vec<_>, _>>()?;
        for mount in &component.files {
            match mount {
                FileMount::Pattern(pattern) => staged.copy_pattern(pattern, manifest, &excluded)?,
                FileMount::Placed { source, destination } => {
                    let from = manifest.join(source);
                    let to = staged.0.join(destination.trim_start_matches('/'));
                    Self::copy_tree(&from, &to, manifest, &excluded)?;
                }
            }
        }
        Ok(Some(staged))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn copy_pattern(&self, pattern: &str, manifest: &Path, excluded: &[Pattern]) -> Result<()> {
        if Path::new(pattern).components().any(|part| !matches!(part, Part::Normal(_) | Part::CurDir)) {
            bail!("files: {pattern:?} must be relative, without `..`");
        }
        let below = Pattern::escape(&manifest.to_string_lossy());
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        for found in glob::glob_with(&format!("{below}/{pattern}"), options)? {
            let found = found?;
            let relative = found.strip_prefix(manifest)?;
            if found.is_file() {
                Self::copy_tree(&found, &self.0.join(relative), manifest, excluded)?;
            }
        }
        Ok(())
    }

    fn copy_tree(from: &Path, to: &Path, manifest: &Path, excluded: &[Pattern]) -> Result<()> {
        let relative = from.strip_prefix(manifest).unwrap_or(from);
        if excluded.iter().any(|pattern| pattern.matches_path(relative)) {
            return Ok(());
        }
        let context = || format!("files: {}", from.display());
        if fs::metadata(from).with_context(context)?.is_dir() {
            fs::create_dir_all(to).with_context(context)?;
            for entry in fs::read_dir(from).with_context(context)? {
                let entry = entry.with_context(context)?;
                Self::copy_tree(&entry.path(), &to.join(entry.file_name()), manifest, excluded)?;
            }
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).with_context(context)?;
        }
        fs::copy(from, to).map(drop).with_context(context)
    }
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
