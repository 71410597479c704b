//! What tests and benchmark run on: Postgres, Redis and settings of their own, gone with the command.

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

/// Running services with a prepared database, and what programs on them are told.
pub(crate) struct Stage {
    environment: Vec<(&'static str, String)>,
    /// Ended before the folder that they write to is removed.
    _services: Services,
    _scratch: Scratch,
}

impl Stage {
    /// Starts private services, whatever `DATABASE_URL` says: tests kill them, and drop databases.
    pub(crate) async fn set(checkout: &Checkout) -> anyhow::Result<Self> {
        let scratch = Scratch::create()?;
        let home = Home::below(scratch.path())?;
        let services = Services::start(Given::nothing(), Needs::Both, &home, Durability::Scratch).await?;
        let env_file = scratch.path().join("test.env");
        let mut env = DevEnv::open_at(checkout, &env_file)?;
        env.check(checkout)?;
        let redis = services.redis_url.as_deref().context("there is no Redis")?;
        // One database that is ready from the start; its template makes the others quick.
        let admin = &services.database_url;
        let name = database::database_name()?;
        let created = database::create_from_template(checkout, admin, &env, &name, true).await?;
        env.point_at(&database::DatabaseUrl::parse(&created.admin_url)?, Some(redis))?;
        let environment = environment(checkout, &services, &env_file, redis)?;
        Ok(Self { environment, _services: services, _scratch: scratch })
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
    redis: &str,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let program = |name| text(&Profile::Native.program(checkout, name));
    let redis_server = redis_server_program().context("redis-server is gone")?;
    let postgres_bin = postgres_bin_dir(None).context("Postgres is gone")?;
    let environment = [
        ("DATABASE_URL", services.database_url.as_str().to_owned()),
        ("REDIS_URL", redis.to_owned()),
        ("FUNDRAIL_ENV_FILE", text(env_file)?),
        ("FUNDRAIL_ROOT", text(&checkout.root)?),
        ("FUNDRAIL_COMPONENTS", text(&checkout.components())?),
        ("FUNDRAIL_HOST_BIN", program("fundrail-host")?),
        ("FUNDRAIL_TICKER_BIN", program("fundrail-ticker")?),
        ("FUNDRAIL_XTASK_BIN", program("xtask")?),
        ("REDIS_SERVER_BIN", text(&redis_server)?),
        ("PG_BIN", text(&postgres_bin)?),
    ];
    Ok(environment.to_vec())
}

/// A path as the value of a variable.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.to_owned())
}
