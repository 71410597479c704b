//! Health and documentation: `/health`, `/docs`, `/v1/openapi.json`, `/v1/ops/…`.

use crate::{common::Page, endpoint::endpoints};
use fundrail_domain::ids::NotificationId;
use serde::{Deserialize, Serialize};

/// Health of the service and of what it depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok` when every dependency responds.
    pub status: ServiceStatus,
    /// The database. Without it nothing can be read or written.
    pub postgres: ServiceHealth,
    /// The cache. Without it requests are slower.
    pub redis: ServiceHealth,
}

/// Health and latency of one dependency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceHealth {
    /// Whether it responds.
    pub status: ServiceStatus,
    /// How long it took to respond, or how long we waited for it, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0.412))]
    pub latency_ms: f64,
}

/// Whether a dependency is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ServiceStatus {
    /// It responds.
    Ok,
    /// It does not respond.
    Unavailable,
}

/// An e-mail that would have been sent. Available in development only.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// Unique identifier.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: NotificationId,
    /// Template of the e-mail, e.g. `password_reset`.
    #[cfg_attr(feature = "openapi", schema(example = "password_reset"))]
    pub kind: String,
    /// E-mail address of the recipient.
    pub recipient: String,
    /// Values for the template: an object whose fields depend on the kind.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub payload: serde_json::Value,
    /// Token of the link in the e-mail.
    pub token: Option<String>,
    /// When it was written.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it was delivered; `null` if it has not been yet. In development, being listed here is all there is to it.
    pub sent_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// When the lists that rules contain were compared with those that decide about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListReviews {
    /// The latest review of each, what is due first coming first.
    pub lists: Vec<ListReview>,
    /// Number of lists whose review is overdue: what their rules would allow needs manual review.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub overdue: usize,
}

/// The latest review of a list in a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListReview {
    /// The rule.
    #[cfg_attr(feature = "openapi", schema(example = "jurisdiction.blocked"))]
    pub rule_id: String,
    /// Its version.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub rule_version: i32,
    /// Where the rule comes from.
    pub rule_source: String,
    /// What the list was compared with, as of when.
    pub source: String,
    /// Date of the review.
    pub reviewed_on: chrono::NaiveDate,
    /// Last day before the next review is due.
    pub next_review_on: chrono::NaiveDate,
    /// Whether that day is past.
    pub overdue: bool,
}

/// Statistics on background work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statistics {
    /// Number of jobs by kind and state.
    pub jobs: Vec<JobCount>,
}

/// Number of jobs of one kind in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobCount {
    /// Kind of job.
    #[cfg_attr(feature = "openapi", schema(example = "chain.apply"))]
    pub kind: String,
    /// `queued`, `leased` (in progress), `done` (kept for a day) or `dead` (given up; needs attention).
    #[cfg_attr(feature = "openapi", schema(pattern = "^(queued|leased|done|dead)$"))]
    pub state: String,
    /// Number of jobs.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub jobs: i64,
    /// Seconds for which the oldest of them has been due; 0 for finished jobs, negative when none is due yet.
    pub oldest_seconds: i64,
}

endpoints! {
    "ops", "Health, documentation and statistics of the installation.";
    schemas();

    /// Check the health of the service
    ///
    /// Queries Postgres and Redis and reports how long each took to respond. Intended for load balancers; no authentication
    /// required.
    get "/health" read_health ReadHealth -> Health,
    [public()],
    responses(
        (status = 200, description = "Every dependency responds.", body = Health),
        (status = 503, description = "A dependency does not respond.", body = Health, headers(("Retry-After" = u32, description = "Seconds to wait before asking again."))),
    );

    /// Read this documentation as a web page
    ///
    /// Self-contained: no scripts, no fonts, no external addresses. No authentication required.
    get "/docs" read_docs ReadDocs -> Document,
    [public()],
    responses(
        (status = 200, description = "An HTML page.", body = String, content_type = "text/html"),
        (status = 304, description = "The page named by `If-None-Match` is current."),
    );

    /// Download this documentation as an OpenAPI document
    ///
    /// An OpenAPI 3.1 document, e.g. for generating clients. No authentication required.
    get "/v1/openapi.json" read_openapi ReadOpenapi -> Document,
    [public()],
    responses(
        (status = 200, description = "An OpenAPI 3.1 document.", body = Object),
        (status = 304, description = "The document named by `If-None-Match` is current."),
    );

    /// List the e-mails that would have been sent
    ///
    /// Newest first. Available in development only; elsewhere this route does not exist. Requires the permission `ops:read`.
    get "/v1/ops/notifications" list_notifications ListNotifications -> Page<Notification>,
    [permission("ops:read")],
    params(
        ("recipient" = Option<String>, Query, description = "Only e-mails to this address.", example = "ada@example.com"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses(
        (status = 200, description = "A page of e-mails.", body = Page<Notification>),
        (status = 404, description = "Not a development environment."),
    );

    /// Read when lists in rules were reviewed
    ///
    /// Some rules contain lists that others decide about, such as embargoed countries. Says when each was last compared with its
    /// source, and when that is due again. Requires the permission `ops:read`.
    get "/v1/ops/list-reviews" read_list_reviews ReadListReviews -> ListReviews,
    [permission("ops:read")],
    responses((status = 200, description = "The latest review of each list.", body = ListReviews));

    /// Read statistics on background work
    ///
    /// Counts jobs across all tenants, without revealing whose they are. Requires the permission `installation:read`, which only
    /// operators have.
    get "/v1/ops/statistics" read_statistics ReadStatistics -> Statistics,
    [permission("installation:read")],
    responses((status = 200, description = "Number of jobs by kind and state.", body = Statistics));
}

/// A document that is answered as it is, byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Document;
