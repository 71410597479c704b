//! What is wrong with a manifest, and where.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// A manifest that cannot be used: `spin.toml:12: component.auth.sourc: is no key of …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` if it is about the whole file.
    pub line: Option<usize>,
    /// The dotted key; empty if it is about the whole file.
    pub key: String,
    /// What is wrong: a sentence that continues the key.
    pub problem: String,
}

impl ManifestError {
    pub(crate) fn new(file: &Path, line: Option<usize>, key: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, key: key.to_owned(), problem: problem.into() }
    }

    pub(crate) fn whole_file(file: &Path, problem: impl Into<String>) -> Self {
        Self::new(file, None, "", problem)
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for ManifestError {}
