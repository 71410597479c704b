//! The catalogue: `/v1/funds…` and `/v1/issuers…`.

use chrono::NaiveDate;
use fundrail_domain::{
    fund::{DealingFrequency, DistributionPolicy, FundStatus, ProposalState, Strategy},
    money::Currency,
    reference::{Country, WalletAddress},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::common::Amount;

/// Who issues a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuerRef {
    /// Id of the issuer.
    pub id: Uuid,
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Asset Management"))]
    pub name: String,
}

/// An issuer of funds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issuer {
    /// Id of the issuer.
    pub id: Uuid,
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Asset Management"))]
    pub name: String,
    /// Where it is established: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub country: Country,
    /// Legal Entity Identifier (ISO 17442).
    #[cfg_attr(feature = "openapi", schema(required, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<String>,
    /// Where to read about it.
    #[cfg_attr(feature = "openapi", schema(required, format = "uri"))]
    pub website: Option<String>,
    /// What it does, in a few sentences.
    pub description: String,
    /// How many funds of it are in the catalogue.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub fund_count: i64,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
}

/// A fund as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FundSummary {
    /// Id of the fund.
    pub id: Uuid,
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Short Treasury Fund"))]
    pub name: String,
    /// Who issues it.
    pub issuer: IssuerRef,
    /// What it puts its money into.
    pub strategy: Strategy,
    /// Where it is domiciled: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Country,
    /// What it is in the law of its domicile.
    #[cfg_attr(feature = "openapi", schema(example = "SICAV-RAIF"))]
    pub legal_form: String,
    /// Who may trade with it at present.
    pub status: FundStatus,
    /// What its books are in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub base_currency: Currency,
    /// When it was launched.
    pub launched_on: NaiveDate,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
    /// Its classes of shares: what one buys.
    pub share_classes: Vec<ShareClassSummary>,
}

/// A share class as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareClassSummary {
    /// Id of the share class: what compliance checks and escrows are about.
    pub id: Uuid,
    /// Its name within the fund.
    #[cfg_attr(feature = "openapi", schema(example = "I USD Acc"))]
    pub name: String,
    /// What its shares are priced in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// Who may trade with it at present.
    pub status: FundStatus,
    /// The least that a new holder subscribes for.
    pub min_first_subscription: Amount,
    /// Chains on which it is a token (EIP-155).
    #[cfg_attr(feature = "openapi", schema(example = json!([1, 137])))]
    pub chain_ids: Vec<i64>,
}

/// A fund with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fund {
    /// Id of the fund.
    pub id: Uuid,
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "Alder Short Treasury Fund"))]
    pub name: String,
    /// Who issues it.
    pub issuer: IssuerRef,
    /// What it puts its money into.
    pub strategy: Strategy,
    /// Where it is domiciled: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Country,
    /// What it is in the law of its domicile.
    #[cfg_attr(feature = "openapi", schema(example = "SICAV-RAIF"))]
    pub legal_form: String,
    /// Who may trade with it at present.
    pub status: FundStatus,
    /// What its books are in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub base_currency: Currency,
    /// What it does, in a few sentences.
    pub description: String,
    /// When it was launched.
    pub launched_on: NaiveDate,
    /// When any of this last changed: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub updated_at: String,
    /// Its classes of shares: what one buys.
    pub share_classes: Vec<ShareClass>,
}

/// A class of shares with its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareClass {
    /// Id of the share class: what compliance checks and escrows are about.
    pub id: Uuid,
    /// Its name within the fund.
    #[cfg_attr(feature = "openapi", schema(example = "I USD Acc"))]
    pub name: String,
    /// Under which symbol `/v1/prices/{asset}` knows it.
    #[cfg_attr(feature = "openapi", schema(required, example = "ALST-I-USD"))]
    pub symbol: Option<String>,
    /// What its shares are priced in: ISO 4217.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD"))]
    pub currency: Currency,
    /// International Securities Identification Number (ISO 6166).
    #[cfg_attr(feature = "openapi", schema(required, pattern = "^[A-Z]{2}[A-Z0-9]{9}[0-9]$"))]
    pub isin: Option<String>,
    /// Who may trade with it at present.
    pub status: FundStatus,
    /// The least that a new holder subscribes for.
    pub min_first_subscription: Amount,
    /// The least that a holder subscribes for from then on.
    pub min_further_subscription: Amount,
    /// What it costs.
    pub fees: Fees,
    /// What becomes of its income.
    pub distribution_policy: DistributionPolicy,
    /// Codes of the rule sets that decide who may hold it.
    #[cfg_attr(feature = "openapi", schema(example = json!(["reg-s-1", "sanctions"])))]
    pub rule_sets: Vec<String>,
    /// When it was launched.
    pub launched_on: NaiveDate,
    /// How often it is valued: what decides when a value is stale.
    pub dealing_frequency: DealingFrequency,
    /// How far a net asset value may move, from the day before or from the value that it corrects, without a second person: in
    /// hundredths of a per cent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub nav_move_limit_bps: i32,
    /// What it is on chains, at most one token a chain.
    pub tokens: Vec<Token>,
    /// The newest published net asset value; null before the first one.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub latest_nav: Option<Nav>,
}

/// What a share class costs, in hundredths of a per cent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fees {
    /// Of the net assets, a year.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 15))]
    pub management_bps: i32,
    /// Of the gain.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub performance_bps: i32,
    /// Of an amount subscribed.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub subscription_bps: i32,
    /// Of an amount redeemed.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 0))]
    pub redemption_bps: i32,
}

/// A share class as a token on a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// The chain (EIP-155).
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 1))]
    pub chain_id: i64,
    /// Its contract, with checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: WalletAddress,
    /// Decimal places of its base unit.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 36, example = 18))]
    pub decimals: i32,
}

/// A published net asset value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Nav {
    /// Id of this version of the value: what a correction names.
    pub id: Uuid,
    /// The day whose closing values it was computed from.
    pub nav_date: NaiveDate,
    /// Value of one share.
    pub per_share: Amount,
    /// When it was published: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub published_at: String,
    /// Who says so: `issuer`, or `demonstration` for a value that was made up for a development machine.
    #[cfg_attr(feature = "openapi", schema(example = "issuer"))]
    pub source: String,
}

/// A net asset value as it was published at some time: the one that counts, or one that a later version has replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavVersion {
    /// Id of the version.
    pub id: Uuid,
    /// Where it stands among the versions of its class: rises in the order of publication.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub position: i64,
    /// The day whose closing values it was computed from.
    pub nav_date: NaiveDate,
    /// Value of one share.
    pub per_share: Amount,
    /// When it was published: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub published_at: String,
    /// Who says so: `issuer`, or `demonstration`.
    #[cfg_attr(feature = "openapi", schema(example = "issuer"))]
    pub source: String,
    /// The version that it corrects; null for the first one of its day.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub replaces: Option<Uuid>,
    /// Why; null like `replaces`.
    #[cfg_attr(feature = "openapi", schema(required, example = "a swap was valued with the wrong sign"))]
    pub reason: Option<String>,
    /// The version that has corrected it; null for the one that counts.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub replaced_by: Option<Uuid>,
    /// Whether a second person has approved it.
    pub approved: bool,
}

/// A net asset value that moves further than its class allows, and waits for a second person. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavProposal {
    /// Id of the proposal.
    pub id: Uuid,
    /// The day whose closing values it was computed from.
    pub nav_date: NaiveDate,
    /// Value of one share.
    pub per_share: Amount,
    /// The version that it would correct; null when the day has no value.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub replaces: Option<Uuid>,
    /// Why; null like `replaces`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// How far it moves, in hundredths of a per cent, rounded; null when that is beyond all numbers.
    #[cfg_attr(feature = "openapi", schema(required, pattern = r"^\d+$", example = "9900"))]
    pub move_bps: Option<String>,
    /// How far it may.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub limit_bps: i32,
    /// What became of it.
    pub state: ProposalState,
    /// The person who proposed it, by themselves or by a key of theirs.
    pub proposed_by: Uuid,
    /// When: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub proposed_at: String,
    /// The person who decided, or whose value took its place.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decided_by: Option<Uuid>,
    /// When: RFC 3339, UTC.
    #[cfg_attr(feature = "openapi", schema(required, format = "date-time"))]
    pub decided_at: Option<String>,
    /// Why it was turned down.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decision_reason: Option<String>,
    /// The version that it became.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub nav_id: Option<Uuid>,
}

/// What a second person approves: the value that waits, once more, so that nobody approves another one than they have seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NavApproval {
    /// Value of one share.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "201.2375"))]
    pub nav_per_share: String,
}

/// Why a value is turned down.
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

/// A net asset value to publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewNav {
    /// The day whose closing values it was computed from: not in the future, not before the launch of the class, and at most 31
    /// days back unless it is a correction.
    pub nav_date: NaiveDate,
    /// Value of one share in the currency of the class, above zero.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "101.2375"))]
    pub nav_per_share: String,
    /// Of a correction: the version that it replaces, which has to be the one that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Uuid>,
    /// Of a correction: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "a swap was valued with the wrong sign")
    )]
    pub reason: Option<String>,
}

/// The documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    <documentation::Funds as utoipa::OpenApi>::openapi()
}

#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use fundrail_domain::fund::{FundStatus, ProposalState, Strategy};
    use utoipa::OpenApi;

    use super::{Fund, FundSummary, Issuer, Nav, NavApproval, NavProposal, NavRejection, NavVersion, NewNav};
    use crate::common::{Page, Problem};

    #[derive(OpenApi)]
    #[openapi(
        paths(
            list_funds, read_fund, publish_nav, list_navs, list_nav_proposals, read_nav_proposal, approve_nav_proposal,
            reject_nav_proposal, list_issuers, read_issuer
        ),
        tags((name = "funds", description = "The catalogue: issuers, funds, share classes, net asset values."))
    )]
    pub(super) struct Funds;

    /// Lists funds.
    ///
    /// Currency, chain and largest minimum have to hold for one and the same share class. In the order of their ids.
    #[utoipa::path(
        get,
        path = "/v1/funds",
        operation_id = "list_funds",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("strategy" = inline(Option<Strategy>), Query,
                description = "What the fund puts its money into."),
            ("domicile" = Option<String>, Query, pattern = "^[A-Z]{2}$", example = "LU",
                description = "Where the fund is domiciled: ISO 3166-1 alpha-2."),
            ("currency" = Option<String>, Query, pattern = "^[A-Z]{3}$", example = "EUR",
                description = "The currency of a share class: ISO 4217."),
            ("chain" = Option<i64>, Query, minimum = 1, example = 1,
                description = "A chain on which a share class is a token (EIP-155)."),
            ("issuer_id" = Option<uuid::Uuid>, Query, description = "Who issues the fund."),
            ("status" = inline(Option<FundStatus>), Query,
                description = "Who may trade with the fund at present."),
            ("q" = Option<String>, Query, min_length = 1, max_length = 100, example = "treasury",
                description = "Words in the name of fund or issuer or in the description, or an ISIN."),
            ("min_subscription_max" = Option<String>, Query, pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "100000",
                description = "The largest first subscription that one can pay, in the currency of the share class."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`asc`, by id, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of funds.", body = Page<FundSummary>, headers(
                ("etag" = String, description = "Tag of this answer."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_funds() {}

    /// Shows a fund with its share classes, their terms, tokens and newest net asset values.
    #[utoipa::path(
        get,
        path = "/v1/funds/{id}",
        operation_id = "read_fund",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The fund.", body = Fund, headers(
                ("etag" = String, description = "Tag of this answer."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn read_fund() {}

    /// Publishes the net asset value of a share class for a day, or corrects one. The tenant of the fund's issuer alone may.
    ///
    /// A published value stays in the history. A correction takes its place: it names the version that it replaces, and why.
    ///
    /// A value that moves further than the class allows (`nav_move_limit_bps`) waits until a second person has approved it. It is
    /// measured from the value of the day before, or where there is none, of the day after; a correction also from the value
    /// that it replaces and from the last one of its day that was a first one or approved.
    #[utoipa::path(
        post,
        path = "/v1/funds/{id}/share-classes/{class_id}/navs",
        operation_id = "publish_nav",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("idempotency-key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewNav,
        responses(
            (status = 201, description = "It is published.", body = Nav, headers(
                ("location" = String, description = "The fund."))),
            (status = 202, description = "It moves too far, and waits for a second person.", body = NavProposal, headers(
                ("location" = String, description = "The proposal."))),
            (status = 404, description = "No such share class, or another issuer's.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "That day has a value already, the value to be replaced has been replaced, or the first \
                request with this key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn publish_nav() {}

    /// Lists every version of the net asset values of a share class, in the order in which they were published.
    ///
    /// To follow, remember the last `position`, and ask for what comes after it: none turns up below one that has been seen.
    #[utoipa::path(
        get,
        path = "/v1/funds/{id}/share-classes/{class_id}/navs",
        operation_id = "list_navs",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("nav_date" = Option<chrono::NaiveDate>, Query, example = "2026-01-05", description = "Of one day alone."),
            ("order" = Option<String>, Query, pattern = "^asc$", example = "asc", description = "`asc`: it goes up alone, from its beginning on."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<i64>, Query, minimum = 0, description = "Position of the last version that was seen."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of versions.", body = Page<NavVersion>, headers(
                ("etag" = String, description = "Tag of this answer."))),
            (status = 304, description = "Nothing has changed."),
            (status = 404, description = "No such share class.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn list_navs() {}

    /// Lists values that wait for a second person, or waited, newest first. The tenant of the fund's issuer alone may.
    #[utoipa::path(
        get,
        path = "/v1/funds/{id}/share-classes/{class_id}/nav-proposals",
        operation_id = "list_nav_proposals",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("state" = inline(Option<ProposalState>), Query, description = "What became of them."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of proposals.", body = Page<NavProposal>),
            (status = 404, description = "No such share class, or another issuer's.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn list_nav_proposals() {}

    /// Shows a value that waits for a second person, or waited.
    #[utoipa::path(
        get,
        path = "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}",
        operation_id = "read_nav_proposal",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
        ),
        responses(
            (status = 200, description = "The proposal.", body = NavProposal),
            (status = 404, description = "No such proposal, or another issuer's.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn read_nav_proposal() {}

    /// Approves a value that waits, and publishes it. Wants another person than who proposed it, and no machine.
    #[utoipa::path(
        post,
        path = "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/approve",
        operation_id = "approve_nav_proposal",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
            ("idempotency-key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NavApproval,
        responses(
            (status = 201, description = "It is published.", body = Nav, headers(
                ("location" = String, description = "The fund."))),
            (status = 404, description = "No such proposal, or another issuer's.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "You have proposed it yourself, it has been decided or replaced, another value waits, or \
                who proposed it may no longer.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn approve_nav_proposal() {}

    /// Turns a value down that waits. Who proposed it may, too.
    #[utoipa::path(
        post,
        path = "/v1/funds/{id}/share-classes/{class_id}/nav-proposals/{proposal_id}/reject",
        operation_id = "reject_nav_proposal",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c002-0000-7000-8000-000000000001", description = "Id of the fund."),
            ("class_id" = uuid::Uuid, Path, example = "0198c003-0000-7000-8000-000000000001",
                description = "Id of the share class."),
            ("proposal_id" = uuid::Uuid, Path, description = "Id of the proposal."),
            ("idempotency-key" = Option<String>, Header, pattern = "^[!-~]{1,255}$",
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NavRejection,
        responses(
            (status = 200, description = "It is turned down.", body = NavProposal),
            (status = 404, description = "No such proposal, or another issuer's.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "It has been decided.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn reject_nav_proposal() {}

    /// Lists issuers, in the order of their ids.
    #[utoipa::path(
        get,
        path = "/v1/issuers",
        operation_id = "list_issuers",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`asc`, by id, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "A page of issuers.", body = Page<Issuer>, headers(
                ("etag" = String, description = "Tag of this answer."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn list_issuers() {}

    /// Shows an issuer.
    #[utoipa::path(
        get,
        path = "/v1/issuers/{id}",
        operation_id = "read_issuer",
        tag = "funds",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, example = "0198c001-0000-7000-8000-000000000001", description = "Id of the issuer."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The issuer.", body = Issuer, headers(
                ("etag" = String, description = "Tag of this answer."),
                ("cache-status" = String, description = "Whether the cache had it (RFC 9211)."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn read_issuer() {}
}
