//! Postgres and Redis: those named by `DATABASE_URL` and `REDIS_URL`, or else private ones that end with us.

mod anvil;
pub(crate) mod home;
mod ports;
mod postgres;
mod redis;
mod scratch;
pub(crate) mod shared;

use std::env;

use crate::{database::DatabaseUrl, process::Identity};

pub(crate) use anvil::Anvil;
pub(crate) use home::Home;
pub(crate) use ports::free_port;
pub(crate) use postgres::{Durability, Postgres, bin_dir as postgres_bin_dir};
pub(crate) use redis::{Redis, server_program as redis_server_program};
pub(crate) use scratch::Scratch;
pub(crate) use shared::attach;

/// Services that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Postgres only.
    Postgres,
    /// Postgres and Redis.
    Both,
}

/// Running services. Dropping them stops those that were started here, and waits until they have ended.
pub(crate) struct Services {
    /// The administrator's URL of Postgres.
    pub database_url: DatabaseUrl,
    /// Redis' URL, if it was requested.
    pub redis_url: Option<String>,
    /// Redis is stopped first: nothing is lost with it.
    redis: Option<Redis>,
    postgres: Option<Postgres>,
}

/// Addresses of Postgres and Redis, if the environment gives them.
pub(crate) struct Given {
    /// `DATABASE_URL`.
    pub database_url: Option<DatabaseUrl>,
    /// `REDIS_URL`.
    pub redis_url: Option<String>,
}

impl Given {
    /// Reads the environment; an empty variable counts as none.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let database_url = variable("DATABASE_URL").map(|url| DatabaseUrl::parse(&url)).transpose()?;
        Ok(Self { database_url, redis_url: variable("REDIS_URL") })
    }

    /// None of them.
    pub(crate) fn nothing() -> Self {
        Self { database_url: None, redis_url: None }
    }
}

impl Services {
    /// Starts what is needed and not given, with its data in `home`.
    pub(crate) async fn start(
        given: Given,
        needs: Needs,
        home: &Home,
        durability: Durability,
    ) -> anyhow::Result<Self> {
        let (database_url, postgres) = if let Some(url) = given.database_url {
            (url, None)
        } else {
            let postgres = Postgres::start(home, durability).await?;
            (postgres.admin_url().clone(), Some(postgres))
        };
        let (redis_url, redis) = match (needs, given.redis_url) {
            (Needs::Postgres, _) => (None, None),
            (Needs::Both, Some(url)) => (Some(url), None),
            (Needs::Both, None) => {
                let redis = Redis::start(home).await?;
                (Some(redis.url().to_owned()), Some(redis))
            }
        };
        Ok(Self { database_url, redis_url, redis, postgres })
    }

    /// The processes that were started, with the signals that stop them.
    pub(crate) fn processes(&self) -> Vec<(&'static str, Identity, i32)> {
        let redis = self.redis.as_ref().map(|redis| ("Redis", redis.identity(), 15));
        let postgres = self.postgres.as_ref().map(|postgres| ("Postgres", postgres.identity(), 2));
        redis.into_iter().chain(postgres).collect()
    }

    /// Waits until one of those that were started ends by itself, and reports it.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        let redis = async {
            match &mut self.redis {
                Some(redis) => redis.ended().await,
                None => std::future::pending().await,
            }
        };
        let postgres = async {
            match &mut self.postgres {
                Some(postgres) => postgres.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            error = redis => error,
            error = postgres => error,
        }
    }
}
