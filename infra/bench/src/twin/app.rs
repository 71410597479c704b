//! What the routes share.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::Response,
    routing::{get, post},
};
use deadpool_postgres::Pool;
use fundrail_domain::ids::SessionId;

use crate::{
    cache::Cache,
    config::variable,
    db::{self, Db},
    funds,
    guard::{Guard, Record},
    me, prices, redis as store, webhook,
};

/// Everything, shared by all requests.
pub(crate) type App = Arc<Shared>;

/// Who has been let in: what the session's record says.
pub(crate) struct Principal {
    /// The sign-in.
    pub session: SessionId,
    /// Who, in which tenant, with which rights.
    pub record: Record,
}

/// What lives as long as the process.
pub(crate) struct Shared {
    /// Lets requests in.
    pub guard: Guard,
    /// The platform's cache.
    pub cache: Cache,
    /// Signed webhooks.
    pub webhook: webhook::Intake,
    pools: Pools,
}

/// A pool for each role that the measured components connect as.
struct Pools {
    catalogue: Pool,
    chain: Pool,
    prices: Pool,
}

/// Which role a route connects as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Domain {
    Catalogue,
    Chain,
    Prices,
}

impl Shared {
    /// Connects to both.
    pub(crate) async fn new() -> anyhow::Result<App> {
        let redis = store::connect(&variable("redis_url")?).await?;
        Ok(Arc::new(Self {
            guard: Guard::new(redis.clone())?,
            webhook: webhook::Intake::new(redis.clone())?,
            cache: Cache::new(redis),
            pools: Pools {
                catalogue: db::pool(&variable("catalogue_database_url")?)?,
                chain: db::pool(&variable("chain_database_url")?)?,
                prices: db::pool(&variable("prices_database_url")?)?,
            },
        }))
    }

    /// A connection that acts for who has been let in.
    pub(crate) async fn db(&self, domain: Domain, principal: &Principal) -> anyhow::Result<Db> {
        let tenant = principal.record.tenant.id;
        let user = principal.record.user.as_ref().map(|user| user.id);
        Db::open(self.pool(domain), Some(tenant), user).await
    }

    /// A connection that acts for nobody.
    pub(crate) async fn anonymous_db(&self, domain: Domain) -> anyhow::Result<Db> {
        Db::open(self.pool(domain), None, None).await
    }

    fn pool(&self, domain: Domain) -> &Pool {
        match domain {
            Domain::Catalogue => &self.pools.catalogue,
            Domain::Chain => &self.pools.chain,
            Domain::Prices => &self.pools.prices,
        }
    }
}

/// The measured routes.
pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/empty", get(empty))
        .route("/v1/auth/me", get(me::read))
        .route("/v1/prices/{asset}", get(prices::read))
        .route("/v1/funds", get(funds::list))
        .route("/v1/webhooks/chain/standard", post(webhook::take))
        .with_state(app)
}

/// What the empty component does.
async fn empty() -> Response<Body> {
    Response::new(Body::from("ok"))
}
