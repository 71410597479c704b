//! The functions in `/migrations/functions`: one per file of the same name, which also contains its owner. Who may call it is in
//! `/migrations/roles` ([`super::grants`]), which is applied together with them.
//!
//! They are not migrations: a file says how its function is now, and is reapplied whenever any of the files has changed. Tables
//! come in between, since each needs the other: policies, triggers and views refer to functions when they are created, and some
//! functions refer to row types in their parameters. So missing functions are created before the migrations, unchecked, as far as
//! possible; and after them all are created, checked.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, anyhow, bail};
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, Transaction, error::SqlState};

use super::{grants::Grants, migrations::describe};
use crate::random::hex;

/// Those of the schema's functions that are created from files: extensions bring their own.
const OURS: &str = "from pg_proc p where p.pronamespace = 'public'::regnamespace \
    and p.proowner in ('fundrail_owner'::regrole, 'fundrail_system'::regrole) \
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')";

/// Resets each to the state of a newly created one, so that whatever no file grants any more is revoked.
const RESET: &str = "select format('revoke all on routine %s from %s; alter routine %1$s owner to fundrail_owner; \
        grant execute on routine %1$s to public', p.oid::regprocedure, coalesce( \
            (select string_agg(distinct case a.grantee when 0 then 'public' else a.grantee::regrole::text end, ', ') \
             from aclexplode(p.proacl) a where a.grantee <> p.proowner), 'public'))";

/// Contents of the files.
pub(super) struct Functions {
    files: Vec<File>,
    grants: Grants,
    digest: String,
}

struct File {
    /// Name of the function, and of the file without its `.sql`.
    name: String,
    sql: String,
}

impl Functions {
    /// Reads the files below the folder of the migrations, ordered by name.
    pub(super) fn read(migrations: &Path) -> anyhow::Result<Self> {
        let (folder, mut files) = (migrations.join("functions"), Vec::new());
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            let name =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".sql"));
            let name =
                name.with_context(|| format!("{} is no file of a function", path.display()))?.to_owned();
            let sql = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if sql.lines().any(|line| line.starts_with("grant ")) {
                bail!("functions/{name}.sql grants something: who may call it stands in migrations/roles");
            }
            files.push(File { name, sql });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let mut digest = Sha256::new();
        for text in files.iter().flat_map(|file| [&file.name, &file.sql]) {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        let grants = Grants::read(&migrations.join("roles"))?;
        grants.digest(&mut digest);
        Ok(Self { files, grants, digest: hex(digest.finalize().as_slice()) })
    }

    /// Number of functions.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Creates those whose name does not exist, for migrations to refer to, and returns their names. Existing ones stay as they
    /// are until the migrations have succeeded.
    pub(super) async fn prepare(&self, client: &mut Client) -> anyhow::Result<Vec<String>> {
        let mut transaction = client.transaction().await?;
        transaction.batch_execute("set local check_function_bodies = off").await?;
        let present = names(&transaction).await?;
        for file in self.files.iter().filter(|file| !present.contains(&file.name)) {
            let attempt = transaction.transaction().await?;
            match attempt.batch_execute(&file.sql).await {
                Ok(()) => attempt.commit().await?,
                // Its parameters are rows of a table created by the migrations.
                Err(error) if names_what_is_not_there(&error) => attempt.rollback().await?,
                Err(error) => return Err(file.explain(&error)),
            }
        }
        let made = names(&transaction).await?.difference(&present).cloned().collect();
        transaction.commit().await.context("cannot make the functions")?;
        Ok(made)
    }

    /// Drops what `prepare` has created for migrations that failed, except for what successful ones refer to: otherwise a
    /// corrected file would find its function with another return type.
    pub(super) async fn take_back(client: &Client, made: &[String]) {
        for name in made {
            // What is needed stays, and a lost connection is reported by what has failed.
            let _ = client.batch_execute(&format!("drop routine if exists {name}")).await;
        }
    }

    /// Whether the database has exactly these functions and grants.
    pub(super) async fn are_applied(&self, client: &Client) -> anyhow::Result<bool> {
        let kept = client.query_opt("select digest from function_set", &[]).await?;
        Ok(kept.is_some_and(|row| row.try_get::<_, &str>(0).is_ok_and(|digest| digest == self.digest)))
    }

    /// Creates all of them according to their files, drops those without a file, and lets each role do what its file says; all or
    /// nothing. Returns what was dropped.
    pub(super) async fn apply(&self, client: &mut Client) -> anyhow::Result<Vec<String>> {
        let transaction = client.transaction().await?;
        // Unchecked first: of two that call each other, or are called differently than before, one has to come first.
        transaction.batch_execute("set local check_function_bodies = off").await?;
        self.make(&transaction).await?;
        let dropped = drop_others(&transaction).await?;
        for row in transaction.query(&format!("{RESET} {OURS}"), &[]).await? {
            transaction.batch_execute(row.try_get(0)?).await?;
        }
        transaction.batch_execute("set local check_function_bodies = on").await?;
        self.make(&transaction).await?;
        self.check_names(&transaction).await?;
        self.grants.apply(&transaction).await?;
        let keep = "insert into function_set (digest) values ($1) \
            on conflict (only_one) do update set digest = excluded.digest, applied_at = excluded.applied_at";
        transaction.execute(keep, &[&self.digest]).await?;
        transaction.commit().await.context("cannot make the functions")?;
        Ok(dropped)
    }

    async fn make(&self, transaction: &Transaction<'_>) -> anyhow::Result<()> {
        for file in &self.files {
            transaction.batch_execute(&file.sql).await.map_err(|error| file.explain(&error))?;
        }
        Ok(())
    }

    /// A function must be found by the name of its file.
    async fn check_names(&self, transaction: &Transaction<'_>) -> anyhow::Result<()> {
        let made = names(transaction).await?;
        let files: BTreeSet<String> = self.files.iter().map(|file| file.name.clone()).collect();
        if let Some(name) = files.difference(&made).next() {
            bail!("functions/{name}.sql makes no function `{name}`");
        }
        if let Some(name) = made.difference(&files).next() {
            bail!("the function `{name}` is to stand in functions/{name}.sql");
        }
        Ok(())
    }
}

impl File {
    fn explain(&self, error: &tokio_postgres::Error) -> anyhow::Error {
        let Some(database) = error.as_db_error() else {
            return anyhow!("functions/{}.sql: {error}", self.name);
        };
        let mut text = format!("functions/{}.sql: {}", self.name, describe(database));
        if *database.code() == SqlState::INVALID_FUNCTION_DEFINITION {
            text.push_str(
                "\nA function that returns something else than before, or calls its parameters otherwise, is dropped by a \
                 migration first (`drop function if exists …`).",
            );
        }
        anyhow!(text)
    }
}

fn names_what_is_not_there(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| [SqlState::UNDEFINED_OBJECT, SqlState::UNDEFINED_TABLE].contains(code))
}

async fn names(transaction: &Transaction<'_>) -> anyhow::Result<BTreeSet<String>> {
    let rows = transaction.query(&format!("select p.proname::text {OURS}"), &[]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Drops what this transaction has not created: functions whose files are gone, and other signatures of a name that still exists.
async fn drop_others(transaction: &Transaction<'_>) -> anyhow::Result<Vec<String>> {
    // Creating a function writes its row, even if it replaces an identical one.
    let others =
        format!("select p.oid::regprocedure::text {OURS} and p.xmin <> pg_current_xact_id()::xid order by 1");
    let others = transaction.query(&others, &[]).await?;
    let others: Vec<String> = others.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for routine in &others {
        let drop = transaction.batch_execute(&format!("drop routine {routine}")).await;
        drop.map_err(|error| match error.as_db_error() {
            Some(database) => anyhow!(
                "{routine} is in no file of migrations/functions any more, and cannot be dropped: {}",
                describe(database)
            ),
            None => anyhow!("cannot drop {routine}: {error}"),
        })?;
    }
    Ok(others)
}
