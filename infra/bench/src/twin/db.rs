//! Postgres, as `fundrail_platform::db` uses it: tenant and user by `app_checkout`, then the statements.

use anyhow::Context as _;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use fundrail_domain::{
    Error,
    ids::{TenantId, UserId},
};
use fundrail_store::{Connection, Value, connection::check_out, native};
use tokio_postgres::{NoTls, Statement};

/// As many connections as Spin keeps to an address.
const CONNECTIONS: usize = 64;

/// A pool to this address.
pub(crate) fn pool(url: &str) -> anyhow::Result<Pool> {
    let config = url.parse::<tokio_postgres::Config>().context("the address of the database is not a URL")?;
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Ok(Pool::builder(manager).max_size(CONNECTIONS).build()?)
}

/// A connection that acts for a tenant and a user.
pub(crate) struct Db(Object);

impl Db {
    /// Takes a connection and binds it; `None` sees no tenant-owned row.
    pub(crate) async fn open(
        pool: &Pool,
        tenant: Option<TenantId>,
        user: Option<UserId>,
    ) -> anyhow::Result<Self> {
        let db = Self(pool.get().await?);
        check_out(&db, tenant, user).await?;
        Ok(db)
    }

    /// Prepared once for each connection.
    async fn prepared(&self, sql: &'static str) -> fundrail_domain::Result<Statement> {
        let prepared = self.0.prepare_cached(sql).await;
        prepared.map_err(|error| Error::unavailable("database", error.to_string()))
    }
}

impl Connection for Db {
    async fn query(
        &self,
        sql: &'static str,
        parameters: Vec<Value>,
    ) -> fundrail_domain::Result<Vec<Vec<Value>>> {
        native::query(&self.0, &self.prepared(sql).await?, &parameters).await
    }

    async fn execute(&self, sql: &'static str, parameters: Vec<Value>) -> fundrail_domain::Result<u64> {
        native::execute(&self.0, &self.prepared(sql).await?, &parameters).await
    }
}
