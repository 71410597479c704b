//! Investors: `/v1/investors…`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{FundId, InvestorId, WalletChallengeId, WalletId},
    input::Object,
    investor::{
        Acknowledgement, BeneficialOwner, Classification, Entry, Kind, Kyc, Lei, NewWallet, Permit, Recorded,
        RecordedClassification, RecordedDecision, RecordedKyc, RecordedScreening, RecordedWallet,
        RevocationSubject, Screening, proof, read_reason,
    },
    reference::{Country, Nationality, Region},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    common::Page,
    endpoint::{Body, endpoints},
};

/// An investor to be recorded. `kind`, `name` and `residence` are required; everything else is evidence that rules may ask for
/// later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvestor {
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Ada Lovelace"))]
    pub name: String,
    /// Former names, aliases and names in other scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50, example = json!(["Ada King"])))]
    pub other_names: Option<Vec<String>>,
    /// Date of birth of a natural person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1985-12-10"))]
    pub birth_date: Option<NaiveDate>,
    /// Date of incorporation of a legal person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incorporated_on: Option<NaiveDate>,
    /// Registration number of a legal person in the register of its home country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal person; its check digits must be correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// Region of that country (ISO 3166-2). Some embargoes apply to regions: without this, a resident of Ukraine needs manual
    /// review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", example = "LU-LU"))]
    pub region: Option<Region>,
    /// Nationalities of a natural person: ISO 3166-1 alpha-2, `XK`, or, for somebody who has none, `XXA` (stateless), `XXB` or
    /// `XXC` (refugee) or `XXX` (unspecified), as in passports (ICAO Doc 9303-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, max_items = 20, example = json!(["GB"])))]
    pub nationalities: Option<Vec<Nationality>>,
    /// Residence permits of a natural person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub permits: Option<Vec<Permit>>,
    /// Identity verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// The latest screening against sanctions lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
    /// Whether the money belongs to a benefit plan (ERISA 3(42)); false by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit_plan: Option<bool>,
    /// Funds over whose assets the investor, or an affiliate, has discretionary authority or control, or which they advise for a
    /// fee. Their holdings in these are excluded from the benefit plan test (29 CFR 2510.3-101(f)(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 100))]
    pub manages_funds: Option<Vec<FundId>>,
    /// Beneficial owners of a legal person. Omitted: nobody has asked. Empty: asked, and nobody owns enough to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub acknowledgements: Option<Vec<Acknowledgement>>,
    /// Wallets. Within a tenant, a wallet belongs to one investor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub wallets: Option<Vec<NewWallet>>,
    /// Investor classifications, with the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub classifications: Option<Vec<Classification>>,
}

/// Changes to an investor: a field that is given replaces the recorded one, and `null` removes it. Wallets and classifications
/// are added one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvestorPatch {
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Ada Lovelace"))]
    pub name: Option<String>,
    /// Former names, aliases and names in other scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50, example = json!(["Ada King"])))]
    pub other_names: Option<Vec<String>>,
    /// Date of birth of a natural person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1985-12-10"))]
    pub birth_date: Option<NaiveDate>,
    /// Date of incorporation of a legal person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incorporated_on: Option<NaiveDate>,
    /// Registration number of a legal person in the register of its home country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal person; its check digits must be correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Option<Country>,
    /// Region of that country (ISO 3166-2). Some embargoes apply to regions: without this, a resident of Ukraine needs manual
    /// review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", example = "LU-LU"))]
    pub region: Option<Region>,
    /// Nationalities of a natural person: ISO 3166-1 alpha-2, `XK`, or, for somebody who has none, `XXA` (stateless), `XXB` or
    /// `XXC` (refugee) or `XXX` (unspecified), as in passports (ICAO Doc 9303-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>, max_items = 20, example = json!(["GB"])))]
    pub nationalities: Option<Vec<Nationality>>,
    /// Residence permits of a natural person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub permits: Option<Vec<Permit>>,
    /// An identity verification. The same data as already recorded does not count as a new verification, unless that one is stale
    /// and this one dates from the day of the change or later. `null` revokes all that are in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// A screening against sanctions lists. The same data as already recorded does not count as a new screening, unless that one
    /// is stale and this one dates from the day of the change or later. `null` revokes all that are in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
    /// Whether the money belongs to a benefit plan (ERISA 3(42)); false by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit_plan: Option<bool>,
    /// Funds over whose assets the investor, or an affiliate, has discretionary authority or control, or which they advise for a
    /// fee. Their holdings in these are excluded from the benefit plan test (29 CFR 2510.3-101(f)(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 100))]
    pub manages_funds: Option<Vec<FundId>>,
    /// Beneficial owners of a legal person. Omitted: nobody has asked. Empty: asked, and nobody owns enough to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub acknowledgements: Option<Vec<Acknowledgement>>,
}

/// An investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Investor {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: InvestorId,
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// Former names, aliases and names in other scripts.
    pub other_names: Vec<String>,
    /// Date of birth of a natural person.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub birth_date: Option<NaiveDate>,
    /// Date of incorporation of a legal person.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub incorporated_on: Option<NaiveDate>,
    /// Registration number of a legal person in the register of its home country.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub registration_number: Option<String>,
    /// Legal Entity Identifier (ISO 17442) of a legal person.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z0-9]{18}[0-9]{2}$"))]
    pub lei: Option<Lei>,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// Region of that country (ISO 3166-2); null if not recorded.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$"))]
    pub region: Option<Region>,
    /// Nationalities of a natural person: ISO 3166-1 alpha-2, `XK`, or, for somebody who has none, `XXA` (stateless), `XXB` or
    /// `XXC` (refugee) or `XXX` (unspecified), as in passports (ICAO Doc 9303-3).
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["GB"])))]
    pub nationalities: Vec<Nationality>,
    /// Residence permits of a natural person.
    pub permits: Vec<Permit>,
    /// The latest identity verification, as the tenant has declared it. Rules that ask for an approved identity ask for
    /// `kyc_decision`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub kyc: Option<RecordedKyc>,
    /// The last decision of a second person about the KYC file; null as long as there is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub kyc_decision: Option<RecordedDecision>,
    /// The latest screening against sanctions lists.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub screening: Option<RecordedScreening>,
    /// Whether the money belongs to a benefit plan (ERISA 3(42)).
    pub benefit_plan: bool,
    /// Funds that the investor, or an affiliate, manages or advises.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<uuid::Uuid>))]
    pub manages_funds: Vec<FundId>,
    /// Beneficial owners of a legal person; null if nobody has asked.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Wallets.
    pub wallets: Vec<RecordedWallet>,
    /// Investor classifications, with the evidence, in the order in which they were recorded.
    pub classifications: Vec<RecordedClassification>,
    /// Number of changes to the identity of the investor, including that of its owners. Verifications and screenings of an
    /// earlier identity are stale.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub identity_version: i64,
    /// When the identity last changed: RFC 3339, UTC; null if it never has.
    #[serde(serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub identity_changed_at: Option<DateTime<Utc>>,
    /// Version, incremented by every change; the `ETag` is derived from it.
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
    /// An investor from its record and from what else the database knows of it.
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
            kyc_decision: recorded.kyc_decision,
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

/// A text for the wallet's key to sign, as proof that the investor controls the wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WalletChallenge {
    /// Id of the challenge, to be named in the proof.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: WalletChallengeId,
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub wallet_id: WalletId,
    /// Text to be signed with `personal_sign` (EIP-191), exactly as given, in UTF-8. It follows EIP-4361 ("Sign-In with
    /// Ethereum").
    pub message: String,
    /// Nonce contained in the text.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub nonce: String,
    /// When it was created: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub issued_at: DateTime<Utc>,
    /// When it expires: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub expires_at: DateTime<Utc>,
}

/// A signed challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWalletProof {
    /// The challenge of this wallet that was signed. A correct signature uses it up.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub challenge_id: WalletChallengeId,
    /// Signature over the text: r, s and v. Of the two valid values of s, only the lower is accepted (EIP-2); v is 27 or 28, or 0
    /// or 1.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{130}$"))]
    pub signature: String,
}

/// Why a record or a wallet is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRevocation {
    /// The reason, for later reference.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 500, example = "the letter is forged")
    )]
    pub reason: String,
}

/// A record or wallet that was revoked, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revocation {
    /// Id of the revocation.
    pub id: Uuid,
    /// Kind of record.
    pub subject: RevocationSubject,
    /// Id of the record.
    pub subject_id: Uuid,
    /// Reason.
    #[cfg_attr(feature = "openapi", schema(example = "the letter is forged"))]
    pub reason: String,
    /// When it was proposed: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub revoked_at: DateTime<Utc>,
    /// Content of the record.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub statement: serde_json::Value,
}

/// An investor, as shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvestorSummary {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: InvestorId,
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// Country in which a person resides or an organisation is established (ISO 3166-1 alpha-2).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "LU"))]
    pub residence: Country,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub created_at: DateTime<Utc>,
    /// When any of this last changed: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub updated_at: DateTime<Utc>,
}

impl Body for NewInvestor {
    type Read = Entry;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(body: Object<'_>, now: DateTime<Utc>) -> Result<Entry> {
        Entry::read(body, now)
    }
}

/// What a JSON Merge Patch (RFC 7396) says is known once it is applied to an investor: it is read then, as a whole.
impl Body for InvestorPatch {
    type Read = Value;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<Value> {
        Ok(body.as_it_came())
    }
}

impl Body for NewWallet {
    type Read = Self;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Self> {
        let wallet = Self::read(&mut body);
        body.finish(|| wallet)
    }
}

impl Body for NewWalletProof {
    type Read = proof::Answer;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<proof::Answer> {
        proof::Answer::read(body)
    }
}

impl Body for Classification {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let read = Self::read(&mut body, now);
        body.finish(|| read)
    }
}

impl Body for Kyc {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let read = Self::read(&mut body, now);
        body.finish(|| read)
    }
}

impl Body for Screening {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let read = Self::read(&mut body, now);
        body.finish(|| read)
    }
}

impl Body for NewRevocation {
    /// The reason.
    type Read = String;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<String> {
        read_reason(body)
    }
}

endpoints! {
    "investors", "Investors, and the evidence of who and what they are.";
    schemas();

    /// Record an investor
    ///
    /// Wallets and classifications can be given at the same time. Requires the permission `investors:write`.
    post "/v1/investors" create_investor CreateInvestor(NewInvestor) -> Investor,
    [permission("investors:write"), idempotent()],
    example(json!({
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
        (status = 201, description = "Recorded.", body = Investor, headers( ("location" = String, description = "The investor."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "A wallet or the LEI belongs to another investor of the tenant, or the first request with this key is still in progress."),
    );

    /// List investors
    ///
    /// Newest first. If several of `name`, `lei` and `wallet` are given, all must match. Requires the permission
    /// `investors:read`.
    get "/v1/investors" list_investors ListInvestors -> Page<InvestorSummary>,
    [permission("investors:read")],
    params(
        ("kind" = inline(Option<Kind>), Query, description = "Only natural or only legal persons."),
        ("residence" = Option<String>, Query, pattern = "^[A-Z]{2}$", example = "LU", description = "Only investors who reside or are established in this country (ISO 3166-1 alpha-2)."),
        ("name" = Option<String>, Query, min_length = 1, max_length = 300, pattern = "[0-9A-Za-z]", example = "lovel", description = "Words, each of which must begin a word of the name or of one of the other names. Case and accents are ignored."),
        ("lei" = Option<String>, Query, pattern = "^[A-Z0-9]{18}[0-9]{2}$", example = "5493001KJTIIGC8Y1R12", description = "Only the investor with this Legal Entity Identifier (ISO 17442), in any case."),
        ("wallet" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", description = "Only investors with this wallet address, on any chain."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of investors.", body = Page<InvestorSummary>));

    /// Read an investor
    ///
    /// Its entity tag is needed to change it. Requires the permission `investors:read`.
    get "/v1/investors/{id}" read_investor ReadInvestor -> Investor,
    [permission("investors:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 304, description = "Not modified."),
    );

    /// Change an investor
    ///
    /// Takes a JSON Merge Patch (RFC 7396). Requires the permission `investors:write`.
    patch "/v1/investors/{id}" update_investor UpdateInvestor(InvestorPatch) -> Investor,
    [permission("investors:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 200, description = "Changed.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The LEI belongs to another investor of the tenant."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// Register a wallet
    ///
    /// The wallet has no effect until control of it has been proven. Requires the permission `investors:write`.
    post "/v1/investors/{id}/wallets" add_wallet AddWallet(NewWallet) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "The investor already has this wallet. Returns the investor.", body = Investor),
        (status = 201, description = "Registered. Returns the investor.", body = Investor, headers( ("location" = String, description = "The investor."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "Another investor of the tenant has this wallet, or the first request with this key is still in progress."),
    );

    /// Request a wallet challenge
    ///
    /// Creates a text for the wallet's key to sign, as proof that the investor controls the wallet. It can be used once, within
    /// 15 minutes. Requires the permission `investors:write`.
    post "/v1/investors/{id}/wallets/{wallet_id}/challenges" challenge_wallet ChallengeWallet -> WalletChallenge,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
    ),
    responses(
        (status = 201, description = "The challenge.", body = WalletChallenge),
        (status = 409, description = "The first request with this key is still in progress."),
    );

    /// Prove control of a wallet
    ///
    /// Takes the signed challenge. Only a proven wallet gives access to escrows and satisfies rules that require a verified
    /// wallet. The signature must be made with the wallet's key (EIP-191): a smart contract wallet has no key and cannot be
    /// proven, as EIP-1271 would require a call to its chain. Requires the permission `investors:write`.
    post "/v1/investors/{id}/wallets/{wallet_id}/proofs" prove_wallet ProveWallet(NewWalletProof) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "Proven. Returns the investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The challenge has already been used, the wallet is proven to belong to another investor, or the first request with this key is still in progress."),
        (status = 422, description = "The signature was not made by the wallet's key over the text of the challenge, or the challenge has expired."),
    );

    /// Record a classification
    ///
    /// Among classifications that answer the same question, the one with the latest evidence prevails, then the one recorded
    /// last. Requires the permission `investors:write`.
    post "/v1/investors/{id}/classifications" add_classification AddClassification(Classification) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 201, description = "Recorded. Returns the investor.", body = Investor, headers( ("location" = String, description = "The investor."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The first request with this key is still in progress."),
    );

    /// Record an identity verification
    ///
    /// It applies to the present identity of the investor. The latest one that is not revoked prevails. Requires the permission
    /// `investors:write`.
    post "/v1/investors/{id}/verifications" add_verification AddVerification(Kyc) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 201, description = "Recorded. Returns the investor.", body = Investor, headers( ("location" = String, description = "The investor."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The first request with this key is still in progress."),
    );

    /// Record a sanctions screening
    ///
    /// It applies to the present identity of the investor. The latest one that is not revoked prevails. Requires the permission
    /// `investors:write`.
    post "/v1/investors/{id}/screenings" add_screening AddScreening(Screening) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 201, description = "Recorded. Returns the investor.", body = Investor, headers( ("location" = String, description = "The investor."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The first request with this key is still in progress."),
    );

    /// Revoke a classification
    ///
    /// It never counts again, and the classifications that it superseded count as if it had never been recorded. Requires the
    /// permission `investors:write`.
    post "/v1/investors/{id}/classifications/{classification_id}/revocation" revoke_classification RevokeClassification(NewRevocation) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("classification_id" = uuid::Uuid, Path, description = "Id of the classification."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "Revoked. Returns the investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been revoked, or the first request with this key is still in progress."),
    );

    /// Revoke an identity verification
    ///
    /// It never counts again, and the one before it prevails. Requires the permission `investors:write`.
    post "/v1/investors/{id}/verifications/{verification_id}/revocation" revoke_verification RevokeVerification(NewRevocation) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("verification_id" = uuid::Uuid, Path, description = "Id of the verification."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "Revoked. Returns the investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been revoked, or the first request with this key is still in progress."),
    );

    /// Revoke a sanctions screening
    ///
    /// It never counts again, and the one before it prevails. Requires the permission `investors:write`.
    post "/v1/investors/{id}/screenings/{screening_id}/revocation" revoke_screening RevokeScreening(NewRevocation) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("screening_id" = uuid::Uuid, Path, description = "Id of the screening."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "Revoked. Returns the investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been revoked, or the first request with this key is still in progress."),
    );

    /// Remove a wallet
    ///
    /// It can be registered again, but control of it must then be proven anew. Requires the permission `investors:write`.
    post "/v1/investors/{id}/wallets/{wallet_id}/revocation" remove_wallet RemoveWallet(NewRevocation) -> Investor,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("wallet_id" = uuid::Uuid, Path, description = "Id of the wallet."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 412, description = "It has changed since the version named by `If-Match`."),
        (status = 200, description = "Revoked. Returns the investor.", body = Investor, headers( ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been revoked, or the first request with this key is still in progress."),
    );

    /// List revoked records of an investor
    ///
    /// Newest first. Requires the permission `investors:read`.
    get "/v1/investors/{id}/revocations" list_revocations ListRevocations -> Page<Revocation>,
    [permission("investors:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of revocations.", body = Page<Revocation>));
}
