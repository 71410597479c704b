//! Compiled components on disk, so that only the first start after a change compiles.
//!
//! A file is named after the hash of the Wasm and of everything that compilation depends on (wasmtime's version, settings and
//! target). It begins with the hash of its own content, which is checked before the content is run.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, Result, component::Component, error::Context as _};

/// Length in bytes of the hash at the beginning of a file.
const HASH: usize = 32;

/// The compiled components in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
}

/// Where a component came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Compiled now.
    Compiled,
    /// Found compiled.
    Cached,
}

impl Cache {
    /// The cache in `folder`, which is created if it does not exist.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The component whose Wasm is `wasm`, compiled or cached.
    pub(crate) fn component(&self, engine: &Engine, wasm: &[u8]) -> Result<(Component, Origin)> {
        let path = self.path(engine, wasm);
        if let Some(compiled) = read(&path)
            && let Some(component) = load(engine, &compiled)
        {
            return Ok((component, Origin::Cached));
        }
        let compiled = engine.precompile_component(wasm)?;
        // If the cache cannot be written, the next start takes longer, nothing else.
        if let Err(error) = write(&path, &compiled) {
            let problem = format!("{}: {error}", path.display());
            crate::log::warn("cache_not_written", &[("problem", problem.into())]);
        }
        let component =
            load(engine, &compiled).context("a component that was just compiled cannot be loaded")?;
        Ok((component, Origin::Compiled))
    }

    fn path(&self, engine: &Engine, wasm: &[u8]) -> PathBuf {
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let name = format!("{}-{:016x}.cwasm", hex::encode(Sha256::digest(wasm)), settings.finish());
        self.folder.join(name)
    }
}

/// The compiled component; `None` if there is none, or none that can be trusted.
fn read(path: &Path) -> Option<Vec<u8>> {
    let attributes = fs::metadata(path).ok()?;
    let own = fs::metadata("/proc/self").ok()?.uid();
    if attributes.uid() != own || attributes.mode() & 0o022 != 0 {
        return None; // somebody else could have written it
    }
    let content = fs::read(path).ok()?;
    let (hash, compiled) = content.split_at_checked(HASH)?;
    (Sha256::digest(compiled).as_slice() == hash).then(|| compiled.to_vec())
}

/// Writes to a temporary file and renames it, so that a reader sees all of it or nothing.
fn write(path: &Path, compiled: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(&Sha256::digest(compiled))?;
    file.write_all(compiled)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[expect(unsafe_code, reason = "loading compiled code is what the cache is for")]
fn load(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: `deserialize` must be given the output of `precompile_component`, as it runs whatever it is given as native code.
    // The bytes come from that very function: either just now, or through a file that only this user can have written, under a
    // name derived from the hash of its input, and whose own hash was checked over these same bytes. wasmtime itself rejects what
    // another version, configuration or target has compiled.
    unsafe { Component::deserialize(engine, compiled) }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tampered_with_is_not_read() {
        let folder = std::env::temp_dir().join(format!("fundrail-host-cache-{}", std::process::id()));
        let cache = Cache::open(&folder).unwrap();
        let path = cache.folder.join("x.cwasm");
        write(&path, b"compiled").unwrap();
        assert_eq!(read(&path).unwrap(), b"compiled");

        let mut content = fs::read(&path).unwrap();
        *content.last_mut().unwrap() ^= 1;
        fs::write(&path, content).unwrap();
        assert!(read(&path).is_none());
        fs::write(&path, b"short").unwrap();
        assert!(read(&path).is_none());
        fs::remove_dir_all(folder).unwrap();
    }
}
