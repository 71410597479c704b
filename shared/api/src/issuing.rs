//! Issuers keep their part of the catalogue: `/v1/issuers…` and `/v1/funds…`, as far as they are written.

use chrono::NaiveDate;
use fundrail_domain::{
    Result,
    fund::{
        self, Dealing, DealingFrequency, DistributionPolicy, Fees, FundEntry, FundStatus, IssuerEntry, Known,
        ShareClassEntry, StatusChange, Strategy, TokenStandard,
    },
    ids::IssuerId,
    input::Object,
    investor::Lei,
    money::Currency,
    reference::{Country, WalletAddress},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    endpoint::{Body, endpoints},
    funds::{Fund, Issuer, ShareClass},
};

/// An issuer to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewIssuer {
    /// Name, which no other issuer has.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Alder Asset Management")
    )]
    pub name: String,
    /// Country in which it is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub country: Country,
    /// Legal Entity Identifier (ISO 17442); its check digits must be correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$", example = "506700GE1G29325QX363"))]
    pub lei: Option<Lei>,
    /// Website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^https://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$",
            max_length = 500,
            example = "https://alder.example"
        )
    )]
    pub website: Option<String>,
    /// Short description; empty by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub description: Option<String>,
}

/// Changes of an issuer (JSON Merge Patch, RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuerPatch {
    /// Name, which no other issuer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Alder Asset Management")
    )]
    pub name: Option<String>,
    /// Country in which it is established (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub country: Option<Country>,
    /// Legal Entity Identifier (ISO 17442); its check digits must be correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$", example = "506700GE1G29325QX363"))]
    pub lei: Option<Lei>,
    /// Website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = r"^https://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$",
            max_length = 500,
            example = "https://alder.example"
        )
    )]
    pub website: Option<String>,
    /// Short description; empty by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub description: Option<String>,
}

/// A fund to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewFund {
    /// Id of an issuer of your tenant.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub issuer_id: IssuerId,
    /// Name, which no other fund of the issuer has.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Alder Short Treasury Fund")
    )]
    pub name: String,
    /// Investment strategy.
    pub strategy: Strategy,
    /// Domicile (ISO 3166-1 alpha-2). Fixed once the fund is published.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Country,
    /// Legal form under the law of its domicile.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "SICAV-RAIF"))]
    pub legal_form: String,
    /// Base currency (ISO 4217). Fixed once the fund is published.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub base_currency: Currency,
    /// Short description; empty by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub description: Option<String>,
    /// Launch date, which may be in the future.
    pub launched_on: NaiveDate,
}

/// Changes of a fund (JSON Merge Patch, RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FundPatch {
    /// Name, which no other fund of the issuer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Alder Short Treasury Fund")
    )]
    pub name: Option<String>,
    /// Investment strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Domicile (ISO 3166-1 alpha-2). Fixed once the fund is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub domicile: Option<Country>,
    /// Legal form under the law of its domicile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "SICAV-RAIF"))]
    pub legal_form: Option<String>,
    /// Base currency (ISO 4217). Fixed once the fund is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub base_currency: Option<Currency>,
    /// Short description; empty by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub description: Option<String>,
    /// Launch date, which may be in the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched_on: Option<NaiveDate>,
}

/// A share class to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewShareClass {
    /// Name, which no other share class of the fund has.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "I EUR Acc"))]
    pub name: String,
    /// Symbol under which it is priced (`/v1/prices/{asset}`). Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$", example = "ALST-I-EUR")
    )]
    pub symbol: Option<String>,
    /// International Securities Identification Number (ISO 6166); its check digit must be correct. Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^[A-Z]{2}[A-Z0-9]{9}[0-9]$", example = "LU0000000018")
    )]
    pub isin: Option<String>,
    /// Currency of its shares, and of the amounts here (ISO 4217). Fixed once the share class is published.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub currency: Currency,
    /// Minimum initial subscription, with no more decimal places than the currency has.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "100000"))]
    pub min_first_subscription: String,
    /// Minimum subsequent subscription.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "1000"))]
    pub min_further_subscription: String,
    /// Fees.
    pub fees: Fees,
    /// Distribution policy.
    pub distribution_policy: DistributionPolicy,
    /// Codes of the rule sets that decide who may hold it.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20, example = json!(["reg-s-1", "sanctions"])))]
    pub rule_sets: Vec<String>,
    /// Launch date, which may be in the future.
    pub launched_on: NaiveDate,
    /// Valuation frequency; `daily` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealing_frequency: Option<DealingFrequency>,
    /// How far a net asset value may move without approval by a second person, in basis points; 1000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub nav_move_limit_bps: Option<i32>,
    /// Decimal places of a number of shares; 6 by default. Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 18, example = 6))]
    pub decimals: Option<i32>,
    /// Dealing terms. What is left out has its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealing: Option<Dealing>,
}

/// Changes of a share class (JSON Merge Patch, RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareClassPatch {
    /// Name, which no other share class of the fund has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "I EUR Acc"))]
    pub name: Option<String>,
    /// Symbol under which it is priced (`/v1/prices/{asset}`). Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$", example = "ALST-I-EUR")
    )]
    pub symbol: Option<String>,
    /// International Securities Identification Number (ISO 6166); its check digit must be correct. Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^[A-Z]{2}[A-Z0-9]{9}[0-9]$", example = "LU0000000018")
    )]
    pub isin: Option<String>,
    /// Currency of its shares, and of the amounts here (ISO 4217). Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub currency: Option<Currency>,
    /// Minimum initial subscription, with no more decimal places than the currency has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "100000"))]
    pub min_first_subscription: Option<String>,
    /// Minimum subsequent subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,18}(\.\d{1,10})?$", example = "1000"))]
    pub min_further_subscription: Option<String>,
    /// Fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Fees>,
    /// Distribution policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_policy: Option<DistributionPolicy>,
    /// Codes of the rule sets that decide who may hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20, example = json!(["reg-s-1", "sanctions"])))]
    pub rule_sets: Option<Vec<String>>,
    /// Launch date, which may be in the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched_on: Option<NaiveDate>,
    /// Valuation frequency; `daily` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealing_frequency: Option<DealingFrequency>,
    /// How far a net asset value may move without approval by a second person, in basis points; 1000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000, example = 1000))]
    pub nav_move_limit_bps: Option<i32>,
    /// Decimal places of a number of shares; 6 by default. Fixed once the share class is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 18, example = 6))]
    pub decimals: Option<i32>,
    /// Dealing terms. What is left out has its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealing: Option<Dealing>,
}

/// A change of status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStatus {
    /// The new status.
    pub status: FundStatus,
    /// The reason, for the audit trail.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "approved by the board")
    )]
    pub reason: String,
}

/// A token of a share class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// EIP-155 id of the chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4_503_599_627_370_476_i64, example = 1))]
    pub chain_id: i64,
    /// Address of its contract, in one case or with a correct checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$",
        example = "0x5FbDB2315678afecb367f032d93F642f64180aa3"))]
    pub address: WalletAddress,
    /// Decimal places of the token.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 36, example = 18))]
    pub decimals: i32,
    /// Interface of the contract; `erc20` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<TokenStandard>,
}

macro_rules! read_by {
    ($($body:ty => $read:ty),* $(,)?) => {$(
        impl Body for $body {
            type Read = $read;
            type With<'a> = ();

            fn read(body: Object<'_>, (): ()) -> Result<$read> {
                <$read>::read(body)
            }
        }
    )*};
}
read_by!(NewIssuer => IssuerEntry, NewFund => FundEntry, NewStatus => StatusChange, NewToken => fund::NewToken);

impl Body for NewShareClass {
    type Read = ShareClassEntry;
    /// What its terms may refer to.
    type With<'a> = &'a Known;

    fn read(body: Object<'_>, known: &Known) -> Result<ShareClassEntry> {
        ShareClassEntry::read(body, known)
    }
}

macro_rules! patches {
    ($($body:ty),* $(,)?) => {$(
        /// What a patch says is known once it is applied: the result is read as a whole.
        impl Body for $body {
            type Read = Value;
            type With<'a> = ();

            fn read(body: Object<'_>, (): ()) -> Result<Value> {
                Ok(body.as_it_came())
            }
        }
    )*};
}
patches!(IssuerPatch, FundPatch, ShareClassPatch);

endpoints! {
    "issuing", "Issuers keep their part of the catalogue: issuers, funds, share classes and tokens.";
    schemas();

    /// Create an issuer
    ///
    /// Only tenants of the kind `issuer` have issuers. Requires the permission `funds:write`.
    post "/v1/issuers" create_issuer CreateIssuer(NewIssuer) -> Issuer,
    [permission("funds:write"), idempotent()],
    responses(
        (status = 201, description = "Created.", body = Issuer, headers( ("location" = String, description = "The issuer."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 403, description = "Your tenant is not of the kind `issuer`, or you lack the permission."),
        (status = 409, description = "Another issuer has the name or the LEI, or the first request with this key is still in progress."),
    );

    /// Change an issuer
    ///
    /// Takes a JSON Merge Patch (RFC 7396). Requires the permission `funds:write`.
    patch "/v1/issuers/{id}" update_issuer UpdateIssuer(IssuerPatch) -> Issuer,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the issuer."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 200, description = "Changed.", body = Issuer, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such issuer, or it is not yours."),
        (status = 409, description = "Another issuer has the name or the LEI."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Create a fund
    ///
    /// It begins as a draft, which nobody but your tenant sees. Requires the permission `funds:write`.
    post "/v1/funds" create_fund CreateFund(NewFund) -> Fund,
    [permission("funds:write"), idempotent()],
    responses(
        (status = 201, description = "Created.", body = Fund, headers( ("location" = String, description = "The fund."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 403, description = "Your tenant is not of the kind `issuer`, or you lack the permission."),
        (status = 409, description = "Another fund of the issuer has the name, or the first request with this key is still in progress."),
    );

    /// Change a fund
    ///
    /// Takes a JSON Merge Patch (RFC 7396). Domicile and base currency are fixed once the fund is published. Requires the permission
    /// `funds:write`.
    patch "/v1/funds/{id}" update_fund UpdateFund(FundPatch) -> Fund,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 200, description = "Changed.", body = Fund, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such fund, or it is not yours."),
        (status = 409, description = "Another fund of the issuer has the name, or the fund is deleted."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Change the status of a fund
    ///
    /// A draft becomes `open`, `soft_closed` or `closed`, and thereby appears in the catalogue, with its share classes that are not
    /// drafts; there must be at least one. From then on it may become any other status except `draft`, until it is `liquidated`.
    /// Requires the permission `funds:write`.
    post "/v1/funds/{id}/status" change_fund_status ChangeFundStatus(NewStatus) -> Fund,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 200, description = "Changed.", body = Fund, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such fund, or it is not yours."),
        (status = 409, description = "The status cannot follow the current one, the fund has no published share class, or it is deleted."),
        (status = 412, description = "It has changed since it was read."),
    );

    /// Delete a fund
    ///
    /// Only a draft or a liquidated fund can be deleted. It leaves the catalogue, and can be restored. Requires the permission
    /// `funds:write`.
    delete "/v1/funds/{id}" delete_fund DeleteFund -> (),
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "There is no such fund, or it is not yours."),
        (status = 409, description = "It is neither a draft nor liquidated, or it is deleted already."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Restore a deleted fund
    ///
    /// It is as it was before. Requires the permission `funds:write`.
    post "/v1/funds/{id}/restore" restore_fund RestoreFund -> Fund,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 200, description = "Restored.", body = Fund, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such fund, or it is not yours."),
        (status = 409, description = "It is not deleted."),
        (status = 412, description = "It has changed since it was read."),
    );

    /// Create a share class
    ///
    /// It begins as a draft, which nobody but your tenant sees. Requires the permission `funds:write`.
    post "/v1/funds/{id}/share-classes" create_share_class CreateShareClass(NewShareClass) -> ShareClass,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
    ),
    responses(
        (status = 201, description = "Created.", body = ShareClass, headers( ("location" = String, description = "The share class."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such fund, or it is not yours."),
        (status = 409, description = "Another share class has the name or the ISIN, another asset has the symbol, the fund is deleted, or the first request with this key is still in progress."),
    );

    /// Read a share class
    ///
    /// Requires the permission `funds:read`.
    get "/v1/funds/{id}/share-classes/{class_id}" read_share_class ReadShareClass -> ShareClass,
    [permission("funds:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The share class.", body = ShareClass, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 304, description = "Not modified."),
        (status = 404, description = "No such share class."),
    );

    /// Change a share class
    ///
    /// Takes a JSON Merge Patch (RFC 7396). Currency, decimals, and a symbol or ISIN that it has are fixed once the share class is
    /// published. Requires the permission `funds:write`.
    patch "/v1/funds/{id}/share-classes/{class_id}" update_share_class UpdateShareClass(ShareClassPatch) -> ShareClass,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 200, description = "Changed.", body = ShareClass, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such share class, or it is not yours."),
        (status = 409, description = "Another share class has the name or the ISIN, another asset has the symbol, or it is deleted."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Change the status of a share class
    ///
    /// As for a fund. A published share class appears in the catalogue as soon as its fund does. Requires the permission
    /// `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/status" change_share_class_status ChangeShareClassStatus(NewStatus) -> ShareClass,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 200, description = "Changed.", body = ShareClass, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such share class, or it is not yours."),
        (status = 409, description = "The status cannot follow the current one, or it is deleted."),
        (status = 412, description = "It has changed since it was read."),
    );

    /// Delete a share class
    ///
    /// Only a draft or a liquidated share class can be deleted. It can be restored. Requires the permission `funds:write`.
    delete "/v1/funds/{id}/share-classes/{class_id}" delete_share_class DeleteShareClass -> (),
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "There is no such share class, or it is not yours."),
        (status = 409, description = "It is neither a draft nor liquidated, or it is deleted already."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Restore a deleted share class
    ///
    /// It is as it was before. Requires the permission `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/restore" restore_share_class RestoreShareClass -> ShareClass,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 200, description = "Restored.", body = ShareClass, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such share class, or it is not yours."),
        (status = 409, description = "It is not deleted."),
        (status = 412, description = "It has changed since it was read."),
    );

    /// Add a token
    ///
    /// A share class has at most one token per chain. Requires the permission `funds:write`.
    post "/v1/funds/{id}/share-classes/{class_id}/tokens" add_share_class_token AddToken(NewToken) -> ShareClass,
    [permission("funds:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 201, description = "Added.", body = ShareClass, headers( ("location" = String, description = "The share class."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such share class, or it is not yours."),
        (status = 409, description = "The share class has a token on this chain, another one has the token at this address, or it is deleted."),
        (status = 412, description = "It has changed since it was read."),
    );

    /// Remove a token
    ///
    /// Only while the share class is a draft: afterwards others rely on it. Requires the permission `funds:write`.
    delete "/v1/funds/{id}/share-classes/{class_id}/tokens/{chain_id}" remove_share_class_token RemoveToken -> ShareClass,
    [permission("funds:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the fund."),
        ("class_id" = uuid::Uuid, Path, description = "Id of the share class."),
        ("chain_id" = i64, Path, minimum = 1, description = "EIP-155 id of the chain."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if it has changed since."),
    ),
    responses(
        (status = 200, description = "Removed.", body = ShareClass, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 404, description = "There is no such token, or it is not yours."),
        (status = 409, description = "The share class is published or deleted."),
        (status = 412, description = "It has changed since it was read."),
    );
}
