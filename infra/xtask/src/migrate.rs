//! `cargo xtask migrate`, `seed`, and the hidden `database`.

use anyhow::Context as _;

use crate::{
    checkout::Checkout,
    database::{self, DatabaseUrl},
    dev_env::DevEnv,
    progress::{say, step},
    seed,
    services::attach,
};

/// The options of `xtask database`.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Action {
    /// Create a database with this name
    #[arg(long, value_name = "NAME")]
    create: Option<String>,
    /// Drop the database with this name, including its connections
    #[arg(long, value_name = "NAME")]
    drop: Option<String>,
}

/// The options of `xtask database`.
#[derive(Debug, clap::Args)]
pub(crate) struct DatabaseOptions {
    #[command(flatten)]
    action: Action,
    /// Leave out the development data
    #[arg(long)]
    unseeded: bool,
}

/// Creates roles and database and migrates.
pub(crate) async fn migrate(checkout: &Checkout) -> anyhow::Result<()> {
    let mut env = DevEnv::open(checkout)?;
    let services = step("Postgres", attach(checkout, "migrate")).await?;
    step("migrations", prepare(checkout, &services.database_url, &mut env)).await?;
    env.say_generated();
    Ok(())
}

/// Migrates, then seeds.
pub(crate) async fn seed(checkout: &Checkout) -> anyhow::Result<()> {
    let mut env = DevEnv::open(checkout)?;
    let services = step("Postgres", attach(checkout, "seed")).await?;
    let url = step("migrations", prepare(checkout, &services.database_url, &mut env)).await?;
    step("seed", fill(checkout, &url, &env)).await?;
    env.say_generated();
    Ok(())
}

/// Creates or drops a test database.
pub(crate) async fn database(checkout: &Checkout, options: DatabaseOptions) -> anyhow::Result<()> {
    let env = DevEnv::open(checkout)?;
    let services = attach(checkout, "database").await?;
    if let Some(name) = options.action.drop {
        return database::drop_database(&services.database_url, &name).await;
    }
    let name = options.action.create.context("a database has a name")?;
    let seeded = !options.unseeded;
    let admin = &services.database_url;
    let mut created = database::create_from_template(checkout, admin, &env, &name, seeded).await?;
    created.redis_url.clone_from(&services.redis_url);
    say(&serde_json::to_string(&created)?);
    Ok(())
}

/// Prepares the database and records its address in the settings.
pub(crate) async fn prepare(
    checkout: &Checkout,
    admin: &DatabaseUrl,
    env: &mut DevEnv,
) -> anyhow::Result<DatabaseUrl> {
    let name = database::database_name()?;
    let url = database::prepare(checkout, admin, &name, &env.role_passwords()?).await?;
    env.point_at(&url, None)?;
    Ok(url)
}

/// Seeds, and says what.
pub(crate) async fn fill(checkout: &Checkout, url: &DatabaseUrl, env: &DevEnv) -> anyhow::Result<()> {
    let summaries = seed::run(checkout, url, env).await?;
    say(&format!("    {}", summaries.join(", ")));
    Ok(())
}
