//! Where private services keep their data, and the user that they run as.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::{
    checkout::Checkout,
    user::{User, is_traversable},
};

/// Where the data of services is kept for root's checkouts that nobody else may enter. Not a temporary folder: those are cleaned
/// up.
const ELSEWHERE: &str = "/var/lib/fundrail-dev";

/// A folder for services' data that the user they run as can reach.
#[derive(Debug)]
pub(crate) struct Home {
    /// The folder.
    pub data: PathBuf,
    /// The folder for logs and the administrator's secrets; ours alone.
    pub own: PathBuf,
    /// The user that the services run as, if not ours.
    pub user: Option<User>,
}

impl Home {
    /// The checkout's: `.local/services`, which is a link to a folder elsewhere if root's checkout is closed to others.
    pub(crate) fn of(checkout: &Checkout) -> anyhow::Result<Self> {
        let own = checkout.local()?;
        let user = User::for_services()?;
        let link = own.join("services");
        let data = match &user {
            Some(_) if !is_traversable(&own) => {
                let data = elsewhere(checkout);
                create(data.parent().unwrap_or(Path::new("/")), 0o711)?;
                point(&link, &data)?;
                data
            }
            _ => link,
        };
        Self::create_in(data, own, user)
    }

    /// A folder below `parent`, which everybody can reach.
    pub(crate) fn below(parent: &Path) -> anyhow::Result<Self> {
        Self::create_in(parent.join("services"), parent.to_owned(), User::for_services()?)
    }

    fn create_in(data: PathBuf, own: PathBuf, user: Option<User>) -> anyhow::Result<Self> {
        create(&data, 0o700)?;
        if let Some(user) = &user {
            let owner = fs::metadata(&data)?.uid();
            if owner != user.uid && owner != 0 {
                bail!("{} belongs to another user; remove it", data.display());
            }
            user.own(&data)?;
        }
        Ok(Self { data, own, user })
    }

    /// A folder for one service, created if absent.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.data.join(name);
        create(&folder, 0o700)?;
        if let Some(user) = &self.user {
            user.own(&folder)?;
        }
        Ok(folder)
    }

    /// A fresh log file, and its path.
    pub(crate) fn log(&self, name: &str) -> anyhow::Result<(fs::File, PathBuf)> {
        let path = self.own.join(format!("{name}.log"));
        let file = fs::File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok((file, path))
    }
}

/// Removes what [`Home::of`] created, wherever it is.
pub(crate) fn wipe(checkout: &Checkout) -> anyhow::Result<()> {
    let elsewhere = elsewhere(checkout);
    if elsewhere.is_dir() {
        fs::remove_dir_all(&elsewhere).with_context(|| format!("cannot remove {}", elsewhere.display()))?;
    }
    Ok(())
}

/// The last lines of a log, for an error.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default();
    format!("{}\n(the whole log: {})", last.join("\n"), log.display())
}

fn elsewhere(checkout: &Checkout) -> PathBuf {
    Path::new(ELSEWHERE).join(checkout.digest())
}

fn create(folder: &Path, mode: u32) -> anyhow::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let created = fs::DirBuilder::new().recursive(true).mode(mode).create(folder);
    created.with_context(|| format!("cannot create {}", folder.display()))
}

/// Makes `link` a link to `target`. An earlier link is replaced, a folder with data in it is not.
fn point(link: &Path, target: &Path) -> anyhow::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(meta) if meta.is_symlink() => fs::remove_file(link)?,
        Ok(_) => bail!(
            "{} was made when other users could reach it, which they no longer can; remove it by `cargo xtask down --wipe`",
            link.display()
        ),
        Err(_) => {}
    }
    symlink(target, link).with_context(|| format!("cannot create {}", link.display()))
}
