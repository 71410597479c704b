//! Users of this machine: Postgres refuses to run as root, so as root the services run as another user.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
};

use anyhow::Context as _;

/// A line of `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// Its name.
    pub name: String,
    /// Its numeric id.
    pub uid: u32,
    /// The numeric id of its main group.
    pub gid: u32,
}

impl User {
    /// The user of that name.
    pub(crate) fn named(name: &str) -> anyhow::Result<Option<Self>> {
        let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        Ok(find(&passwd, name))
    }

    /// The user that the services run as: `None` if we are not root, or else the user of Debian's package, or `nobody`.
    pub(crate) fn for_services() -> anyhow::Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = Self::named(name)? {
                return Ok(Some(user));
            }
        }
        anyhow::bail!("Postgres refuses to run as root, and /etc/passwd has no user `postgres` or `nobody`")
    }

    /// Makes the user own `path`.
    pub(crate) fn own(&self, path: &Path) -> anyhow::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot give {} to {}", path.display(), self.name))
    }
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether everybody can reach `path`: others may enter all folders on the way.
pub(crate) fn is_traversable(path: &Path) -> bool {
    path.ancestors()
        .all(|folder| fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}

fn find(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()?;
        let _password = fields.next()?;
        let uid = fields.next()?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (found == name).then(|| User { name: found.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\nbad\n";

    #[test]
    fn a_user_is_found_with_both_ids() {
        let user = find(PASSWD, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
    }

    #[test]
    fn a_missing_user_and_a_broken_line_are_none() {
        assert_eq!(find(PASSWD, "nobody"), None);
        assert_eq!(find(PASSWD, "bad"), None);
    }
}
