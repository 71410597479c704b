//! Postgres as seen by an administrator: roles, databases, migrations, functions, templates.

mod functions;
mod grants;
mod migrations;
mod prepare;
mod roles;
mod template;
mod url;

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio_postgres::{Client, NoTls};

pub(crate) use grants::{domains, role_of, variable_of};
pub(crate) use migrations::describe;
pub(crate) use prepare::prepare;
pub(crate) use template::{component_url, create_from_template, drop_database};
pub(crate) use url::DatabaseUrl;

/// Name of the database unless `FUNDRAIL_DATABASE` says otherwise.
const DEFAULT_DATABASE: &str = "fundrail";

/// Connects; the connection ends when the client is dropped.
pub(crate) async fn connect(url: &DatabaseUrl) -> anyhow::Result<Client> {
    let connecting = tokio_postgres::connect(url.as_str(), NoTls);
    let connected = tokio::time::timeout(Duration::from_secs(10), connecting)
        .await
        .with_context(|| format!("{} does not answer", url.redacted()))?;
    let (client, connection) = connected.with_context(|| format!("cannot connect to {}", url.redacted()))?;
    tokio::spawn(connection);
    Ok(client)
}

/// The name of the database to work on: `FUNDRAIL_DATABASE`, or else `fundrail`.
pub(crate) fn database_name() -> anyhow::Result<String> {
    let name = std::env::var("FUNDRAIL_DATABASE").unwrap_or_else(|_| DEFAULT_DATABASE.to_owned());
    check_name(&name)?;
    Ok(name)
}

/// Rejects what would need quoting as an identifier, since it is used in statements that take no parameters.
pub(crate) fn check_name(name: &str) -> anyhow::Result<()> {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !(first && rest && name.len() <= 63) {
        bail!(
            "`{name}` is no name for a database here: a lower-case letter, then letters, digits and _, 63 at most"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_needs_no_quoting() {
        assert!(check_name("fundrail_test_7").is_ok());
        for bad in ["", "7up", "Fund", "a-b", "a b", "a;drop", &"a".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
