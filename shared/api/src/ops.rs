//! Health and documents: `/health`, `/docs`, `/v1/openapi.json`, `/v1/ops/…`.

use serde::{Deserialize, Serialize};

/// Whether all that a request needs is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok` when every service answers.
    pub status: ServiceStatus,
    /// The database: without it nothing can be read or written.
    pub postgres: ServiceHealth,
    /// The cache: without it requests are slower.
    pub redis: ServiceHealth,
}

/// Whether a service answers, and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceHealth {
    /// Whether it answers.
    pub status: ServiceStatus,
    /// How long its answer took, or how long it was waited for, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0.412))]
    pub latency_ms: f64,
}

/// Whether something works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ServiceStatus {
    /// It answers.
    Ok,
    /// It does not.
    Unavailable,
}

/// A mail that would be sent. Shown in development alone.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// The id.
    pub id: uuid::Uuid,
    /// Which text it has, e.g. `password_reset`.
    #[cfg_attr(feature = "openapi", schema(example = "password_reset"))]
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// What the text needs to know: an object whose fields depend on the kind.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: serde_json::Value,
    /// The token of its link.
    pub token: Option<String>,
    /// When it was written.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

/// What background work there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statistics {
    /// Jobs by kind and state.
    pub jobs: Vec<JobCount>,
}

/// How many jobs of a kind are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobCount {
    /// What they do.
    #[cfg_attr(feature = "openapi", schema(example = "chain.apply"))]
    pub kind: String,
    /// `queued`, `leased` (being worked on), `done` (kept for a day), or `dead` (given up: somebody has to look).
    #[cfg_attr(feature = "openapi", schema(pattern = "^(queued|leased|done|dead)$"))]
    pub state: String,
    /// How many there are.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub jobs: i64,
    /// For how many seconds the oldest of them has been due; 0 for those that are over, negative when none is due yet.
    pub oldest_seconds: i64,
}

#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use utoipa::OpenApi;

    use super::{Health, Notification, Statistics};
    use crate::common::{Page, Problem};

    #[derive(OpenApi)]
    #[openapi(paths(health, docs, document, statistics, notifications))]
    pub(super) struct Ops;

    /// Whether everything works
    ///
    /// Asks Postgres and Redis and says how long each took. Made for load balancers: anybody may call it.
    #[utoipa::path(get, path = "/health", tag = "ops", operation_id = "read_health", responses(
        (status = 200, description = "Every service answers.", body = Health),
        (status = 503, description = "A service does not answer.", body = Health,
            headers(("Retry-After" = u32, description = "Seconds after which asking again makes sense."))),
    ))]
    const fn health() {}

    /// This documentation as a page
    #[utoipa::path(get, path = "/docs", tag = "ops", operation_id = "read_docs", responses(
        (status = 200, description = "A page of HTML.", body = String, content_type = "text/html"),
        (status = 304, description = "The page that `If-None-Match` names is the present one."),
    ))]
    const fn docs() {}

    /// This documentation for machines
    #[utoipa::path(get, path = "/v1/openapi.json", tag = "ops", operation_id = "read_openapi", responses(
        (status = 200, description = "An OpenAPI 3.1 document.", body = Object),
        (status = 304, description = "The document that `If-None-Match` names is the present one."),
    ))]
    const fn document() {}

    /// Shows the mail that would be sent, newest first
    ///
    /// In development alone; anywhere else there is no such route. Needs the permission `ops:read`.
    #[utoipa::path(get, path = "/v1/ops/notifications", tag = "ops", operation_id = "list_notifications",
        security(("bearer" = [])),
        params(
            ("recipient" = Option<String>, Query, description = "To whom.", example = "ada@example.com"),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc",
                description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of mail.", body = Page<Notification>),
            (status = 404, description = "This is no development machine.", body = Problem,
                content_type = "application/problem+json"),
        ))]
    const fn notifications() {}

    /// What background work there is
    ///
    /// Needs the permission `installation:read`, which operators alone have: it counts over all tenants, without saying whose
    /// work it is.
    #[utoipa::path(get, path = "/v1/ops/statistics", tag = "ops", operation_id = "read_statistics",
        security(("bearer" = [])),
        responses((status = 200, description = "Jobs by kind and state.", body = Statistics)))]
    const fn statistics() {}
}

/// The documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    <documentation::Ops as utoipa::OpenApi>::openapi()
}
