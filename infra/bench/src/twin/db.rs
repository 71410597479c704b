//! Postgres, as `fundrail_platform::db` uses it: tenant and user by `app_checkout`, then the statements.

use anyhow::Context as _;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use fundrail_domain::Error;
use fundrail_store::{Connection, Value, native};
use tokio_postgres::{NoTls, Row, Statement, types::ToSql};

/// As many connections as Spin keeps to an address.
const CONNECTIONS: usize = 64;

/// Binds a connection to who asks, as the platform does it.
const CHECK_OUT: &str = "call app_checkout($1, $2)";

/// A pool to this address.
pub(crate) fn pool(url: &str) -> anyhow::Result<Pool> {
    let config = url.parse::<tokio_postgres::Config>().context("the variable `database_url` is not a URL")?;
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Ok(Pool::builder(manager).max_size(CONNECTIONS).build()?)
}

/// A connection that acts for a tenant and a user.
pub(crate) struct Db(Object);

impl Db {
    /// Takes a connection and binds it; `None` sees no tenant-owned row.
    pub(crate) async fn open(pool: &Pool, tenant: Option<&str>, user: Option<&str>) -> anyhow::Result<Self> {
        let db = Self(pool.get().await?);
        db.execute(CHECK_OUT, &[&tenant.unwrap_or_default(), &user.unwrap_or_default()]).await?;
        Ok(db)
    }

    /// All rows.
    pub(crate) async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> anyhow::Result<Vec<Row>> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query(&statement, parameters).await?)
    }

    /// Prepared once for each connection.
    async fn prepared(&self, sql: &'static str) -> fundrail_domain::Result<Statement> {
        let prepared = self.0.prepare_cached(sql).await;
        prepared.map_err(|error| Error::unavailable("database", error.to_string()))
    }

    /// How many rows a statement touched.
    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> anyhow::Result<u64> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.execute(&statement, parameters).await?)
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
