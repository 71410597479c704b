//! The audit trail: `/v1/audit`.

use crate::{common::Page, endpoint::endpoints};
use chrono::{DateTime, Utc};
use fundrail_domain::audit::Damage;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event in a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// Unique identifier.
    pub id: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Kind of actor: `user`, `api_key` or `system`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(user|api_key|system)$"))]
    pub actor_kind: String,
    /// Who acted; null for the system itself.
    pub actor_id: Option<Uuid>,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(example = "investor.created"))]
    pub action: String,
    /// Kind of object that it happened to.
    #[cfg_attr(feature = "openapi", schema(example = "investor"))]
    pub subject_kind: String,
    /// Id of that object.
    pub subject_id: String,
    /// What changed: an object whose fields depend on the action. For `investor.updated`, `changes` gives the old (`from`) and
    /// new (`to`) value of each field, to callers who also have `investors:read`; it is null if the stored values do not match
    /// the hash in the trail.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: serde_json::Value,
    /// Id of the request.
    pub request_id: Option<String>,
    /// Client address of the request.
    pub client_address: Option<String>,
    /// Position in the sealed chain; null for the few seconds until it is sealed.
    pub position: Option<i64>,
}

/// Result of a verification.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerification {
    /// True if there are no findings: everything verified is as it was sealed, and nothing is missing. Events outside the chain
    /// are only detected once its end has been reached.
    pub intact: bool,
    /// Number of positions verified.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub verified: i64,
    /// Number of sealed events according to the head of the chain; 0 if the head is missing.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub sealed: i64,
    /// Number of events waiting to be sealed: normally for a few seconds, longer while the head is reported as missing or
    /// tampered with.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub waiting: i64,
    /// Pass this as `from_position` to continue; null once the end was reached.
    pub next_position: Option<i64>,
    /// Findings, in the order of the chain, followed by those without a position; at most 100.
    pub findings: Vec<AuditFinding>,
}

/// Something found to be damaged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditFinding {
    /// What is wrong.
    pub damage: Damage,
    /// Position in the chain; null for an unsealed event and for a missing head or registration.
    pub position: Option<i64>,
    /// The event: the one sealed at this position or, where the seal is missing, the one that the neighbouring hashes prove was
    /// there; null if unknown.
    pub event_id: Option<Uuid>,
}

endpoints! {
    "audit", "What happened in a tenant, and proof that the record is complete.";
    schemas();

    /// List the events of the tenant
    ///
    /// Newest first is meant for browsing: events of the last few seconds have no `position` yet, and an event whose writer was
    /// slow may still appear behind others. To follow the trail, use `order=asc`: this returns sealed events only, in the order
    /// of the chain, and nothing is ever inserted before what you have read. `next` is the `position` of the last event on the
    /// page; resume from it at any later time. It is null when there is nothing new. Requires the permission `audit:read`.
    get "/v1/audit" list_audit_events ListAuditEvents -> Page<AuditEvent>,
    [permission("audit:read")],
    params(
        ("action" = Option<String>, Query, pattern = "^[!-~]{1,100}$", example = "session.created", description = "Only events with this action."),
        ("subject_kind" = Option<String>, Query, pattern = "^[!-~]{1,100}$", example = "session", description = "Only events on this kind of object."),
        ("subject_id" = Option<String>, Query, pattern = "^[!-~]{1,100}$", description = "Only events on this object."),
        ("actor_id" = Option<uuid::Uuid>, Query, description = "Only events by this actor."),
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Only events at or after this time."),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "Only events before this time."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default. `asc` follows the sealed chain."),
        ("starting_after" = Option<String>, Query, pattern = r"^(\d{1,12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", description = "`next` of the previous page: a position with `order=asc`, otherwise the id of an event."),
    ),
    responses((status = 200, description = "A page of events.", body = Page<AuditEvent>));

    /// Verify the audit trail
    ///
    /// Recomputes every hash of the tenant's chain and reports each position that does not match: events that were changed or
    /// deleted, seals that are missing or out of order, and a chain that was cut short. On reaching the end of the chain it also
    /// reports what has no place in it: events that are neither sealed nor waiting to be, events deleted before they were sealed,
    /// a missing head, and a trail that does not begin with `tenant.registered`. Requires the permission `audit:read`.
    get "/v1/audit/verify" verify_audit_trail VerifyAuditTrail -> AuditVerification,
    [permission("audit:read")],
    params(
        ("from_position" = Option<i64>, Query, minimum = 1, maximum = 1_000_000_000_000_i64, example = 1, description = "Position to start from; the beginning of the chain by default."),
    ),
    responses((status = 200, description = "The findings.", body = AuditVerification));
}
