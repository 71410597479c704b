//! The audit trail: `/v1/audit`.

use chrono::{DateTime, Utc};
use fundrail_domain::audit::Damage;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that happened in a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// The id.
    pub id: Uuid,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// `user`, `api_key` or `system`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(user|api_key|system)$"))]
    pub actor_kind: String,
    /// Who; null for the system itself.
    pub actor_id: Option<Uuid>,
    /// What.
    #[cfg_attr(feature = "openapi", schema(example = "investor.created"))]
    pub action: String,
    /// To what kind of thing.
    #[cfg_attr(feature = "openapi", schema(example = "investor"))]
    pub subject_kind: String,
    /// To which.
    pub subject_id: String,
    /// What changed: an object whose fields depend on the action. For `investor.updated`, `changes` says of each field `from` what
    /// `to` what, to callers who have `investors:read` as well; it is null when the values are not what the trail has a hash of.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: serde_json::Value,
    /// In which request.
    pub request_id: Option<String>,
    /// From where.
    pub client_address: Option<String>,
    /// Its place in the sealed chain; null for some seconds, until it is sealed.
    pub position: Option<i64>,
}

/// What a verification has found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerification {
    /// Whether nothing was found: all that was verified is as it was sealed, and nothing is missing. Whether an event is beside
    /// the chain is known when its end was reached.
    pub intact: bool,
    /// How many places of the chain were verified.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub verified: i64,
    /// How many events are sealed, by the record of where the chain ends; 0 when that is gone.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub sealed: i64,
    /// How many wait for their seal: for some seconds, or longer while a finding says that the head is missing or tampered with.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub waiting: i64,
    /// What to pass as `from_position` to go on; null when the end was reached.
    pub next_position: Option<i64>,
    /// What does not fit, in the order of the chain, and then what has no position in it; at most 100.
    pub findings: Vec<AuditFinding>,
}

/// A damaged place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditFinding {
    /// What is wrong.
    pub damage: Damage,
    /// Where in the chain; null for an event that is not sealed, and for a head or a registration that is missing.
    pub position: Option<i64>,
    /// Which event: the one that is sealed there; where the seal is gone, the one of which the hashes around prove that it stood
    /// there; null where nothing says which.
    pub event_id: Option<Uuid>,
}

/// The documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;
    documentation::Documentation::openapi()
}

#[cfg(feature = "openapi")]
#[expect(dead_code, reason = "utoipa reads these functions; nobody calls them")]
mod documentation {
    use super::{AuditEvent, AuditVerification};
    use crate::common::Page;

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(list_audit_events, verify_audit_trail),
        tags((name = "audit", description = "What happened in a tenant, and whether the record of it is whole."))
    )]
    pub(super) struct Documentation;

    /// Lists what happened in the tenant.
    ///
    /// Newest first it is for browsing: events of the last seconds are there without a `position`, and one whose writer was slow
    /// may still appear behind others. Who follows the trail asks with `order=asc`: then it has the sealed events alone, in the
    /// order of the chain, and nothing is ever added before what was read. `next`, which is the `position` of the last event
    /// read, goes on from there at any later time, and is null when there is nothing new.
    #[utoipa::path(
        get,
        path = "/v1/audit",
        operation_id = "list_audit_events",
        tag = "audit",
        security(("bearer" = [])),
        params(
            ("action" = Option<String>, Query, pattern = "^[!-~]{1,100}$", example = "session.created", description = "What happened."),
            ("subject_kind" = Option<String>, Query, pattern = "^[!-~]{1,100}$", example = "session",
                description = "To what kind of thing."),
            ("subject_id" = Option<String>, Query, pattern = "^[!-~]{1,100}$", description = "To which."),
            ("actor_id" = Option<uuid::Uuid>, Query, description = "By whom."),
            ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "At or after."),
            ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Before."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc",
                description = "`desc`, newest first, when missing; `asc` follows the sealed chain."),
            ("starting_after" = Option<String>, Query, pattern = r"^(\d{1,12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
                description = "`next` of the page before: with `order=asc` a position, else the id of an event."),
        ),
        responses((status = 200, description = "A page of events.", body = Page<AuditEvent>))
    )]
    const fn list_audit_events() {}

    /// Works out anew every hash of the tenant's chain, and names the places that do not fit: events that were changed or are
    /// gone, seals that are missing or in another order, a chain that was cut off, position by position. At the end of the chain
    /// it names too what has no place in it: events that are not sealed and wait for no seal, events that were gone before they
    /// could be sealed, a missing record of where the chain ends, a trail without its beginning, `tenant.registered`.
    #[utoipa::path(
        get,
        path = "/v1/audit/verify",
        operation_id = "verify_audit_trail",
        tag = "audit",
        security(("bearer" = [])),
        params(
            ("from_position" = Option<i64>, Query, minimum = 1, maximum = 1_000_000_000_000_i64, example = 1,
                description = "Where to begin; the beginning of the chain when missing."),
        ),
        responses((status = 200, description = "What was found.", body = AuditVerification))
    )]
    const fn verify_audit_trail() {}
}
