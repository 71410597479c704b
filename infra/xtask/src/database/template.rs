//! Fresh databases for tests: one is migrated and seeded once, the others are copied from it in a tenth of a second.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, bail};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Client;

use crate::{
    checkout::Checkout,
    database::{DatabaseUrl, check_name, connect, migrations, role_of, roles, variable_of},
    dev_env::DevEnv,
    random::hex,
    seed,
};

/// What `xtask database --create` prints.
#[derive(Debug, Serialize)]
pub(crate) struct CreatedDatabase {
    /// Its name.
    pub database: String,
    /// As the administrator.
    pub admin_url: String,
    /// As `fundrail_owner`.
    pub owner_url: String,
    /// As the role of each domain, by the variable of `spin.toml` that it is the value of.
    pub component_urls: BTreeMap<String, String>,
    /// `postgres://host:port`.
    pub postgres_address: String,
    /// Redis' URL, if one is known to be running: the same for all databases.
    pub redis_url: Option<String>,
}

/// Creates `name` as a copy of the template, which is created first if migrations or seed have changed since it was.
pub(crate) async fn create_from_template(
    checkout: &Checkout,
    admin: &DatabaseUrl,
    env: &DevEnv,
    name: &str,
    seeded: bool,
) -> anyhow::Result<CreatedDatabase> {
    check_name(name)?;
    let passwords = env.role_passwords()?;
    let server = connect(admin).await?;
    let template = template_name(checkout, env, seeded)?;
    roles::lock(&server).await?;
    let copied = copy_template(checkout, &server, admin, env, &template, name).await;
    roles::unlock(&server).await?;
    copied?;
    let url = admin.with_database(name);
    // A copy does not inherit the right to connect.
    roles::grant(&connect(&url).await?, name).await?;
    Ok(CreatedDatabase {
        database: name.to_owned(),
        admin_url: url.as_str().to_owned(),
        owner_url: url.with_role("fundrail_owner", &passwords.owner).as_str().to_owned(),
        component_urls: passwords
            .components
            .iter()
            .map(|(domain, password)| {
                (variable_of(domain), component_url(&url, domain, password).as_str().to_owned())
            })
            .collect(),
        postgres_address: url.address(),
        redis_url: None,
    })
}

/// What the components of a domain are given as `database_url`.
pub(crate) fn component_url(database: &DatabaseUrl, domain: &str, password: &str) -> DatabaseUrl {
    database.with_role(&role_of(domain), password).with_parameter("application_name", "fundrail")
}

/// Drops a database that `create_from_template` created, with all of its connections.
pub(crate) async fn drop_database(admin: &DatabaseUrl, name: &str) -> anyhow::Result<()> {
    check_name(name)?;
    if matches!(name, "postgres" | "template0" | "template1" | "fundrail") {
        bail!("`{name}` is not a database of a test");
    }
    let drop = format!("drop database if exists {name} with (force)");
    connect(admin).await?.batch_execute(&drop).await.with_context(|| format!("cannot drop {name}"))
}

/// Under the lock throughout, so that nobody drops the template while it is being copied.
async fn copy_template(
    checkout: &Checkout,
    server: &Client,
    admin: &DatabaseUrl,
    env: &DevEnv,
    template: &Template,
    name: &str,
) -> anyhow::Result<()> {
    ensure_template(checkout, server, admin, env, template)
        .await
        .context("cannot make the template database")?;
    let create = format!("create database {name} template {} owner fundrail_owner", template.name);
    server.batch_execute(&create).await.with_context(|| format!("cannot create the database {name}"))
}

/// Created under another name and renamed when complete, so that an existing template is always complete.
async fn ensure_template(
    checkout: &Checkout,
    server: &Client,
    admin: &DatabaseUrl,
    env: &DevEnv,
    template: &Template,
) -> anyhow::Result<()> {
    let name = &template.name;
    let exists = server.query_opt("select from pg_database where datname = $1", &[name]).await?;
    if exists.is_some() {
        return Ok(());
    }
    drop_outdated(server, template).await?;
    let draft = template.draft();
    // Through `template1`, whose advisory lock nobody holds: the caller holds that of its own database.
    let passwords = env.role_passwords()?;
    roles::ensure(&connect(&admin.with_database("template1")).await?, &draft, &passwords).await?;
    let url = admin.with_database(&draft);
    let mut client = connect(&url).await?;
    roles::grant(&client, &draft).await?;
    migrations::run(&mut client, &checkout.migrations()).await?;
    drop(client);
    if template.seeded {
        seed::run(checkout, &url, env).await?;
    }
    // Postgres itself waits a few seconds for the connection just closed to disappear.
    server.batch_execute(&format!("alter database {draft} rename to {name}")).await?;
    Ok(())
}

/// Templates of earlier migrations and seeds, and unfinished ones left by a killed command.
async fn drop_outdated(server: &Client, template: &Template) -> anyhow::Result<()> {
    let pattern = format!("{}%", template.prefix().replace('_', "\\_"));
    let query = "select datname::text from pg_database where datname like $1";
    for row in server.query(query, &[&pattern]).await? {
        let name: String = row.try_get(0)?;
        check_name(&name)?;
        server.batch_execute(&format!("drop database if exists {name} with (force)")).await?;
    }
    Ok(())
}

/// Which template a database is a copy of.
struct Template {
    name: String,
    seeded: bool,
}

impl Template {
    fn prefix(&self) -> &'static str {
        if self.seeded { "fundrail_template_seeded_" } else { "fundrail_template_bare_" }
    }

    fn draft(&self) -> String {
        format!("{}draft", self.prefix())
    }
}

/// A name that changes with everything that the template is made from: migrations, seed files, seeders, and the secrets among the
/// settings with which the demo accounts sign in.
fn template_name(checkout: &Checkout, env: &DevEnv, seeded: bool) -> anyhow::Result<Template> {
    let mut digest = Sha256::new();
    digest_folder(&mut digest, &checkout.migrations())?;
    if seeded {
        digest_folder(&mut digest, &seed::folder(checkout))?;
        digest_folder(&mut digest, &checkout.root.join("infra/xtask/src/seed"))?;
        digest.update(env.secrets());
    }
    let digits: String = hex(digest.finalize().as_slice()).chars().take(16).collect();
    let mut template = Template { name: String::new(), seeded };
    template.name = format!("{}{digits}", template.prefix());
    Ok(template)
}

fn digest_folder(digest: &mut Sha256, folder: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            digest_folder(digest, &path)?;
        } else {
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            digest.update(path.as_os_str().as_encoded_bytes());
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
    }
    Ok(())
}
