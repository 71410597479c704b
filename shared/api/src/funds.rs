//! The catalogue: `/v1/funds…` and `/v1/issuers…`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    fund::{
        Dealing, DealingFrequency, DistributionPolicy, FundStatus, NavPublication, ProposalState,
        SeriesInterval, Strategy, TokenStandard,
    },
    ids::{FundId, IssuerId, NavId, NavProposalId, ShareClassId, UserId},
    input::{Object, text_between},
    money::Currency,
    reference::{Country, WalletAddress},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    common::{Amount, Page},
    endpoint::{Body, endpoints},
};

pub use fundrail_domain::fund::Fees;

/// Issuer of a fund, in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuerRef {
    /// Id of the issuer.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: IssuerId,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Asset Management"))]
    pub name: String,
}

/// An issuer of funds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issuer {
    /// Id of the issuer.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: IssuerId,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Asset Management"))]
    pub name: String,
    /// Country in which it is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub country: Country,
    /// Legal Entity Identifier (ISO 17442).
    #[cfg_attr(feature = "openapi", schema(required, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<String>,
    /// Website.
    #[cfg_attr(feature = "openapi", schema(required, format = "uri"))]
    pub website: Option<String>,
    /// Short description.
    pub description: String,
    /// Number of its funds in the catalogue.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub fund_count: i64,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
    /// Number of this version; every change counts one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: i64,
}

/// A fund, as shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FundSummary {
    /// Id of the fund.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: FundId,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Short Treasury Fund"))]
    pub name: String,
    /// Issuer of the fund.
    pub issuer: IssuerRef,
    /// Investment strategy.
    pub strategy: Strategy,
    /// Domicile (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Country,
    /// Legal form under the law of its domicile.
    #[cfg_attr(feature = "openapi", schema(example = "SICAV-RAIF"))]
    pub legal_form: String,
    /// Trading status.
    pub status: FundStatus,
    /// Base currency (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub base_currency: Currency,
    /// Launch date.
    pub launched_on: NaiveDate,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
    /// Share classes.
    pub share_classes: Vec<ShareClassSummary>,
}

/// A share class, as shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareClassSummary {
    /// Id of the share class, which compliance checks and escrows refer to.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: ShareClassId,
    /// Name within the fund.
    #[cfg_attr(feature = "openapi", schema(example = "I USD Acc"))]
    pub name: String,
    /// Currency of its shares (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// Trading status.
    pub status: FundStatus,
    /// Minimum initial subscription.
    pub min_first_subscription: Amount,
    /// Chains on which it is tokenised (EIP-155).
    #[cfg_attr(feature = "openapi", schema(example = json!([1, 137])))]
    pub chain_ids: Vec<i64>,
}

/// A fund with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fund {
    /// Id of the fund.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: FundId,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Short Treasury Fund"))]
    pub name: String,
    /// Issuer of the fund.
    pub issuer: IssuerRef,
    /// Investment strategy.
    pub strategy: Strategy,
    /// Domicile (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Country,
    /// Legal form under the law of its domicile.
    #[cfg_attr(feature = "openapi", schema(example = "SICAV-RAIF"))]
    pub legal_form: String,
    /// Trading status.
    pub status: FundStatus,
    /// Base currency (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub base_currency: Currency,
    /// Short description.
    pub description: String,
    /// Launch date.
    pub launched_on: NaiveDate,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
    /// Number of this version; every change counts one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: i64,
    /// When its issuer deleted it: RFC 3339, UTC. Absent unless it is deleted, and then nobody else sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub deleted_at: Option<String>,
    /// Share classes.
    pub share_classes: Vec<ShareClass>,
}

/// A share class with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareClass {
    /// Id of the share class, which compliance checks and escrows refer to.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: ShareClassId,
    /// Name within the fund.
    #[cfg_attr(feature = "openapi", schema(example = "I USD Acc"))]
    pub name: String,
    /// Symbol for `/v1/prices/{asset}`.
    #[cfg_attr(feature = "openapi", schema(required, example = "ALST-I-USD"))]
    pub symbol: Option<String>,
    /// Currency of its shares (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// International Securities Identification Number (ISO 6166).
    #[cfg_attr(feature = "openapi", schema(required, pattern = "^[A-Z]{2}[A-Z0-9]{9}[0-9]$"))]
    pub isin: Option<String>,
    /// Trading status.
    pub status: FundStatus,
    /// Minimum initial subscription.
    pub min_first_subscription: Amount,
    /// Minimum subsequent subscription.
    pub min_further_subscription: Amount,
    /// Fees.
    pub fees: Fees,
    /// Distribution policy.
    pub distribution_policy: DistributionPolicy,
    /// Codes of the rule sets that decide who may hold it.
    #[cfg_attr(feature = "openapi", schema(example = json!(["reg-s-1", "sanctions"])))]
    pub rule_sets: Vec<String>,
    /// Launch date.
    pub launched_on: NaiveDate,
    /// Valuation frequency, which determines when a net asset value is stale.
    pub dealing_frequency: DealingFrequency,
    /// How far a net asset value may move, from the previous day's or from the one that it corrects, without approval by a second
    /// person: in basis points.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub nav_move_limit_bps: i32,
    /// Decimal places of a number of shares.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 18, example = 6))]
    pub decimals: i32,
    /// Dealing terms.
    pub dealing: Dealing,
    /// Number of this version; every change counts one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: i64,
    /// When its issuer deleted it: RFC 3339, UTC. Absent unless it is deleted, and then nobody else sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub deleted_at: Option<String>,
    /// Tokens of the share class, at most one per chain.
    pub tokens: Vec<Token>,
    /// The latest published net asset value; null before the first one.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub latest_nav: Option<Nav>,
}

/// The token of a share class on one chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// EIP-155 id of the chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 1))]
    pub chain_id: i64,
    /// Address of its contract, with checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// Number of decimal places of the token.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 36, example = 18))]
    pub decimals: i32,
    /// Interface of the contract.
    pub standard: TokenStandard,
}

/// A published net asset value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Nav {
    /// Id of this version of the value, to be named in a correction.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: NavId,
    /// Valuation day: the day whose closing prices it is based on.
    pub nav_date: NaiveDate,
    /// Net asset value per share.
    pub per_share: Amount,
    /// When it was published: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub published_at: String,
    /// Source of the value: `issuer`, or `demonstration` if it was made up for a development environment.
    #[cfg_attr(feature = "openapi", schema(example = "issuer"))]
    pub source: String,
}

/// One version of a net asset value: the current one, or one that a later version has replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavVersion {
    /// Id of the version.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: NavId,
    /// Position among the versions of its share class; increases in the order of publication.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub position: i64,
    /// Valuation day: the day whose closing prices it is based on.
    pub nav_date: NaiveDate,
    /// Net asset value per share.
    pub per_share: Amount,
    /// When it was published: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub published_at: String,
    /// Source of the value: `issuer` or `demonstration`.
    #[cfg_attr(feature = "openapi", schema(example = "issuer"))]
    pub source: String,
    /// The version that it corrects; null for the first version for its day.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub replaces: Option<NavId>,
    /// Reason for the correction; null if it corrects nothing.
    #[cfg_attr(feature = "openapi", schema(required, example = "a swap was valued with the wrong sign"))]
    pub reason: Option<String>,
    /// The version that has corrected it; null for the current version.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub replaced_by: Option<NavId>,
    /// Whether a second person has approved it.
    pub approved: bool,
}

/// A net asset value that moves further than its share class allows and needs approval by a second person. Its content never
/// changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavProposal {
    /// Id of the proposal.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: NavProposalId,
    /// Valuation day: the day whose closing prices it is based on.
    pub nav_date: NaiveDate,
    /// Net asset value per share.
    pub per_share: Amount,
    /// The version that it would correct; null if there is no value for the day yet.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub replaces: Option<NavId>,
    /// Reason for the correction; null if it corrects nothing.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// How far it moves, rounded, in basis points; null if the number is too large.
    #[cfg_attr(feature = "openapi", schema(required, pattern = r"^\d+$", example = "9900"))]
    pub move_bps: Option<String>,
    /// How far it may move without approval, in basis points.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub limit_bps: i32,
    /// State of the proposal.
    pub state: ProposalState,
    /// The person who proposed it, directly or with their API key.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub proposed_by: UserId,
    /// When it was proposed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub proposed_at: String,
    /// The person who decided on it, or whose value replaced it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub decided_by: Option<UserId>,
    /// When it was proposed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(required, format = "date-time"))]
    pub decided_at: Option<String>,
    /// Reason for the rejection.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decision_reason: Option<String>,
    /// The version that it was published as.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub nav_id: Option<NavId>,
}

/// Approval by a second person. It repeats the proposed value, so that nobody approves a value that they have not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavApproval {
    /// Net asset value per share.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "201.2375"))]
    pub nav_per_share: String,
}

/// Rejection of a proposed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavRejection {
    /// The reason.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "a decimal place too many")
    )]
    pub reason: String,
}

/// The net asset values of a share class, for charts: one per interval, the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavSeries {
    /// Currency of the values (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub currency: Currency,
    /// Interval.
    pub interval: SeriesInterval,
    /// The values, oldest first.
    pub points: Vec<NavPoint>,
}

/// A point of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavPoint {
    /// Valuation day.
    pub nav_date: NaiveDate,
    /// Net asset value per share, in the currency of the series.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "101.2375"))]
    pub per_share: String,
}

/// What came of an import of net asset values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavImport {
    /// Number of values that were published.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub published: usize,
    /// Number of values that had been published before.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub unchanged: usize,
    /// Every line, oldest day first.
    pub lines: Vec<NavImportLine>,
}

/// What came of a line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavImportLine {
    /// Number of the line in the file; the header is line 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 2))]
    pub line: u64,
    /// Valuation day.
    pub nav_date: NaiveDate,
    /// Net asset value per share, in the currency of the share class.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "101.2375"))]
    pub per_share: String,
    /// Id of the published version; null if the same value had been published before.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, required))]
    pub nav_id: Option<NavId>,
}

/// A net asset value to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewNav {
    /// Valuation day: not in the future, not before the launch of the share class and, except for a correction, at most 31 days
    /// ago.
    pub nav_date: NaiveDate,
    /// Net asset value per share in the currency of the share class; greater than zero.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "101.2375"))]
    pub nav_per_share: String,
    /// For a correction: the version to be replaced, which must be the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub replaces: Option<NavId>,
    /// For a correction: the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "a swap was valued with the wrong sign")
    )]
    pub reason: Option<String>,
}

/// What came of publishing a value.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Published {
    /// It is in force.
    Now(Nav),
    /// It waits for a second person.
    Waits(NavProposal),
}

impl Body for NewNav {
    type Read = NavPublication;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(body: Object<'_>, now: DateTime<Utc>) -> Result<NavPublication> {
        NavPublication::read(body, now)
    }
}

impl Body for NavApproval {
    /// The value that is approved.
    type Read = Decimal;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Decimal> {
        let value = body.required::<Decimal>("nav_per_share");
        body.finish(|| value)
    }
}

impl Body for NavRejection {
    /// The reason.
    type Read = String;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<String> {
        let reason = body.required_as("reason", text_between(1, 1000));
        body.finish(|| reason)
    }
}

endpoints! {
    "funds", "The catalogue: issuers, funds, share classes and net asset values.";
    schemas();

    /// List funds
    ///
    /// Ordered by id. `currency`, `chain` and `min_subscription_max` must match one and the same share class. Requires the
    /// permission `funds:read`.
    get "/v1/funds" list_funds ListFunds -> Page<FundSummary>,
    [permission("funds:read")],
    params(
        ("strategy" = inline(Option<Strategy>), Query, description = "Only funds with this strategy."),
        ("domicile" = Option<String>, Query, pattern = "^[A-Z]{2}$", example = "LU", description = "Only funds with this domicile (ISO 3166-1 alpha-2)."),
        ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "EUR", description = "Only funds with a share class in this currency (ISO 4217)."),
        ("chain" = Option<i64>, Query, minimum = 1, example = 1, description = "Only funds with a share class tokenised on this chain (EIP-155)."),
        ("issuer_id" = Option<uuid::Uuid>, Query, description = "Only funds of this issuer."),
        ("status" = inline(Option<FundStatus>), Query, description = "Only funds with this trading status."),
        ("own" = Option<bool>, Query, description = "If true, the funds of your own tenant, with drafts and what is deleted, instead of the catalogue."),
        ("q" = Option<String>, Query, min_length = 1, max_length = 100, example = "treasury", description = "Words from the name of the fund or issuer or from the description, or an ISIN."),
        ("min_subscription_max" = Option<String>, Query, pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "100000", description = "Only funds with a share class whose minimum initial subscription is at most this amount, in the currency of the share class."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by id) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of funds.", body = Page<FundSummary>, headers( ("etag" = String, description = "Entity tag of this response."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "Not modified."),
    );

    /// Read a fund
    ///
    /// Includes its share classes with their terms, tokens and latest net asset values. Requires the permission `funds:read`.
    get "/v1/funds/{id}" read_fund ReadFund -> Fund,
    [permission("funds:read")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The fund.", body = Fund, headers( ("etag" = String, description = "Entity tag of this response."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "Not modified."),
    );

    /// Publish a net asset value
    ///
    /// Publishes the net asset value of a share class for a day, or corrects a published one. Only the tenant of the fund's
    /// issuer may do this. Published values stay in the history: a correction names the version that it replaces, and gives a
    /// reason. Requires the permission `funds:write`.
    ///
    /// A value that moves further than the share class allows (`nav_move_limit_bps`) waits for approval by a second person. Its
    /// move is measured from the value of the previous day or, if there is none, of the following day. A correction is also
    /// measured from the value that it replaces, and from the latest value for the day that was either the first one or approved.
    post "/v1/funds/{id}/share-classes/{class_id}/navs" publish_nav PublishNav(NewNav) -> Published,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
    ),
    responses(
        (status = 201, description = "Published.", body = Nav, headers( ("location" = String, description = "The fund."))),
        (status = 202, description = "It moves too far, and waits for approval by a second person.", body = NavProposal, headers( ("location" = String, description = "The proposal."))),
        (status = 404, description = "No such share class, or it belongs to another issuer."),
        (status = 409, description = "There is already a value for that day, the value to be replaced has been replaced, or the first request with this key is still in progress."),
    );

    /// List the net asset values of a share class
    ///
    /// Returns every version, in the order of publication. To follow them, remember the last `position` and ask for what comes
    /// after it: none ever appears below one that has been returned. Requires the permission `funds:read`.
    ///
    /// With `Accept: text/csv`, returns a CSV file with a header (RFC 4180), which is not paged: `limit` does not apply.
    get "/v1/funds/{id}/share-classes/{class_id}/navs" list_navs ListNavs -> Page<NavVersion>,
    [permission("funds:read")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("nav_date" = Option<chrono::NaiveDate>, Query, example = "2026-01-05", description = "Only versions for this day."),
        ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "Sort order; always `asc`, from the beginning."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<i64>, Query, minimum = 0, description = "Position of the last version that you have read."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of versions.", content((Page<NavVersion> = "application/json"), (String = "text/csv")), headers( ("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
        (status = 404, description = "No such share class."),
    );

    /// Read net asset values for a chart
    ///
    /// Returns the values that count now, one per interval: the last one. Requires the permission `funds:read`. With
    /// `Accept: text/csv`, returns a CSV file with the columns `nav_date` and `nav_per_share`, which can be imported.
    get "/v1/funds/{id}/share-classes/{class_id}/nav-series" read_nav_series ReadNavSeries -> NavSeries,
    [permission("funds:read")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("interval" = inline(Option<SeriesInterval>), Query, description = "`1d` (every value, the default), `1w` (the last one of each calendar week) or `1m` (the last one of each calendar month)."),
        ("from" = Option<chrono::NaiveDate>, Query, example = "2026-01-01", description = "First valuation day."),
        ("to" = Option<chrono::NaiveDate>, Query, example = "2026-12-31", description = "Last valuation day."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The series.", content((NavSeries = "application/json"), (String = "text/csv")), headers( ("etag" = String, description = "Entity tag of this response."))),
        (status = 304, description = "Not modified."),
        (status = 404, description = "No such share class."),
    );

    /// Import net asset values
    ///
    /// Publishes many values at once, such as the history of a share class that is new here. The body is a CSV file (RFC 4180)
    /// with the header `nav_date,nav_per_share`, one line per day, and at most 10,000 lines. All of it is published, or nothing.
    ///
    /// Values may be of any day since the launch of the share class. A line that repeats a published value has no effect. A line
    /// that differs from a published value, or that moves further than the share class allows (`nav_move_limit_bps`), is refused:
    /// publish such values singly. Only the tenant of the fund's issuer may do this. Requires the permission `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/nav-imports" import_navs ImportNavs -> NavImport,
    [permission("funds:write"), idempotent(), raw_body()],
    request_body(content = String, content_type = "text/csv", description = "The file.", example = "nav_date,nav_per_share\n2026-01-05,100.25\n2026-01-06,100.31\n"),
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
    ),
    responses(
        (status = 201, description = "Published.", body = NavImport, headers( ("location" = String, description = "The series."))),
        (status = 404, description = "No such share class, or it belongs to another issuer."),
        (status = 422, description = "Lines are wrong; `errors` names each by its number, as in `/lines/3/nav_date`. Nothing was published."),
    );

    /// List proposed net asset values
    ///
    /// Values that wait, or waited, for approval by a second person, newest first. Available to the tenant of the fund's issuer
    /// only. Requires the permission `funds:write`.
    get "/v1/funds/{id}/share-classes/{class_id}/nav-proposals" list_nav_proposals ListNavProposals -> Page<NavProposal>,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("state" = inline(Option<ProposalState>), Query, description = "Only proposals in this state."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses(
        (status = 200, description = "A page of proposals.", body = Page<NavProposal>),
        (status = 404, description = "No such share class, or it belongs to another issuer."),
    );

    /// Read a proposed net asset value
    ///
    /// Available to the tenant of the fund's issuer only. Requires the permission `funds:write`.
    get "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}" read_nav_proposal ReadNavProposal -> NavProposal,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
    ),
    responses(
        (status = 200, description = "The proposal.", body = NavProposal),
        (status = 404, description = "No such proposal, or it belongs to another issuer."),
    );

    /// Approve a proposed net asset value
    ///
    /// Publishes it. The approver must be a person other than the proposer; API keys cannot approve. Requires the permission
    /// `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/approve" approve_nav_proposal ApproveNavProposal(NavApproval) -> Nav,
    [permission("funds:write"), step_up(), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
    ),
    responses(
        (status = 201, description = "Published.", body = Nav, headers( ("location" = String, description = "The fund."))),
        (status = 404, description = "No such proposal, or it belongs to another issuer."),
        (status = 409, description = "You proposed it yourself, it has been decided or replaced, the value differs, or its proposer may no longer publish values."),
    );

    /// Reject a proposed net asset value
    ///
    /// The proposer may do this, too. Requires the permission `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/reject" reject_nav_proposal RejectNavProposal(NavRejection) -> NavProposal,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001", description = "Id of the share class."),
        ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
    ),
    responses(
        (status = 200, description = "Rejected.", body = NavProposal),
        (status = 404, description = "No such proposal, or it belongs to another issuer."),
        (status = 409, description = "It has already been decided."),
    );

    /// List issuers
    ///
    /// Ordered by id. Requires the permission `funds:read`.
    get "/v1/issuers" list_issuers ListIssuers -> Page<Issuer>,
    [permission("funds:read")],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by id) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "A page of issuers.", body = Page<Issuer>, headers( ("etag" = String, description = "Entity tag of this response."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "Not modified."),
    );

    /// Read an issuer
    ///
    /// Requires the permission `funds:read`.
    get "/v1/issuers/{id}" read_issuer ReadIssuer -> Issuer,
    [permission("funds:read")],
    params(
        ("id" = uuid::Uuid, Path, example = "0198c001-0000-7000-8000-000000000001", description = "Id of the issuer."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The issuer.", body = Issuer, headers( ("etag" = String, description = "Entity tag of this response."), ("cache-status" = String, description = "Whether the response came from the cache (RFC 9211)."))),
        (status = 304, description = "Not modified."),
    );
}
