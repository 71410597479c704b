//! What tests and benchmark run on: their own Postgres, Redis and settings, which end with the command.

use std::path::Path;

use anyhow::Context as _;

use crate::{
    cargo::Profile,
    checkout::Checkout,
    database,
    dev_env::DevEnv,
    process::Run,
    services::{Durability, Given, Home, Needs, Scratch, Services, postgres_bin_dir, redis_server_program},
};

/// The empty database.
const BARE: &str = "fundrail_bare";

/// Running services, and what programs using them are told.
pub(crate) struct Stage {
    environment: Vec<(&'static str, String)>,
    settings: DevEnv,
    /// Ended before the folder that they write to is removed.
    services: Services,
    _scratch: Scratch,
}

impl Stage {
    /// Private services with a prepared database.
    pub(crate) async fn set(checkout: &Checkout) -> anyhow::Result<Self> {
        let mut stage = Self::open(checkout, Needs::Both).await?;
        stage.fill(checkout).await?;
        Ok(stage)
    }

    /// Starts private services, whatever `DATABASE_URL` says: tests kill them, and drop databases.
    pub(crate) async fn open(checkout: &Checkout, needs: Needs) -> anyhow::Result<Self> {
        let scratch = Scratch::create()?;
        let home = Home::below(scratch.path())?;
        let services = Services::start(Given::nothing(), needs, &home, Durability::Scratch).await?;
        let env_file = scratch.path().join("test.env");
        let settings = DevEnv::open_at(checkout, &env_file)?;
        let environment = environment(checkout, &services, &env_file)?;
        Ok(Self { environment, settings, services, _scratch: scratch })
    }

    /// Creates a migrated, empty database: for the tests of the statements.
    pub(crate) async fn migrate(&mut self, checkout: &Checkout) -> anyhow::Result<()> {
        let admin = &self.services.database_url;
        let bare = database::create_from_template(checkout, admin, &self.settings, BARE, false).await?;
        self.environment.push(("FUNDRAIL_BARE_DATABASE_URL", bare.admin_url));
        Ok(())
    }

    /// Creates a database that is ready to serve; its template makes the others quick.
    pub(crate) async fn fill(&mut self, checkout: &Checkout) -> anyhow::Result<()> {
        let redis = self.services.redis_url.as_deref().context("there is no Redis")?;
        self.settings.check(checkout)?;
        let admin = &self.services.database_url;
        let name = database::database_name()?;
        let created = database::create_from_template(checkout, admin, &self.settings, &name, true).await?;
        self.settings.point_at(&database::DatabaseUrl::parse(&created.admin_url)?, Some(redis))
    }

    /// Tells a program where everything is.
    pub(crate) fn dress(&self, run: Run) -> Run {
        self.environment.iter().fold(run, |run, (name, value)| run.env(name, value))
    }
}

fn environment(
    checkout: &Checkout,
    services: &Services,
    env_file: &Path,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let program = |name| text(&Profile::Native.program(checkout, name));
    let postgres_bin = postgres_bin_dir(None).context("Postgres is gone")?;
    let mut environment = vec![
        ("DATABASE_URL", services.database_url.as_str().to_owned()),
        ("FUNDRAIL_ENV_FILE", text(env_file)?),
        ("FUNDRAIL_ROOT", text(&checkout.root)?),
        ("FUNDRAIL_COMPONENTS", text(&checkout.components())?),
        ("FUNDRAIL_HOST_BIN", program("fundrail-host")?),
        ("FUNDRAIL_TICKER_BIN", program("fundrail-ticker")?),
        ("FUNDRAIL_XTASK_BIN", program("xtask")?),
        ("PG_BIN", text(&postgres_bin)?),
    ];
    if let Some(redis) = &services.redis_url {
        environment.push(("REDIS_URL", redis.clone()));
        let redis_server = redis_server_program().context("redis-server is gone")?;
        environment.push(("REDIS_SERVER_BIN", text(&redis_server)?));
    }
    Ok(environment)
}

/// A path as the value of a variable.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.to_owned())
}
