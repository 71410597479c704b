//! The migrations in `/migrations`, run by refinery as `fundrail_owner`, and the functions around them.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, bail};
use refinery::{Migration, Runner, load_sql_migrations};
use tokio_postgres::Client;

use super::{functions::Functions, roles};

/// Applies pending migrations. `admin` is connected to the database to be migrated. Returns what was done, one line each.
///
/// Each migration is a transaction of its own, so whatever precedes a failing one stays. The functions are a single transaction.
pub(super) async fn run(admin: &mut Client, folder: &Path) -> anyhow::Result<Vec<String>> {
    let migrations = load_sql_migrations(folder)
        .with_context(|| format!("cannot read the migrations in {}", folder.display()))?;
    if migrations.is_empty() {
        bail!("{} holds no migration", folder.display());
    }
    if let Some(migration) = migrations.iter().find(|migration| makes_functions(migration)) {
        bail!(
            "{migration} makes a function, which its file would undo: it is to stand in migrations/functions"
        );
    }
    if let Some(migration) = migrations.iter().find(|migration| grants_to_components(migration)) {
        bail!(
            "{migration} grants something to components, which would be revoked again: what each of their roles may do \
             stands in migrations/roles"
        );
    }
    let functions = Functions::read(folder)?;
    roles::lock(admin).await?;
    // So that everything they create is the owner's, whoever the administrator is.
    admin.batch_execute("set role fundrail_owner; set search_path = public").await?;
    // Boxed: it is the largest part of every command that needs a database.
    let done = Box::pin(apply(admin, &migrations, &functions)).await;
    admin.batch_execute("reset role; reset search_path").await?;
    roles::unlock(admin).await?;
    done
}

/// Whether it grants anything to another role than `fundrail_system`, which the functions that cross tenants run as.
fn grants_to_components(migration: &Migration) -> bool {
    let lines = migration.sql().unwrap_or_default().lines();
    let mut grants = lines.filter(|line| line.trim_start().to_ascii_lowercase().starts_with("grant "));
    grants.any(|line| {
        let to = line.rsplit_once(" to ").map_or("", |(_, to)| to);
        to.trim_end().trim_end_matches(';').split(',').any(|role| role.trim() != "fundrail_system")
    })
}

fn makes_functions(migration: &Migration) -> bool {
    let heads =
        ["create function", "create procedure", "create or replace function", "create or replace procedure"];
    let mut lines = migration.sql().unwrap_or_default().lines().map(str::trim_start);
    lines.any(|line| {
        heads.iter().any(|head| line.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head)))
    })
}

async fn apply(
    admin: &mut Client,
    migrations: &[Migration],
    functions: &Functions,
) -> anyhow::Result<Vec<String>> {
    let applied = applied(admin).await?;
    refuse_former(admin, migrations, &applied).await?;
    let pending = migrations.iter().any(|migration| !applied.contains(&migration.version()));
    if !pending && functions.are_applied(admin).await? {
        // Still check whether a migration was changed since.
        return run_migrations(admin, migrations).await;
    }
    let made = if pending { functions.prepare(admin).await? } else { Vec::new() };
    let done = migrate(admin, migrations, functions).await;
    if done.is_err() {
        Functions::take_back(admin, &made).await;
    }
    done
}

async fn migrate(
    admin: &mut Client,
    migrations: &[Migration],
    functions: &Functions,
) -> anyhow::Result<Vec<String>> {
    let mut done = run_migrations(admin, migrations).await?;
    let dropped = functions.apply(admin).await?;
    done.push(format!("applied {} functions", functions.count()));
    done.extend(dropped.iter().map(|routine| format!("dropped {routine}, which is in no file any more")));
    Ok(done)
}

async fn run_migrations(admin: &mut Client, migrations: &[Migration]) -> anyhow::Result<Vec<String>> {
    let runner = Runner::new(migrations).set_abort_divergent(true).set_abort_missing(true);
    let report = runner.run_async(admin).await.map_err(|error| explain(&error))?;
    Ok(report.applied_migrations().iter().map(|migration| format!("applied {migration}")).collect())
}

/// The versions that the database has had.
async fn applied(admin: &Client) -> anyhow::Result<BTreeSet<i64>> {
    let known = admin.query_one("select to_regclass('refinery_schema_history') is not null", &[]).await?;
    if !known.try_get::<_, bool>(0)? {
        return Ok(BTreeSet::new());
    }
    let rows = admin.query("select version::int8 from refinery_schema_history", &[]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Before anything is changed. The migrations were merged into one set before the first release, so there is no path from the
/// former ones to these.
async fn refuse_former(
    admin: &Client,
    migrations: &[Migration],
    applied: &BTreeSet<i64>,
) -> anyhow::Result<()> {
    let first = migrations.iter().map(Migration::version).min();
    if applied.first().is_some_and(|oldest| Some(*oldest) < first) {
        let name: String = admin.query_one("select current_database()::text", &[]).await?.try_get(0)?;
        bail!(
            "the database {name} was made by former migrations, which nothing leads on from: it is made anew after \
             `cargo xtask down --wipe`, or, on a server that DATABASE_URL names, after `drop database {name}`"
        );
    }
    Ok(())
}

/// refinery's error with Postgres' own message, and what to do about it.
fn explain(error: &refinery::Error) -> anyhow::Error {
    use refinery::error::Kind;
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(database) = cause.downcast_ref::<tokio_postgres::Error>().and_then(|e| e.as_db_error()) {
            // refinery's own message ends in a bare "db error".
            let migration = text.split('`').nth(1).unwrap_or_default();
            text = format!("{migration}: {}", describe(database));
        }
        source = cause.source();
    }
    if matches!(error.kind(), Kind::DivergentVersion(..) | Kind::MissingVersion(..)) {
        text.push_str(
            "\nA migration that this database has had was changed or taken away, or an older one was added after it. \
             Migrations are append-only and numbered by time. A database that holds nothing worth keeping is made anew \
             by `cargo xtask down --wipe`.",
        );
    }
    anyhow::anyhow!("{text}")
}

/// Postgres' message with the position in the statement, detail and hint.
pub(crate) fn describe(error: &tokio_postgres::error::DbError) -> String {
    use tokio_postgres::error::ErrorPosition;
    let mut text = format!("{} ({})", error.message(), error.code().code());
    if let Some(ErrorPosition::Original(position)) = error.position() {
        text = format!("{text} at character {position}");
    }
    for extra in [error.detail(), error.hint(), error.where_()].into_iter().flatten() {
        text = format!("{text}; {extra}");
    }
    text
}
