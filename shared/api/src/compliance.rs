//! Compliance checks: `/v1/compliance/…`.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    compliance::{Outcome, RuleResult, Side},
    ids::{DecisionId, InvestorId, ShareClassId},
};
use serde::{Deserialize, Serialize};

use crate::common::Amount;

/// An order that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCheck {
    /// Who: an investor of the caller's tenant.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// What.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Which way, seen from the investor.
    pub side: Side,
    /// For how much, above zero and in the currency of the share class. Either this or `units`.
    #[serde(default)]
    pub amount: Option<Amount>,
    /// For how many shares, above zero. Either this or `amount`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,18})?$", example = "100.5"))]
    pub units: Option<String>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Id of the decision.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: DecisionId,
    /// Who.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// What.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Which way, seen from the investor.
    pub side: Side,
    /// For how much; null when the order is in shares.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub amount: Option<Amount>,
    /// For how many shares; null when the order is for an amount.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub units: Option<String>,
    /// The worst of the results.
    pub outcome: Outcome,
    /// What each rule says.
    pub results: Vec<RuleResult>,
    /// When it was decided: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub decided_at: DateTime<Utc>,
    /// Until when it holds, as long as nothing that it rests on changes: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub valid_until: DateTime<Utc>,
    /// SHA-256 over the rules and facts that it rests on, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub basis_sha256: String,
    /// Whether it no longer stands at the moment of this answer: its time is over, or something that it rests on has changed.
    /// Then ask anew.
    #[serde(default)]
    pub superseded: bool,
    /// Since when, as far as is known: the earliest recorded change, or the end of its time, or the moment of this answer;
    /// null while it stands. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// A decision as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckSummary {
    /// Id of the decision.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: DecisionId,
    /// Who.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// What.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Which way, seen from the investor.
    pub side: Side,
    /// For how much; null when the order is in shares.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub amount: Option<Amount>,
    /// For how many shares; null when the order is for an amount.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub units: Option<String>,
    /// What was decided.
    pub outcome: Outcome,
    /// When it was decided: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub decided_at: DateTime<Utc>,
    /// Until when it holds, as long as nothing that it rests on changes: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub valid_until: DateTime<Utc>,
    /// Whether it no longer stands at the moment of this answer.
    #[serde(default)]
    pub superseded: bool,
    /// Since when, as far as is known; null while it stands. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// A decision taken again from what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    /// Id of the decision.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: DecisionId,
    /// Whether it came out as it is stored.
    pub verdict: ReplayVerdict,
    /// The outcome that is stored.
    pub stored_outcome: Outcome,
    /// The outcome of deciding again; null when what is stored cannot be trusted or read.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub replayed_outcome: Option<Outcome>,
    /// Names of the rules that say something else than is stored.
    pub differing_rules: Vec<String>,
    /// Whether it no longer stands at the moment of this answer, whatever came of taking it again as of then.
    #[serde(default)]
    pub superseded: bool,
    /// Since when, as far as is known; null while it stands. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// What came of taking a decision again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReplayVerdict {
    /// The same outcome and the same results.
    Same,
    /// Another outcome or other results: what is stored of them has been changed.
    Different,
    /// Rules and facts do not have their hash, or cannot be read: they have been changed.
    BasisChanged,
    /// Another version of the engine decided, which this one does not stand for.
    OtherEngine,
}

#[cfg(feature = "openapi")]
pub use documentation::openapi;

/// The routes as OpenAPI has them.
#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use fundrail_domain::compliance::{Outcome, Side};

    use super::{Check, CheckSummary, NewCheck, Replay};
    use crate::common::{Page, Problem};

    /// The routes of compliance checks.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        use utoipa::OpenApi as _;
        Routes::openapi()
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(create_check, list_checks, read_check, replay_check),
        components(schemas(Side, Outcome)),
        tags((name = "compliance", description = "May this investor buy this share class for this amount?"))
    )]
    struct Routes;

    /// Decides about an order.
    ///
    /// Asking again while nothing that the decision rests on has changed answers with the same decision. Holdings count at
    /// the net asset value in force: where there is none, or an old one, a person decides. The same `Idempotency-Key`
    /// answers with the first decision and says whether it still stands. What the rules say about law is for building on;
    /// counsel decides.
    #[utoipa::path(
        post,
        path = "/v1/compliance/checks",
        operation_id = "create_check",
        tag = "compliance",
        security(("bearer" = [])),
        params(("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "The same key and body again get the stored answer.")),
        request_body(content = NewCheck, example = json!({
            "investor_id": "0198c004-0000-7000-8000-000000000001",
            "share_class_id": "0198c003-0000-7000-8000-000000000001",
            "side": "subscribe",
            "amount": { "value": "250000", "currency": "USD" }
        })),
        responses(
            (status = 200, description = "It was decided before, and still holds.", body = Check),
            (status = 201, description = "It is decided.", body = Check, headers(
                ("location" = String, description = "The decision."))),
            (status = 404, description = "No such investor or share class, or another tenant's investor.",
                body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn create_check() {}

    /// Lists decisions, the newest first, as they were taken, each with whether it still stands.
    #[utoipa::path(
        get,
        path = "/v1/compliance/checks",
        operation_id = "list_checks",
        tag = "compliance",
        security(("bearer" = [])),
        params(
            ("investor_id" = Option<uuid::Uuid>, Query, description = "Of one investor."),
            ("share_class_id" = Option<uuid::Uuid>, Query, description = "Of one share class."),
            ("outcome" = inline(Option<Outcome>), Query, description = "With one outcome."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses((status = 200, description = "A page of decisions.", body = Page<CheckSummary>))
    )]
    const fn list_checks() {}

    /// Shows a decision, and whether it still stands.
    #[utoipa::path(
        get,
        path = "/v1/compliance/checks/{id}",
        operation_id = "read_check",
        tag = "compliance",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the decision."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The decision.", body = Check, headers(
                ("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn read_check() {}

    /// Takes a decision again, from the rules and facts that are stored with it and as of its time.
    #[utoipa::path(
        get,
        path = "/v1/compliance/checks/{id}/replay",
        operation_id = "replay_check",
        tag = "compliance",
        security(("bearer" = [])),
        params(("id" = uuid::Uuid, Path, description = "Id of the decision.")),
        responses((status = 200, description = "What came of it.", body = Replay))
    )]
    const fn replay_check() {}
}
