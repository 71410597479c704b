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
    pool: Pool,
}

impl Shared {
    /// Connects to both.
    pub(crate) async fn new() -> anyhow::Result<App> {
        let redis = store::connect(&variable("redis_url")?).await?;
        Ok(Arc::new(Self {
            guard: Guard::new(redis.clone())?,
            webhook: webhook::Intake::new(redis.clone())?,
            cache: Cache::new(redis),
            pool: db::pool(&variable("database_url")?)?,
        }))
    }

    /// A connection that acts for who has been let in.
    pub(crate) async fn db(&self, principal: &Principal) -> anyhow::Result<Db> {
        let tenant = principal.record.tenant.id;
        let user = principal.record.user.as_ref().map(|user| user.id);
        Db::open(&self.pool, Some(tenant), user).await
    }

    /// A connection that acts for nobody.
    pub(crate) async fn anonymous_db(&self) -> anyhow::Result<Db> {
        Db::open(&self.pool, None, None).await
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
