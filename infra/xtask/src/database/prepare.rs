//! From an empty server to a database that is ready to serve.

use crate::{
    checkout::Checkout,
    database::{DatabaseUrl, connect, migrations, roles},
    dev_env::RolePasswords,
    progress::say,
};

/// Creates roles, database and schema. `admin` names any database on the server; returns the administrator's URL of the prepared
/// one.
pub(crate) async fn prepare(
    checkout: &Checkout,
    admin: &DatabaseUrl,
    database: &str,
    passwords: &RolePasswords,
) -> anyhow::Result<DatabaseUrl> {
    let server = connect(admin).await?;
    if roles::ensure(&server, database, passwords).await? {
        say(&format!("    created the database {database}"));
    }
    let url = admin.with_database(database);
    let mut client = connect(&url).await?;
    roles::grant(&client, database).await?;
    for line in migrations::run(&mut client, &checkout.migrations()).await? {
        say(&format!("    {line}"));
    }
    Ok(url)
}
