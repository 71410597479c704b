//! What the tests of the statements share: the database that `cargo xtask test` has made for them, and how Postgres is quoted.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "each program uses a part; a test that cannot be set up has failed"
)]

pub(crate) mod functions;
pub(crate) mod rows;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use fundrail_store::Statement;
use postgres::{
    Client, Config, NoTls,
    error::{DbError, ErrorPosition},
};

/// The folder of the statements.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sql")
}

/// How the file of a statement is called, from the root of the checkout.
pub(crate) fn file(name: &str) -> String {
    format!("shared/store/sql/{name}.sql")
}

/// Whether a statement calls a procedure, which has no plan.
pub(crate) fn is_call(sql: &str) -> bool {
    sql.split_whitespace().next() == Some("call")
}

/// The migrated database without any rows, as its administrator.
pub(crate) fn bare() -> Config {
    url("FUNDRAIL_BARE_DATABASE_URL")
}

/// The server that it is on, as its administrator.
pub(crate) fn admin() -> Config {
    url("DATABASE_URL")
}

fn url(variable: &str) -> Config {
    let url = env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: `cargo xtask test --program statements` makes the database, and says where it is")
    });
    url.parse().unwrap_or_else(|error| panic!("{variable}: {error}"))
}

/// Connects.
pub(crate) fn connect(config: &Config) -> Client {
    config.connect(NoTls).expect("a connection to Postgres")
}

/// The roles that components connect as.
pub(crate) fn component_roles(client: &mut Client) -> Vec<String> {
    let members = "select member::regrole::text from pg_auth_members where roleid = 'fundrail_app'::regrole
        and (select rolcanlogin and not rolsuper and not rolcreaterole from pg_roles where oid = member) order by 1";
    let rows = client.query(members, &[]).expect("the roles of components");
    assert!(!rows.is_empty(), "fundrail_app has no members");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The texts of a statement, and whether each is that of the other order.
pub(crate) fn texts(statement: &Statement) -> impl Iterator<Item = &'static str> {
    [Some(statement.sql), statement.descending].into_iter().flatten()
}

/// What Postgres says of a statement, with the place in its file.
pub(crate) fn explain(statement: &Statement, error: &postgres::Error) -> String {
    let Some(error) = error.as_db_error() else { return format!("{}: {error}", file(statement.name)) };
    let text = fs::read_to_string(folder().join(statement.name).with_extension("sql")).unwrap_or_default();
    let mut said = format!("{} ({})", error.message(), error.code().code());
    for more in [error.detail(), error.hint()].into_iter().flatten() {
        said = format!("{said}; {more}");
    }
    match position(error).map(|position| place(&text, position)) {
        None => format!("{}: {said}", file(statement.name)),
        Some(Place::Behind) => {
            format!("{}: in the order and limit that are put behind it: {said}", file(statement.name))
        }
        Some(Place::Within { line, column, quoted }) => {
            let marked = format!("{quoted}\n    {}^", " ".repeat(column - 1));
            format!("{}:{line}:{column}: {said}\n    {marked}", file(statement.name))
        }
    }
}

fn position(error: &DbError) -> Option<usize> {
    match error.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok(),
        ErrorPosition::Internal { .. } => None,
    }
}

/// Where Postgres has found something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In the file.
    Within { line: usize, column: usize, quoted: &'a str },
    /// In what the macro puts behind the text of the file.
    Behind,
}

/// Which line and column the character of this number is in, counted from 1 as Postgres does.
pub(crate) fn place(text: &str, position: usize) -> Place<'_> {
    let mut left = position.saturating_sub(1);
    for (index, line) in text.lines().enumerate() {
        let length = line.chars().count();
        if left <= length && (left < length || index + 1 < text.lines().count()) {
            return Place::Within { line: index + 1, column: left + 1, quoted: line };
        }
        left = left.saturating_sub(length + 1);
    }
    Place::Behind
}
