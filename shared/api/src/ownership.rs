//! Who owns organisations: `/v1/ownership…` and `/v1/investors/{id}/ownership`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{InvestorId, OwnerId},
    input::Object,
    investor::{
        Kind, Screening,
        ownership::{NewParty, NewStake, StakeEnd},
    },
    reference::Country,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    common::Page,
    endpoint::{Body, endpoints},
};

/// An owner who is no investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipParty {
    /// Id of the party.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: OwnerId,
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(example = "Grace Hopper"))]
    pub name: String,
    /// Date of birth of a natural person.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub birth_date: Option<NaiveDate>,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z]{2}$"))]
    pub residence: Option<Country>,
    /// Number of a passport or identity card or in a register.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub identifier: Option<String>,
    /// The latest screening against sanctions lists.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub screening: Option<Screening>,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub recorded_at: DateTime<Utc>,
}

/// A stake that somebody holds, or has held, in an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipStake {
    /// Id of the stake.
    pub id: Uuid,
    /// The owner, if an investor.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub owner_investor_id: Option<InvestorId>,
    /// The owner, if no investor.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub owner_party_id: Option<OwnerId>,
    /// What is owned, if an investor.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub owned_investor_id: Option<InvestorId>,
    /// What is owned, if no investor.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub owned_party_id: Option<OwnerId>,
    /// Share of what is owned, in per cent.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "25.5"))]
    pub percent: Decimal,
    /// First day on which it was held.
    pub since: NaiveDate,
    /// Last day on which it was held; null if it is still held.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub until: Option<NaiveDate>,
    /// Reference to the evidence.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reference: Option<String>,
    /// Whether it counts on the days between `since` and `until`; false if it was recorded by mistake.
    pub valid: bool,
    /// Why it has ended, or does not count.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub end_reason: Option<String>,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub recorded_at: DateTime<Utc>,
}

/// Who owns an organisation, directly and through others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ownership {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// The day.
    pub on: NaiveDate,
    /// The investor and everybody behind it.
    pub nodes: Vec<OwnershipNode>,
    /// The stakes that they hold in each other.
    pub edges: Vec<OwnershipEdge>,
    /// Natural persons who effectively own 25 % or more (31 CFR 1010.230(d)(1)).
    pub beneficial_owners: Vec<Uuid>,
    /// Direct shares that are not recorded, in per cent.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0"))]
    pub unaccounted_percent: Decimal,
    /// Whether sanctioned persons own half of it or more, in aggregate, or it is itself sanctioned (OFAC, guidance of 13 August
    /// 2014).
    pub blocked: bool,
}

/// Somebody who owns, or something that is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipNode {
    /// Id of the investor or party.
    pub id: Uuid,
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    pub name: String,
    /// Country in which they reside or are established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z]{2}$"))]
    pub residence: Option<Country>,
    /// Whether they are an investor; otherwise a party.
    pub is_investor: bool,
    /// What they own of the investor, directly and through others, in per cent, rounded to ten places; null for the investor itself,
    /// and for organisations in a circle that owns itself as a whole.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, example = "33.3333333333"))]
    pub effective_percent: Option<Decimal>,
    /// Whether their latest screening found a match.
    pub sanctioned: bool,
    /// Whether they are sanctioned or count as such, since sanctioned persons own half of them or more.
    pub blocked: bool,
}

/// A stake between two nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipEdge {
    /// Id of the stake.
    pub stake_id: Uuid,
    /// The owner.
    pub owner_id: Uuid,
    /// What is owned.
    pub owned_id: Uuid,
    /// Share of it, in per cent.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "60"))]
    pub percent: Decimal,
    /// First day on which it was held.
    pub since: NaiveDate,
    /// Last day on which it was held; null if it is still held.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub until: Option<NaiveDate>,
}

impl Body for NewParty {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        Self::read(body, now)
    }
}

impl Body for NewStake {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        Self::read(body, now)
    }
}

impl Body for StakeEnd {
    type Read = Self;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<Self> {
        Self::read(body)
    }
}

endpoints! {
    "ownership", "Who owns organisations, directly and through others.";
    schemas();

    /// Record an owner who is no investor
    ///
    /// Requires the permission `investors:write`.
    post "/v1/ownership/parties" create_ownership_party CreateOwnershipParty(NewParty) -> OwnershipParty,
    [permission("investors:write"), idempotent()],
    responses((status = 201, description = "Recorded.", body = OwnershipParty, headers(("location" = String, description = "The party."))));

    /// List owners who are no investors
    ///
    /// Newest first. Requires the permission `investors:read`.
    get "/v1/ownership/parties" list_ownership_parties ListOwnershipParties -> Page<OwnershipParty>,
    [permission("investors:read")],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of parties.", body = Page<OwnershipParty>));

    /// Read an owner who is no investor
    ///
    /// Requires the permission `investors:read`.
    get "/v1/ownership/parties/{id}" read_ownership_party ReadOwnershipParty -> OwnershipParty,
    [permission("investors:read")],
    params(("id" = uuid::Uuid, Path, description = "Id of the party.")),
    responses((status = 200, description = "The party.", body = OwnershipParty));

    /// Record a screening of an owner who is no investor
    ///
    /// The one recorded last counts. Requires the permission `investors:write`.
    post "/v1/ownership/parties/{id}/screenings" screen_ownership_party ScreenOwnershipParty(Screening) -> OwnershipParty,
    [permission("investors:write"), idempotent()],
    params(("id" = uuid::Uuid, Path, description = "Id of the party.")),
    responses((status = 201, description = "Recorded. Returns the party.", body = OwnershipParty, headers(("location" = String, description = "The party."))));

    /// Record a stake
    ///
    /// Says who owns how much of an organisation, and since when. Organisations may own each other in circles. A KYC file of the
    /// organisation that is under review goes back to being a draft. Requires the permission `investors:write`.
    post "/v1/ownership/stakes" create_ownership_stake CreateOwnershipStake(NewStake) -> OwnershipStake,
    [permission("investors:write"), idempotent()],
    responses(
        (status = 201, description = "Recorded.", body = OwnershipStake, headers(("location" = String, description = "The stake."))),
        (status = 422, description = "More than 100 % would be owned in all, an owner would own itself, a natural person would be owned, or other fields are invalid."),
    );

    /// Read a stake
    ///
    /// Requires the permission `investors:read`.
    get "/v1/ownership/stakes/{id}" read_ownership_stake ReadOwnershipStake -> OwnershipStake,
    [permission("investors:read")],
    params(("id" = uuid::Uuid, Path, description = "Id of the stake.")),
    responses((status = 200, description = "The stake.", body = OwnershipStake));

    /// End a stake
    ///
    /// It counts until the last day that is given, or, without one, not at all. Requires the permission `investors:write`.
    post "/v1/ownership/stakes/{id}/end" end_ownership_stake EndOwnershipStake(StakeEnd) -> OwnershipStake,
    [permission("investors:write"), idempotent()],
    params(("id" = uuid::Uuid, Path, description = "Id of the stake.")),
    responses(
        (status = 200, description = "Ended.", body = OwnershipStake),
        (status = 409, description = "It has already been ended, or the first request with this key is still in progress."),
    );

    /// Look through the owners of an investor
    ///
    /// Follows stakes to everybody behind it, and says what each effectively owns. Requires the permission `investors:read`.
    get "/v1/investors/{id}/ownership" read_ownership ReadOwnership -> Ownership,
    [permission("investors:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("on" = Option<chrono::NaiveDate>, Query, example = "2026-06-30", description = "The day; today by default."),
    ),
    responses(
        (status = 200, description = "Who owns it.", body = Ownership),
        (status = 409, description = "More than 200 owners stand behind it."),
    );
}
