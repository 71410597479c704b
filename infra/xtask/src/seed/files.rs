//! The SQL files in the seed folder.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, anyhow};

use super::{Context, Summary};
use crate::database::describe;

/// Runs each file in one transaction.
pub(super) async fn run(context: &mut Context<'_>) -> anyhow::Result<Summary> {
    let mut files = sql_files(context)?;
    files.sort();
    for file in &files {
        let sql = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let transaction = context.client.transaction().await?;
        transaction.batch_execute(&sql).await.map_err(|error| match error.as_db_error() {
            Some(database) => anyhow!("{}: {}", file.display(), describe(database)),
            None => anyhow!("{}: {error}", file.display()),
        })?;
        transaction.commit().await.with_context(|| format!("cannot commit {}", file.display()))?;
    }
    Ok(format!("{} seed files", files.len()))
}

fn sql_files(context: &Context<'_>) -> anyhow::Result<Vec<PathBuf>> {
    let folder = &context.folder;
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths =
        paths.filter(|path| path.as_ref().map_or(true, |path| path.extension().is_some_and(|e| e == "sql")));
    Ok(paths.collect::<Result<_, _>>()?)
}
