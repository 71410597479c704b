//! Services for a short command: those of a running `up`, or else private ones for the duration of the command.

use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Durability, Given, Home, Needs, Services};
use crate::{
    checkout::Checkout,
    database::{DatabaseUrl, connect},
    progress::say,
    run_state::{self, ServiceLock, Started},
};

/// How long to wait for another short command.
const PATIENCE: Duration = Duration::from_mins(2);

/// Postgres, together with what keeps it running.
pub(crate) struct Attached {
    /// The administrator's URL.
    pub database_url: DatabaseUrl,
    /// Redis' URL, if known.
    pub redis_url: Option<String>,
    _services: Option<Services>,
    _lock: Option<ServiceLock>,
}

/// Finds Postgres: `DATABASE_URL`, or else that of a running `up`, or else a private one started here.
pub(crate) async fn attach(checkout: &Checkout, command: &str) -> anyhow::Result<Attached> {
    let given = Given::read()?;
    if let Some(database_url) = given.database_url {
        return Ok(Attached { database_url, redis_url: given.redis_url, _services: None, _lock: None });
    }
    let deadline = Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        if let Some(lock) = ServiceLock::take(checkout, command).await? {
            return start(checkout, lock).await;
        }
        if let Some(attached) = of_running(checkout).await? {
            return Ok(attached);
        }
        if Instant::now() > deadline {
            bail!("another command holds this checkout's services; `cargo xtask down` ends it");
        }
        if !told {
            say("    waiting for another command that holds this checkout's services");
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

async fn start(checkout: &Checkout, mut lock: ServiceLock) -> anyhow::Result<Attached> {
    let home = Home::of(checkout)?;
    let services = Services::start(Given::nothing(), Needs::Postgres, &home, Durability::Kept).await?;
    note_services(&mut lock, &services)?;
    Ok(Attached {
        database_url: services.database_url.clone(),
        redis_url: None,
        _services: Some(services),
        _lock: Some(lock),
    })
}

/// Records what was started, for whoever must stop it if we cannot.
pub(crate) fn note_services(lock: &mut ServiceLock, services: &Services) -> anyhow::Result<()> {
    lock.note(|running| {
        running.database_url = Some(services.database_url.as_str().to_owned());
        running.redis_url.clone_from(&services.redis_url);
        let started = services.processes().into_iter();
        running.processes =
            started.map(|(name, identity, stop)| Started { name: name.to_owned(), identity, stop }).collect();
    })
}

/// Those of an `up`, which outlive us. Those of another short command do not, so we wait for it.
async fn of_running(checkout: &Checkout) -> anyhow::Result<Option<Attached>> {
    let Some(running) = run_state::running(checkout)? else { return Ok(None) };
    let (Some(url), "up") = (running.database_url, running.command.as_str()) else { return Ok(None) };
    let database_url = DatabaseUrl::parse(&url)?;
    connect(&database_url).await?;
    Ok(Some(Attached { database_url, redis_url: running.redis_url, _services: None, _lock: None }))
}
