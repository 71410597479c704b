//! Investors: people and organisations who want to hold shares, and the evidence of what they are.
//!
//! This is what a tenant has recorded. Whether it suffices is decided by [`crate::compliance`].
//!
//! A [`Profile`] says who an investor is. The evidence is recorded beside it: verifications, screenings and classifications, each
//! with an id, and wallets. See [`Recorded`].

pub mod file;
mod owners;
pub mod ownership;
pub mod proof;
mod read;
mod recorded;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{FundId, ShareClassId},
    input::FromText,
    reference::{Country, Nationality, Region, WalletAddress},
    words::words,
};

pub use read::{Change, Entry, Stated, read_reason};
pub use recorded::{
    FileDecision, Recorded, RecordedClassification, RecordedDecision, RecordedKyc, RecordedScreening,
    RecordedWallet,
};

words! {
    /// Kind of investor.
    Kind {
        /// A natural person.
        Natural = "natural",
        /// A company, fund, trust, foundation or other body.
        Legal = "legal",
    }
}

words! {
    /// Classification of an investor under a particular law. See `docs/compliance.md` for the law behind each.
    ClassificationKind {
        /// Accredited investor, 17 CFR 230.501(a).
        UsAccredited = "us_accredited",
        /// Qualified purchaser, Investment Company Act 2(a)(51).
        UsQualifiedPurchaser = "us_qualified_purchaser",
        /// Family company as qualified purchaser, Investment Company Act 2(a)(51)(A)(ii).
        UsFamilyCompany = "us_family_company",
        /// Qualified institutional buyer, 17 CFR 230.144A(a)(1).
        UsQualifiedInstitutionalBuyer = "us_qualified_institutional_buyer",
        /// Per se professional client, MiFID II Annex II, section I.
        MifidProfessional = "mifid_professional",
        /// Professional client on request, MiFID II Annex II, section II.
        MifidProfessionalElective = "mifid_professional_elective",
        /// Eligible counterparty, MiFID II Article 30.
        MifidEligibleCounterparty = "mifid_eligible_counterparty",
        /// Well-informed investor, Luxembourg RAIF law of 23 July 2016, Article 2.
        LuxWellInformed = "lux_well_informed",
        /// Retail client, MiFID II Article 4(1)(11).
        MifidRetail = "mifid_retail",
    }
}

impl ClassificationKind {
    /// Whether two classifications answer the same question. A client of an investment firm is in one category at a time (MiFID
    /// II, Annex II and Article 30); each of the others is a question of its own.
    pub fn contradicts(self, other: Self) -> bool {
        self != other && self.is_client_category() && other.is_client_category()
    }

    /// Whether a client of this category has more protection than one of the other.
    fn is_more_protected_than(self, other: Self) -> bool {
        self.category().zip(other.category()).is_some_and(|(one, other)| one < other)
    }

    fn is_client_category(self) -> bool {
        self.category().is_some()
    }

    /// The category of a client of an investment firm, starting with the most protected.
    fn category(self) -> Option<u8> {
        match self {
            Self::MifidRetail => Some(0),
            Self::MifidProfessionalElective => Some(1),
            Self::MifidProfessional => Some(2),
            Self::MifidEligibleCounterparty => Some(3),
            _ => None,
        }
    }
}

words! {
    /// Kind of evidence for a classification.
    EvidenceKind {
        /// Written confirmation of a broker-dealer, adviser, lawyer or accountant.
        ThirdPartyLetter = "third_party_letter",
        /// Tax forms that report the income of the two most recent years, with the investor's written expectation for the current
        /// year (17 CFR 230.506(c)(2)(ii)(A)).
        TaxStatement = "tax_statement",
        /// Statements of assets from banks, brokers and appraisers, with a credit report on liabilities and the investor's
        /// representation that there are no others (17 CFR 230.506(c)(2)(ii)(B)).
        AssetStatement = "asset_statement",
        /// Audited financial statements.
        FinancialStatements = "financial_statements",
        /// Entry in the register of a supervisory authority.
        RegulatoryRegister = "regulatory_register",
        /// Assessment of expertise, experience and knowledge by a bank, investment firm or manager.
        FirmAssessment = "firm_assessment",
        /// Written declaration by the investor that nobody else has confirmed.
        WrittenRepresentation = "written_representation",
    }
}

words! {
    /// A figure for which some law sets a threshold, in whole units.
    Figure {
        /// Net worth without the primary residence, in USD.
        NetWorthUsd = "net_worth_usd",
        /// Annual income, in USD.
        IncomeUsd = "income_usd",
        /// Annual income together with a spouse or partner, in USD.
        JointIncomeUsd = "joint_income_usd",
        /// Total assets, in USD.
        AssetsUsd = "assets_usd",
        /// Investments as counted by 17 CFR 270.2a51-1, in USD.
        InvestmentsUsd = "investments_usd",
        /// Securities owned and invested on a discretionary basis, in USD.
        SecuritiesUsd = "securities_usd",
        /// Financial instruments and cash, in EUR.
        PortfolioEur = "portfolio_eur",
        /// Balance sheet total, in EUR.
        BalanceSheetEur = "balance_sheet_eur",
        /// Annual net turnover, in EUR.
        TurnoverEur = "turnover_eur",
        /// Own funds, in EUR.
        OwnFundsEur = "own_funds_eur",
        /// Transactions of significant size per quarter, averaged over the last four quarters.
        TradesPerQuarter = "trades_per_quarter",
        /// Months worked in the financial sector in a position that requires knowledge of such transactions.
        SectorMonths = "sector_months",
    }
}

words! {
    /// Status of an identity verification.
    KycStatus {
        /// Begun, not yet completed.
        Pending = "pending",
        /// The investor is who they claim to be.
        Verified = "verified",
        /// They are not, or would not prove it.
        Rejected = "rejected",
    }
}

words! {
    /// Result of a screening against sanctions lists.
    ScreeningOutcome {
        /// No match, or no match that was them.
        Clear = "clear",
        /// A possible match, which needs manual review.
        PossibleMatch = "possible_match",
        /// They are on a list, or are owned 50 % or more by listed persons.
        Match = "match",
    }
}

words! {
    /// Kind of residence permit.
    PermitKind {
        /// Temporary.
        Temporary = "temporary",
        /// Permanent.
        Permanent = "permanent",
    }
}

words! {
    /// A document that an investor acknowledges having received.
    Document {
        /// Key information document, Regulation (EU) 1286/2014.
        Kid = "kid",
        /// Prospectus or offering memorandum.
        OfferingDocument = "offering_document",
        /// Written confirmation of being aware of the risks and of being a well-informed investor.
        WellInformedConfirmation = "well_informed_confirmation",
    }
}

words! {
    /// Kind of record that was revoked.
    RevocationSubject {
        /// A classification.
        Classification = "classification",
        /// An identity verification.
        Verification = "verification",
        /// A screening.
        Screening = "screening",
        /// A wallet.
        Wallet = "wallet",
    }
}

/// A Legal Entity Identifier (ISO 17442): 18 letters and digits followed by two check digits (ISO 7064, MOD 97-10).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Lei(String);

impl Lei {
    /// The 20 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for Lei {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected =
            || "must be a Legal Entity Identifier of 20 characters with correct check digits".to_owned();
        let shaped = text.len() == 20
            && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && text.bytes().rev().take(2).all(|b| b.is_ascii_digit());
        // Letters count as 10 to 35; the resulting number leaves a remainder of 1 when divided by 97.
        let remainder = text.chars().filter_map(|c| c.to_digit(36)).fold(0u32, |rest, digit| {
            if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 }
        });
        if shaped && remainder == 1 { Ok(Self(text.to_owned())) } else { Err(expected()) }
    }
}

impl<'de> Deserialize<'de> for Lei {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_text(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// An identity verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kyc {
    /// Status of the verification.
    pub status: KycStatus,
    /// Date of the latest verification. Required if `status` is `verified`.
    #[serde(default)]
    pub verified_on: Option<NaiveDate>,
    /// Last day on which it is valid; if absent, for as long as the applicable rule allows.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

/// A screening against sanctions lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Screening {
    /// Result of the screening.
    pub outcome: ScreeningOutcome,
    /// Date of the screening.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
    /// Who or what ran it, against which lists.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "OFAC SDN, EU consolidated")
    )]
    pub source: String,
}

/// A residence permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permit {
    /// Country that issued it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "DE"))]
    pub country: Country,
    /// Kind of permit.
    pub kind: PermitKind,
    /// Last day on which it is valid. Required if `kind` is `temporary`.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

/// A wallet in which an investor holds tokens, as given by callers. Nobody can merely claim a wallet: control of it must be
/// proven by a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWallet {
    /// EIP-155 id of the chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4_503_599_627_370_476_i64, example = 1))]
    pub chain_id: u64,
    /// Address, with checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$",
        example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"))]
    pub address: WalletAddress,
}

/// A wallet, as seen by a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// EIP-155 id of the chain.
    pub chain_id: u64,
    /// Address.
    pub address: WalletAddress,
    /// When control of it was proven to us; null if it has not been.
    #[serde(default, serialize_with = "crate::time::serialize_optional")]
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether that was proven of an identity that has changed since. Only written if so: decisions from before know nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proof_is_stale: bool,
}

/// Figures that a classification rests on.
pub type Figures = BTreeMap<Figure, Decimal>;

/// A classification of an investor, with its evidence and period of validity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Classification {
    /// The classification.
    pub kind: ClassificationKind,
    /// Kind of evidence: the method by which it was established.
    pub evidence: EvidenceKind,
    /// Reference to the evidence, in the words of whoever keeps it.
    #[serde(default)]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "letter of 2026-10-02, file 118")
    )]
    pub reference: Option<String>,
    /// Who issued the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Wirth & Partners LLP")
    )]
    pub issuer: Option<String>,
    /// SHA-256 of the document, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub document_sha256: Option<String>,
    /// Date of the evidence.
    pub issued_on: NaiveDate,
    /// Last day on which it is valid; if absent, for as long as the applicable rule allows.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// Figures shown by the evidence.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(schema_with = figures_schema))]
    pub figures: Figures,
}

/// A beneficial owner of a legal person: somebody who owns a share of it, or controls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeneficialOwner {
    /// Full name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Grace Hopper"))]
    pub name: String,
    /// Date of birth, to tell people of the same name apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1986-12-09"))]
    pub birth_date: Option<NaiveDate>,
    /// Number of a passport or identity card or in a register, to tell people of the same name apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 100, example = "passport C01X00T47")
    )]
    pub identifier: Option<String>,
    /// Share owned directly and indirectly, in per cent; 0 for somebody who controls it without owning any of it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = r"^\d{1,3}(\.\d{1,10})?$", example = "40"))]
    pub percent: Decimal,
    /// Whether they have significant responsibility to control, manage or direct it: an executive officer, a senior manager, or
    /// somebody who regularly performs similar functions. 31 CFR 1010.230(d)(2) requires one for every organisation.
    #[serde(default)]
    pub controls: bool,
    /// Date on which their identity was verified; null if it was not.
    #[serde(default)]
    pub identified_on: Option<NaiveDate>,
}

/// Acknowledgement that an investor has received a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledgement {
    /// The document.
    pub document: Document,
    /// The share class that it is about.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// Date of receipt.
    #[serde(serialize_with = "crate::time::serialize")]
    pub acknowledged_at: DateTime<Utc>,
}

/// Who an investor is, and what else a tenant records of it that is not evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Natural or legal person.
    pub kind: Kind,
    /// Full name.
    pub name: String,
    /// Former names, aliases and names in other scripts.
    pub other_names: Vec<String>,
    /// Date of birth of a natural person.
    pub birth_date: Option<NaiveDate>,
    /// Date of incorporation of a legal person.
    pub incorporated_on: Option<NaiveDate>,
    /// Registration number of a legal person in the register of its home country.
    pub registration_number: Option<String>,
    /// Date of incorporation of a legal person.
    pub lei: Option<Lei>,
    /// Country in which a person resides or an organisation is established.
    pub residence: Country,
    /// Region of that country: some embargoes apply to regions.
    #[serde(default)]
    pub region: Option<Region>,
    /// Date of birth of a natural person.
    pub nationalities: Vec<Nationality>,
    /// Residence permits of a natural person.
    pub permits: Vec<Permit>,
    /// Whether the money belongs to a benefit plan (ERISA 3(42)).
    pub benefit_plan: bool,
    /// Funds over whose assets they, or an affiliate of theirs, have discretionary authority or control, or which they advise for
    /// a fee. Their holdings in these are excluded from the benefit plan test (29 CFR 2510.3-101(f)(1)).
    #[serde(default)]
    pub manages_funds: Vec<FundId>,
    /// Beneficial owners of a legal person. `None`: nobody has asked. Empty: asked, and nobody was named.
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// The schema of [`Figures`]: every known figure, and nothing else.
#[cfg(feature = "openapi")]
fn figures_schema() -> utoipa::openapi::schema::Schema {
    use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
    let number = || {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
            .pattern(Some(r"^\d{1,18}(\.\d{1,10})?$"))
            .examples([serde_json::json!("500000")])
    };
    Figure::WORDS
        .iter()
        .fold(ObjectBuilder::new(), |object, (word, _)| object.property(*word, number()))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        // In a request, null means the same as an absent field.
        .schema_type(SchemaType::Array(vec![Type::Object, Type::Null]))
        .into()
}
