//! Where things are in this checkout.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use crate::random::hex;

/// The checkout that a command works on.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    /// The folder of `spin.toml`.
    pub root: PathBuf,
}

impl Checkout {
    /// The nearest folder upwards that contains `spin.toml` and `infra/xtask`, or else the one that xtask was compiled from.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let here = env::current_dir().context("the current folder is gone")?;
        let compiled_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = here
            .ancestors()
            .chain([compiled_from.as_path()])
            .find(|folder| folder.join("spin.toml").is_file() && folder.join("infra/xtask").is_dir());
        let Some(root) = root else {
            bail!("{} is not in a checkout of Fundrail: no spin.toml above it", here.display());
        };
        let root = root.canonicalize().with_context(|| format!("cannot reach {}", root.display()))?;
        Ok(Self { root })
    }

    /// `.local/`: everything that a run leaves behind, except for what cargo builds. Created if absent, for its owner only.
    pub(crate) fn local(&self) -> anyhow::Result<PathBuf> {
        let local = self.root.join(".local");
        if !local.is_dir() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o711)
                .create(&local)
                .with_context(|| format!("cannot create {}", local.display()))?;
        }
        Ok(local)
    }

    /// The manifest that both our host and stock Spin run.
    pub(crate) fn spin_toml(&self) -> PathBuf {
        self.root.join("spin.toml")
    }

    /// The folder of the SQL migrations.
    pub(crate) fn migrations(&self) -> PathBuf {
        self.root.join("migrations")
    }

    /// Cargo's target folder for native code, as `CARGO_TARGET_DIR` says.
    pub(crate) fn native_target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// The target folder for components: always this one, since `spin.toml` names it.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Where the built components are.
    pub(crate) fn components(&self) -> PathBuf {
        self.wasm_target().join("wasm32-wasip2/component")
    }

    /// Twelve digits that identify this checkout's path, for names outside of it.
    pub(crate) fn digest(&self) -> String {
        let digest = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        hex(digest.as_slice()).chars().take(12).collect()
    }
}

/// Writes a file that only its owner may read, replacing it in one step.
pub(crate) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
