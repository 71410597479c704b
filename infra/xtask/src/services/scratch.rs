//! A folder that lives as long as one command.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{process::Identity, random};

const PREFIX: &str = "fundrail-xtask-";

/// A temporary folder, removed when dropped. Others may enter it, since services may run as another user, but not list it.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Creates one, and removes those of killed commands.
    pub(crate) fn create() -> anyhow::Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let own = Identity::own().context("cannot read /proc")?;
        // The process that created it, so that a later one can tell that it is gone; and something unpredictable.
        let random = random::hex(&random::bytes::<8>()?);
        let path = parent.join(format!("{PREFIX}{}-{}-{random}", own.pid, own.started));
        let created = fs::DirBuilder::new().mode(0o711).create(&path);
        created.with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(maker);
        if maker.is_some_and(|maker| !maker.is_alive()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn maker(rest: &str) -> Option<Identity> {
    let mut parts = rest.split('-');
    Some(Identity { pid: parts.next()?.parse().ok()?, started: parts.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_goes_with_its_owner_and_one_of_a_dead_process_with_the_next() {
        let dead = std::env::temp_dir().join(format!("{PREFIX}1-1-00"));
        fs::create_dir_all(&dead).unwrap();
        let scratch = Scratch::create().unwrap();
        let path = scratch.path().to_owned();
        assert!(path.is_dir());
        assert!(!dead.exists());
        drop(scratch);
        assert!(!path.exists());
    }
}
