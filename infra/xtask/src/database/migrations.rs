//! The migrations of `/migrations`, run by refinery as `fundrail_owner`.

use std::path::Path;

use anyhow::{Context as _, bail};
use refinery::{Runner, load_sql_migrations};
use tokio_postgres::Client;

use super::roles;

/// Applies what has not been applied. `admin` is connected to the database to migrate. Returns the names.
///
/// Each migration is a transaction of its own, so what came before a failing one stays.
pub(super) async fn run(admin: &mut Client, folder: &Path) -> anyhow::Result<Vec<String>> {
    let migrations = load_sql_migrations(folder)
        .with_context(|| format!("cannot read the migrations in {}", folder.display()))?;
    if migrations.is_empty() {
        bail!("{} holds no migration", folder.display());
    }
    roles::lock(admin).await?;
    // So that all that they create is the owner's, whoever the administrator is.
    admin.batch_execute("set role fundrail_owner; set search_path = public").await?;
    let runner = Runner::new(&migrations).set_abort_divergent(true).set_abort_missing(true);
    let report = runner.run_async(admin).await;
    admin.batch_execute("reset role; reset search_path").await?;
    roles::unlock(admin).await?;
    match report {
        Ok(report) => Ok(report.applied_migrations().iter().map(ToString::to_string).collect()),
        Err(error) => Err(explain(&error)),
    }
}

/// refinery's error with Postgres' own words, and what to do about it.
fn explain(error: &refinery::Error) -> anyhow::Error {
    use refinery::error::Kind;
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(database) = cause.downcast_ref::<tokio_postgres::Error>().and_then(|e| e.as_db_error()) {
            // refinery's own words end in a bare "db error".
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

/// Postgres' message with the place in the statement, detail and hint.
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
