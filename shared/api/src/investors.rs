//! Investors: `/v1/investors…`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    ids::InvestorId,
    investor::{
        Acknowledgement, BeneficialOwner, Classification, Kind, Kyc, Lei, Permit, Profile, Screening, Wallet,
    },
    reference::{Country, Nationality},
};
use serde::{Deserialize, Serialize};

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
    pub wallets: Option<Vec<Wallet>>,
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
    /// Of a natural investor: ISO 3166-1 alpha-2, `XK`, or of who has none `XXA` (stateless), `XXB`, `XXC` (refugees) or
    /// `XXX` (unspecified), as passports say it (ICAO Doc 9303-3).
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["GB"])))]
    pub nationalities: Vec<Nationality>,
    /// Residence permits of a natural investor.
    pub permits: Vec<Permit>,
    /// Verification of the identity.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub kyc: Option<Kyc>,
    /// The last screening against sanctions lists.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub screening: Option<Screening>,
    /// Whether the money is that of a benefit plan (ERISA 3(42)).
    pub benefit_plan: bool,
    /// Owners of a legal investor; null when nobody has asked.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Wallets.
    pub wallets: Vec<Wallet>,
    /// What the investor counts as, with the evidence.
    pub classifications: Vec<Classification>,
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
    /// An investor from its profile and what the database knows beyond it.
    pub fn new(
        id: InvestorId,
        profile: Profile,
        version: i64,
        (created_at, updated_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
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
            nationalities: profile.nationalities,
            permits: profile.permits,
            kyc: profile.kyc,
            screening: profile.screening,
            benefit_plan: profile.benefit_plan,
            beneficial_owners: profile.beneficial_owners,
            acknowledgements: profile.acknowledgements,
            wallets: profile.wallets,
            classifications: profile.classifications,
            version,
            created_at,
            updated_at,
        }
    }
}

impl Investor {
    /// What was recorded of it.
    pub fn profile(self) -> Profile {
        Profile {
            kind: self.kind,
            name: self.name,
            other_names: self.other_names,
            birth_date: self.birth_date,
            incorporated_on: self.incorporated_on,
            registration_number: self.registration_number,
            lei: self.lei,
            residence: self.residence,
            nationalities: self.nationalities,
            permits: self.permits,
            kyc: self.kyc,
            screening: self.screening,
            benefit_plan: self.benefit_plan,
            beneficial_owners: self.beneficial_owners,
            acknowledgements: self.acknowledgements,
            wallets: self.wallets,
            classifications: self.classifications,
        }
    }
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

    use fundrail_domain::investor::{Classification, Kind, Wallet};

    use super::{Investor, InvestorPatch, InvestorSummary, NewInvestor};
    use crate::common::{Page, Problem};

    /// The routes of investors.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        use utoipa::OpenApi as _;
        Routes::openapi()
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(create_investor, list_investors, read_investor, update_investor, add_wallet, add_classification),
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

    /// Lists investors, the newest first.
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

    /// Registers a further wallet of an investor.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/wallets",
        operation_id = "add_wallet",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = Wallet,
        responses(
            (status = 201, description = "It is registered; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The tenant has registered the wallet before, or the first request with this \
                key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
    const fn add_wallet() {}

    /// Records a further classification of an investor.
    #[utoipa::path(
        post,
        path = "/v1/investors/{id}/classifications",
        operation_id = "add_classification",
        tag = "investors",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the investor."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
                description = "The same key and body again get the stored answer."),
        ),
        request_body = Classification,
        responses(
            (status = 201, description = "It is recorded; the answer is the investor.", body = Investor, headers(
                ("location" = String, description = "The investor."),
                ("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "The first request with this key is still running.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn add_classification() {}
}
