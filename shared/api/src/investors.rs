//! Investors: `/v1/investors…`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    ids::{FundId, InvestorId},
    investor::{
        Acknowledgement, BeneficialOwner, Classification, Kind, Kyc, Lei, NewWallet, Permit, Recorded,
        RecordedClassification, RecordedKyc, RecordedScreening, RecordedWallet, Screening,
    },
    reference::{Country, Nationality, Region},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An investor to be recorded. `kind`, `name` and `residence` are needed; whatever else is missing is evidence that rules
/// may ask for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvestor {
    /// A person or an organisation.
    pub kind: Kind,
    /// The full name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Ada Lovelace"))]
    pub name: String,
    /// Former names, aliases, names in other scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50, example = json!(["Ada King"])))]
    pub other_names: Option<Vec<String>>,
    /// Of a natural investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1985-12-10"))]
    pub birth_date: Option<NaiveDate>,
    /// Of a legal investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incorporated_on: Option<NaiveDate>,
    /// Of a legal investor, in the register of its home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal investor; its check digits have to be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Where a person resides, or an organisation is established: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// In which part of it: an ISO 3166-2 code. Some embargoes are of regions: without it, whoever resides in Ukraine is for a
    /// person to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", example = "LU-LU"))]
    pub region: Option<Region>,
    /// Of a natural investor: ISO 3166-1 alpha-2, `XK`, or of who has none `XXA` (stateless), `XXB`, `XXC` (refugees) or
    /// `XXX` (unspecified), as passports say it (ICAO Doc 9303-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, max_items = 20, example = json!(["GB"])))]
    pub nationalities: Option<Vec<Nationality>>,
    /// Residence permits of a natural investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub permits: Option<Vec<Permit>>,
    /// Verification of the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// The last screening against sanctions lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
    /// Whether the money is that of a benefit plan (ERISA 3(42)); false when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit_plan: Option<bool>,
    /// Funds over whose assets the investor, or an affiliate, has discretionary authority or control, or which they advise for a
    /// fee: what they hold of these is left out of the count of benefit plans (29 CFR 2510.3-101(f)(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 100))]
    pub manages_funds: Option<Vec<FundId>>,
    /// Owners of a legal investor. Missing: nobody has asked. Empty: asked, and nobody owns enough to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub acknowledgements: Option<Vec<Acknowledgement>>,
    /// Wallets. One wallet belongs to one investor of a tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub wallets: Option<Vec<NewWallet>>,
    /// What the investor counts as, with the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub classifications: Option<Vec<Classification>>,
}

/// A change of an investor: what is given replaces what was, and `null` removes it. Wallets and classifications are added
/// one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvestorPatch {
    /// The full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Ada Lovelace"))]
    pub name: Option<String>,
    /// Former names, aliases, names in other scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50, example = json!(["Ada King"])))]
    pub other_names: Option<Vec<String>>,
    /// Of a natural investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1985-12-10"))]
    pub birth_date: Option<NaiveDate>,
    /// Of a legal investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incorporated_on: Option<NaiveDate>,
    /// Of a legal investor, in the register of its home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal investor; its check digits have to be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Where a person resides, or an organisation is established: ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Option<Country>,
    /// In which part of it: an ISO 3166-2 code. Some embargoes are of regions: without it, whoever resides in Ukraine is for a
    /// person to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", example = "LU-LU"))]
    pub region: Option<Region>,
    /// Of a natural investor: ISO 3166-1 alpha-2, `XK`, or of who has none `XXA` (stateless), `XXB`, `XXC` (refugees) or
    /// `XXX` (unspecified), as passports say it (ICAO Doc 9303-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, max_items = 20, example = json!(["GB"])))]
    pub nationalities: Option<Vec<Nationality>>,
    /// Residence permits of a natural investor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub permits: Option<Vec<Permit>>,
    /// Verification of the identity. The same as is recorded is no new one, unless that is stale and this is of the day of the
    /// change or later. `null` revokes all that stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// A screening against sanctions lists. The same as is recorded is no new one, unless that is stale and this is of the day
    /// of the change or later. `null` revokes all that stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
    /// Whether the money is that of a benefit plan (ERISA 3(42)); false when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit_plan: Option<bool>,
    /// Funds over whose assets the investor, or an affiliate, has discretionary authority or control, or which they advise for a
    /// fee: what they hold of these is left out of the count of benefit plans (29 CFR 2510.3-101(f)(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 100))]
    pub manages_funds: Option<Vec<FundId>>,
    /// Owners of a legal investor. Missing: nobody has asked. Empty: asked, and nobody owns enough to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub acknowledgements: Option<Vec<Acknowledgement>>,
}

/// An investor as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Investor {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: InvestorId,
    /// A person or an organisation.
    pub kind: Kind,
    /// The full name.
    #[cfg_attr(feature = "openapi", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// Former names, aliases, names in other scripts.
    pub other_names: Vec<String>,
    /// Of a natural investor.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub birth_date: Option<NaiveDate>,
    /// Of a legal investor.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub incorporated_on: Option<NaiveDate>,
    /// Of a legal investor, in the register of its home.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal investor.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Where a person resides, or an organisation is established: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// In which part of it: an ISO 3166-2 code; null where it is not recorded.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$"))]
    pub region: Option<Region>,
    /// Of a natural investor: ISO 3166-1 alpha-2, `XK`, or of who has none `XXA` (stateless), `XXB`, `XXC` (refugees) or
    /// `XXX` (unspecified), as passports say it (ICAO Doc 9303-3).
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["GB"])))]
    pub nationalities: Vec<Nationality>,
    /// Residence permits of a natural investor.
    pub permits: Vec<Permit>,
    /// The last verification of the identity.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub kyc: Option<RecordedKyc>,
    /// The last screening against sanctions lists.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub screening: Option<RecordedScreening>,
    /// Whether the money is that of a benefit plan (ERISA 3(42)).
    pub benefit_plan: bool,
    /// Funds that the investor, or an affiliate, manages or advises.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<uuid::Uuid>))]
    pub manages_funds: Vec<FundId>,
    /// Owners of a legal investor; null when nobody has asked.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Wallets.
    pub wallets: Vec<RecordedWallet>,
    /// What the investor counts as, with the evidence, in the order in which it was stated.
    pub classifications: Vec<RecordedClassification>,
    /// Counts the changes of who the investor is, and of who stands behind it. Verifications and screenings of an earlier
    /// identity are stale.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub identity_version: i64,
    /// When the identity last changed: RFC 3339, UTC; null as long as it is what was recorded first.
    #[serde(serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub identity_changed_at: Option<DateTime<Utc>>,
    /// Counts every change; the ETag is made of it.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: i64,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub created_at: DateTime<Utc>,
    /// When any of this last changed: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub updated_at: DateTime<Utc>,
}

impl Investor {
    /// An investor from what is recorded of it and what the database knows beyond that.
    pub fn new(
        id: InvestorId,
        recorded: Recorded,
        version: i64,
        (created_at, updated_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        let profile = recorded.profile;
        Self {
            id,
            kind: profile.kind,
            name: profile.name,
            other_names: profile.other_names,
            birth_date: profile.birth_date,
            incorporated_on: profile.incorporated_on,
            registration_number: profile.registration_number,
            lei: profile.lei,
            residence: profile.residence,
            region: profile.region,
            nationalities: profile.nationalities,
            permits: profile.permits,
            kyc: recorded.kyc,
            screening: recorded.screening,
            benefit_plan: profile.benefit_plan,
            manages_funds: profile.manages_funds,
            beneficial_owners: profile.beneficial_owners,
            acknowledgements: profile.acknowledgements,
            wallets: recorded.wallets,
            classifications: recorded.classifications,
            identity_version: recorded.identity_version,
            identity_changed_at: recorded.identity_changed_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// A text to be signed by a wallet's key, which proves that the investor controls the wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WalletChallenge {
    /// Id of the challenge; the answer names it.
    pub id: Uuid,
    /// Whose it is.
    pub wallet_id: Uuid,
    /// Exactly what is to be signed, in UTF-8, by `personal_sign` (EIP-191): a text of EIP-4361 ("Sign-In with Ethereum").
    pub message: String,
    /// The nonce that stands in it.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub nonce: String,
    /// When it was written: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub issued_at: DateTime<Utc>,
    /// From when on it can no longer be answered: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub expires_at: DateTime<Utc>,
}

/// The answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWalletProof {
    /// To which challenge of this wallet. It is used up by a right answer.
    pub challenge_id: Uuid,
    /// The signature over its message: r, s and v. Of the two values of s that verify only the lower one is taken (EIP-2); v is
    /// 27 or 28, or 0 or 1.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{130}$"))]
    pub signature: String,
}

/// Why a statement or a wallet is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRevocation {
    /// The reason, for whoever looks at it later.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 500, example = "the letter is forged")
    )]
    pub reason: String,
}

/// What was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RevocationSubject {
    /// A classification.
    Classification,
    /// A verification of the identity.
    Verification,
    /// A screening.
    Screening,
    /// A wallet.
    Wallet,
}

/// A statement or a wallet that was revoked, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revocation {
    /// Id of the revocation.
    pub id: Uuid,
    /// What kind of thing was revoked.
    pub subject: RevocationSubject,
    /// Which one.
    pub subject_id: Uuid,
    /// Why.
    #[cfg_attr(feature = "openapi", schema(example = "the letter is forged"))]
    pub reason: String,
    /// When: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub revoked_at: DateTime<Utc>,
    /// What it had said.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub statement: serde_json::Value,
}

/// An investor as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvestorSummary {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: InvestorId,
    /// A person or an organisation.
    pub kind: Kind,
    /// The full name.
    #[cfg_attr(feature = "openapi", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// Where a person resides, or an organisation is established: ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub created_at: DateTime<Utc>,
    /// When any of this last changed: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub updated_at: DateTime<Utc>,
}

#[cfg(feature = "openapi")]
pub use documentation::openapi;

/// The routes as OpenAPI has them.
#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use fundrail_domain::investor::{Classification, Kind, Kyc, NewWallet, Screening};

    use super::{
        Investor, InvestorPatch, InvestorSummary, NewInvestor, NewRevocation, NewWalletProof, Revocation,
        WalletChallenge,
    };
    use crate::common::{Page, Problem};

    /// The routes of investors.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        use utoipa::OpenApi as _;
        Routes::openapi()
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(create_investor, list_investors, read_investor, update_investor, add_wallet, challenge_wallet, prove_wallet,
            add_classification,
            add_verification, add_screening, revoke_classification, revoke_verification, revoke_screening, remove_wallet,
            list_revocations),
        tags((name = "investors", description = "Who wants to hold shares, and the evidence of what they are."))
    )]
    struct Routes;

    /// Records an investor, with wallets and classifications.
    #[utoipa::path(
        post,
        path = "/v1/investors",
        operation_id = "create_investor",
        tag = "investors",
        security(("bearer" = [])),
        params(("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
            description = "The same key and body again get the stored answer.")),
        request_body(content = NewInvestor, example = json!({
            "kind": "natural",
            "name": "Ada Lovelace",
            "birth_date": "1985-12-10",
            "residence": "LU",
            "nationalities": ["GB"],
            "kyc": { "status": "verified", "verified_on": "2026-10-01" },
            "screening": { "outcome": "clear", "screened_at": "2026-11-01T09:00:00Z", "source": "OFAC SDN" },
            "classifications": [{
                "kind": "mifid_professional_elective", "evidence": "firm_assessment", "issued_on": "2026-10-01",
                "figures": { "trades_per_quarter": "12", "portfolio_eur": "750000" }
            }]
        })),
        responses(
            (status = 201, description = "It is recorded.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "A wallet or the LEI belongs to another investor of the tenant, or the first \
                request with this key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn create_investor() {}

    /// Lists investors, the newest first. Of `name`, `lei` and `wallet`, all that are given have to fit.
    #[utoipa::path(
        get,
        path = "/v1/investors",
        operation_id = "list_investors",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("kind" = inline(Option<Kind>), Query, description = "Persons, or organisations."),
            ("residence" = Option<String>, Query, pattern = "^[A-Z]{2}$", example = "LU",
                description = "Where they reside or are established: ISO 3166-1 alpha-2."),
            ("name" = Option<String>, Query, min_length = 1, max_length = 300, pattern = "[0-9A-Za-z]", example = "lovel",
                description = "Each word of it begins a word of the name or of one of the other names, whatever its case \
                    and accents."),
            ("lei" = Option<String>, Query, pattern = "^[A-Z0-9]{18}[0-9]{2}$", example = "5493001KJTIIGC8Y1R12",
                description = "Legal Entity Identifier (ISO 17442), in any case."),
            ("wallet" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$",
                example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                description = "Address of a wallet that the investor has, on any chain."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses((status = 200, description = "A page of investors.", body = Page<InvestorSummary>))
    )]
    const fn list_investors() {}

    /// Shows an investor.
    #[utoipa::path(
        get,
        path = "/v1/investors/{id}",
        operation_id = "read_investor",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
    const fn read_investor() {}

    /// Changes fields of an investor by a JSON Merge Patch (RFC 7396).
    #[utoipa::path(
        patch,
        path = "/v1/investors/{id}",
        operation_id = "update_investor",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-match" = String, Header, description = "Entity tag of the version that is changed."),
        ),
        request_body = InvestorPatch,
        responses(
            (status = 200, description = "It is changed.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The LEI belongs to another investor of the tenant.", body = Problem,
                content_type = "application/problem+json"),
            (status = 412, description = "It has changed since it was read.", body = Problem,
                content_type = "application/problem+json"),
            (status = 428, description = "The header If-Match is missing.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn update_investor() {}

    /// Registers a further wallet of an investor. It counts for nothing until control of it is proven.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/wallets",
        operation_id = "add_wallet",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewWallet,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "The investor has had it already; the answer is the investor.", body = Investor),
            (status = 201, description = "It is registered; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "Another investor of the tenant has the wallet, or the first request with this \
                key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn add_wallet() {}

    /// Writes a text that the wallet's key signs to prove that the investor controls the wallet. It can be answered once, for a
    /// quarter of an hour.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/wallets/{wallet_id}/challenges",
        operation_id = "challenge_wallet",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key again gets the stored answer."),
        ),
        responses(
            (status = 201, description = "The challenge.", body = WalletChallenge),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn challenge_wallet() {}

    /// Proves by a signature over a challenge that the investor controls the wallet. Only then does the wallet show escrows and
    /// satisfy rules that ask for a verified one. The signature is a key's (EIP-191): a wallet that is a contract has no key, and
    /// cannot be proven (EIP-1271 would ask the contract, on its chain).
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/wallets/{wallet_id}/proofs",
        operation_id = "prove_wallet",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewWalletProof,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "It is proven; the answer is the investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The challenge has been answered before, the wallet is proven to be another \
                investor's, or the first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
            (status = 422, description = "The signature is not one of the wallet's key over the text of the challenge, or the \
                challenge has expired.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn prove_wallet() {}

    /// Records a further classification of an investor. Of statements that answer the same question the latest counts, by the
    /// date of its evidence and then by its recording.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/classifications",
        operation_id = "add_classification",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = Classification,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 201, description = "It is recorded; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn add_classification() {}

    /// Records a verification of who the investor is now. The last one that is not revoked holds.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/verifications",
        operation_id = "add_verification",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = Kyc,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 201, description = "It is recorded; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn add_verification() {}

    /// Records a screening of who the investor is now. The last one that is not revoked holds.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/screenings",
        operation_id = "add_screening",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = Screening,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 201, description = "It is recorded; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn add_screening() {}

    /// Revokes a classification: it never counts again, and what it had superseded counts as if it had not been stated.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/classifications/{classification_id}/revocation",
        operation_id = "revoke_classification",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("classification_id" = uuid::Uuid, Path, description = "Id of the classification."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewRevocation,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "It no longer counts; the answer is the investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "It was revoked before, or the first request with this key is still running.",
                body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn revoke_classification() {}

    /// Revokes a verification: it never counts again, and the one before it holds.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/verifications/{verification_id}/revocation",
        operation_id = "revoke_verification",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("verification_id" = uuid::Uuid, Path, description = "Id of the verification."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewRevocation,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "It no longer counts; the answer is the investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "It was revoked before, or the first request with this key is still running.",
                body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn revoke_verification() {}

    /// Revokes a screening: it never counts again, and the one before it holds.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/screenings/{screening_id}/revocation",
        operation_id = "revoke_screening",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("screening_id" = uuid::Uuid, Path, description = "Id of the screening."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewRevocation,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "It no longer counts; the answer is the investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "It was revoked before, or the first request with this key is still running.",
                body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn revoke_screening() {}

    /// Removes a wallet from an investor. It may be registered again, and control of it has to be proven anew.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/wallets/{wallet_id}/revocation",
        operation_id = "remove_wallet",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
            ("if-match" = Option<String>, Header,
                description = "Entity tag of the version that is meant, when it matters that nobody has changed the investor since."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = NewRevocation,
        responses(
            (status = 412, description = "It has changed since the version that `If-Match` names.", body = Problem,
                content_type = "application/problem+json"),
            (status = 200, description = "It no longer counts; the answer is the investor.", body = Investor, headers(
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "It was revoked before, or the first request with this key is still running.",
                body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn remove_wallet() {}

    /// Lists what was revoked of an investor, the newest first.
    #[utoipa::path(
        get,
        path = "/v1/investors/{id}/revocations",
        operation_id = "list_revocations",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20,
                description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses((status = 200, description = "A page of revocations.", body = Page<Revocation>))
    )]
    const fn list_revocations() {}
}
