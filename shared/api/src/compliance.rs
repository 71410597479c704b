//! Compliance checks: `/v1/compliance/…`.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    compliance::{Outcome, Quantity, RuleResult, Side, facts::units_above_zero},
    ids::{DecisionId, InvestorId, ShareClassId},
    input::Object,
    money::Money,
};
use serde::{Deserialize, Serialize};

use crate::{
    common::{Amount, Page},
    endpoint::{Body, endpoints},
};

/// An order to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCheck {
    /// The investor, who must belong to the caller's tenant.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// The share class.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Side of the order, from the investor's point of view.
    pub side: Side,
    /// Amount in the currency of the share class, greater than zero. Give either this or `units`.
    #[serde(default)]
    pub amount: Option<Amount>,
    /// Number of shares, greater than zero. Give either this or `amount`.
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
    /// The investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// The share class.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Side of the order, from the investor's point of view.
    pub side: Side,
    /// Amount; null if the order is in shares.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub amount: Option<Amount>,
    /// Number of shares; null if the order is for an amount.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub units: Option<String>,
    /// The worst of the results.
    pub outcome: Outcome,
    /// Result of each rule.
    pub results: Vec<RuleResult>,
    /// When it was made: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub decided_at: DateTime<Utc>,
    /// When it expires, unless something that it is based on changes earlier: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub valid_until: DateTime<Utc>,
    /// SHA-256 of the rules and facts that it is based on, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub basis_sha256: String,
    /// Whether it was no longer in force when this response was made: it has expired, or something that it is based on has
    /// changed. Request a new decision in that case.
    #[serde(default)]
    pub superseded: bool,
    /// Since when it has no longer been in force, as far as known: the earliest recorded change, its expiry, or the time of this
    /// response; null while in force. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// A decision, as shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckSummary {
    /// Id of the decision.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: DecisionId,
    /// The investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// The share class.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Side of the order, from the investor's point of view.
    pub side: Side,
    /// Amount; null if the order is in shares.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub amount: Option<Amount>,
    /// Number of shares; null if the order is for an amount.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub units: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// When it was made: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub decided_at: DateTime<Utc>,
    /// When it expires, unless something that it is based on changes earlier: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub valid_until: DateTime<Utc>,
    /// Whether it was no longer in force when this response was made.
    #[serde(default)]
    pub superseded: bool,
    /// Since when it has no longer been in force, as far as known; null while in force. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// A decision repeated from its stored rules and facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    /// Id of the decision.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: DecisionId,
    /// Whether the result is the one stored.
    pub verdict: ReplayVerdict,
    /// The stored outcome.
    pub stored_outcome: Outcome,
    /// The outcome of the replay; null if the stored data cannot be read or trusted.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub replayed_outcome: Option<Outcome>,
    /// Names of the rules whose result differs from the stored one.
    pub differing_rules: Vec<String>,
    /// Whether the decision was no longer in force when this response was made, whatever the result of the replay.
    #[serde(default)]
    pub superseded: bool,
    /// Since when it has no longer been in force, as far as known; null while in force. RFC 3339, UTC.
    #[serde(default, serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub stale_since: Option<DateTime<Utc>>,
}

/// Result of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReplayVerdict {
    /// Same outcome and same results.
    Same,
    /// Different outcome or results: the stored ones have been changed.
    Different,
    /// The rules and facts do not match their hash, or cannot be read: they have been changed.
    BasisChanged,
    /// The decision was made by another version of the rule engine, which this version cannot replay.
    OtherEngine,
}

/// An order that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Who would hold, or holds, the shares.
    pub investor: InvestorId,
    /// Which shares.
    pub share_class: ShareClassId,
    /// Which way.
    pub side: Side,
    /// How many, or for how much.
    pub quantity: Quantity,
}

impl Body for NewCheck {
    type Read = Question;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Question> {
        let investor = body.required::<InvestorId>("investor_id");
        let share_class = body.required::<ShareClassId>("share_class_id");
        let side = body.required::<Side>("side");
        let amount = body.optional_object("amount", Money::positive);
        let units = body.optional_as("units", units_above_zero);
        match (body.has("amount"), body.has("units")) {
            (false, false) => body.complain("amount", "is required unless the order is in units"),
            (true, true) => body.complain("units", "cannot be given together with an amount"),
            _ => {}
        }
        let quantity = amount.map(Quantity::Amount).or(units.map(Quantity::Units));
        body.finish(|| {
            Some(Question {
                investor: investor?,
                share_class: share_class?,
                side: side?,
                quantity: quantity?,
            })
        })
    }
}

endpoints! {
    "compliance", "Whether an investor may buy or sell a share class, for an amount or a number of shares.";
    schemas(Side, Outcome);

    /// Check an order
    ///
    /// Repeating the request while nothing that the decision is based on has changed returns the same decision. Holdings are
    /// valued at the current net asset value; if there is none, or it is stale, the order needs manual review. The same
    /// `Idempotency-Key` returns the first decision and whether it is still in force. The legal rules are a foundation to build
    /// on; the judgement of counsel prevails. Requires the permission `compliance:check`.
    post "/v1/compliance/checks" create_check CreateCheck(NewCheck) -> Check,
    [permission("compliance:check"), idempotent()],
    example(json!({
            "investor_id": "0198c004-0000-7000-8000-000000000001",
            "share_class_id": "0198c003-0000-7000-8000-000000000001",
            "side": "subscribe",
            "amount": { "value": "250000", "currency": "USD" }
        })),
    responses(
        (status = 200, description = "Already decided, and still in force.", body = Check),
        (status = 201, description = "Decided.", body = Check, headers( ("location" = String, description = "The decision."))),
        (status = 404, description = "No such investor or share class, or the investor belongs to another tenant."),
        (status = 409, description = "The first request with this key is still in progress."),
    );

    /// List decisions
    ///
    /// Newest first, as they were made, each with whether it is still in force. Requires the permission `compliance:read`.
    get "/v1/compliance/checks" list_checks ListChecks -> Page<CheckSummary>,
    [permission("compliance:read")],
    params(
        ("investor_id" = Option<uuid::Uuid>, Query, description = "Only decisions on this investor."),
        ("share_class_id" = Option<uuid::Uuid>, Query, description = "Only decisions on this share class."),
        ("outcome" = inline(Option<Outcome>), Query, description = "Only decisions with this outcome."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of decisions.", body = Page<CheckSummary>));

    /// Read a decision
    ///
    /// Includes whether it is still in force. Requires the permission `compliance:read`.
    get "/v1/compliance/checks/{id}" read_check ReadCheck -> Check,
    [permission("compliance:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the decision."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The decision.", body = Check, headers( ("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
    );

    /// Replay a decision
    ///
    /// Makes the decision again, as of its time, from the rules and facts stored with it. Requires the permission
    /// `compliance:read`.
    get "/v1/compliance/checks/{id}/replay" replay_check ReplayCheck -> Replay,
    [permission("compliance:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the decision."),
    ),
    responses((status = 200, description = "Result of the replay.", body = Replay));
}
