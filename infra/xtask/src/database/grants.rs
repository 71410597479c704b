//! What components may do in the database: the files in `/migrations/roles`, one per role of the same name.
//!
//! `fundrail_app.sql` is what every component needs: all other roles are members of `fundrail_app`, which nobody connects as. Each
//! of the others is a domain, such as `fundrail_prices`, and what its components connect as.
//!
//! Like functions, they are not migrations: a file says all that its role may do now, and whatever else it could is revoked
//! whenever any of the files has changed.

use std::{fs, path::Path};

use anyhow::{Context as _, anyhow, bail};
use sha2::{Digest as _, Sha256};
use tokio_postgres::Transaction;

use super::migrations::describe;

/// The group that the roles of all components are members of.
pub(super) const EVERYBODY: &str = "fundrail_app";

/// How the roles of components begin; what follows is the domain.
const PREFIX: &str = "fundrail_";

/// The names of the domains, each with a role of its own, in order.
pub(crate) fn domains(migrations: &Path) -> anyhow::Result<Vec<String>> {
    let grants = Grants::read(&migrations.join("roles"))?;
    let roles = grants.files.into_iter().map(|file| file.role).filter(|role| role != EVERYBODY);
    Ok(roles.map(|role| role.trim_start_matches(PREFIX).to_owned()).collect())
}

/// The role of a domain.
pub(crate) fn role_of(domain: &str) -> String {
    format!("{PREFIX}{domain}")
}

/// The variable of `spin.toml` by which the components of a domain connect.
pub(crate) fn variable_of(domain: &str) -> String {
    format!("{domain}_database_url")
}

/// Contents of the files.
pub(super) struct Grants {
    files: Vec<File>,
}

struct File {
    /// Name of the role, and of the file without its `.sql`.
    role: String,
    sql: String,
}

impl Grants {
    /// Reads the files, ordered by name.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(role) = name.strip_suffix(".sql").filter(|role| is_role(role)) else {
                bail!("{} is no file of a role: {PREFIX}DOMAIN.sql", path.display());
            };
            let sql = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let file = File { role: role.to_owned(), sql };
            file.check()?;
            files.push(file);
        }
        files.sort_by(|a, b| a.role.cmp(&b.role));
        if !files.iter().any(|file| file.role == EVERYBODY) {
            bail!("{} has no {EVERYBODY}.sql", folder.display());
        }
        Ok(Self { files })
    }

    /// Adds all of it to a digest.
    pub(super) fn digest(&self, digest: &mut Sha256) {
        for text in self.files.iter().flat_map(|file| [&file.role, &file.sql]) {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
    }

    /// Gives each role what its file says, and takes away all else.
    pub(super) async fn apply(&self, transaction: &Transaction<'_>) -> anyhow::Result<()> {
        for File { role, sql } in &self.files {
            let revoke = format!(
                "revoke all on all tables in schema public from {role};
                 revoke all on all sequences in schema public from {role};
                 revoke all on all routines in schema public from {role};"
            );
            transaction.batch_execute(&revoke).await.with_context(|| format!("cannot reset {role}"))?;
            transaction.batch_execute(sql).await.map_err(|error| match error.as_db_error() {
                Some(database) => anyhow!("roles/{role}.sql: {}", describe(database)),
                None => anyhow!("roles/{role}.sql: {error}"),
            })?;
        }
        Ok(())
    }
}

impl File {
    /// A file holds comments, and grants to its role, one a line: so it is the list of what the role may do.
    fn check(&self) -> anyhow::Result<()> {
        let end = format!(" to {};", self.role);
        let is_fine = |line: &&str| {
            line.is_empty() || line.starts_with("--") || line.starts_with("grant ") && line.ends_with(&end)
        };
        match self.sql.lines().find(|line| !is_fine(line)) {
            Some(line) => {
                bail!("roles/{}.sql: `{line}` is not of the form `grant … to {};`", self.role, self.role)
            }
            None => Ok(()),
        }
    }
}

/// Whether it may stand in statements as it is.
fn is_role(name: &str) -> bool {
    let domain = name.strip_prefix(PREFIX).unwrap_or_default();
    let plain = domain.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    plain
        && domain.starts_with(|first: char| first.is_ascii_lowercase())
        && !matches!(domain, "owner" | "system")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_domain() {
        assert!(is_role("fundrail_prices") && is_role("fundrail_capital_calls2"));
        for wrong in [
            "prices",
            "fundrail_",
            "fundrail_owner",
            "fundrail_system",
            "fundrail_A",
            "fundrail_a-b",
            "fundrail_2",
        ] {
            assert!(!is_role(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_file_grants_to_its_own_role_and_does_nothing_else() {
        let check = |sql: &str| File { role: "fundrail_prices".to_owned(), sql: sql.to_owned() }.check();
        assert!(check("-- why\n\ngrant select on asset to fundrail_prices;\n").is_ok());
        for wrong in [
            "grant select on asset to fundrail_app;",
            "revoke all on asset from fundrail_prices;",
            "grant select on asset\n    to fundrail_prices;",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
