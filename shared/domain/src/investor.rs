//! Investors: people and organisations who want to hold shares, and the evidence of what they are.
//!
//! What stands here is what a tenant has recorded. Whether it suffices is decided by [`crate::compliance`].
//!
//! A [`Profile`] says who an investor is; evidence of it are statements beside it: verifications, screenings and
//! classifications, each with an id, and wallets. See [`Recorded`].

mod owners;
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
pub use recorded::{Recorded, RecordedClassification, RecordedKyc, RecordedScreening, RecordedWallet};

words! {
    /// What an investor is.
    Kind {
        /// A human being.
        Natural = "natural",
        /// A company, fund, trust, foundation or other body.
        Legal = "legal",
    }
}

words! {
    /// What an investor counts as under some law. See `docs/compliance.md` for the law of each.
    ClassificationKind {
        /// Accredited investor, 17 CFR 230.501(a).
        UsAccredited = "us_accredited",
        /// Qualified purchaser, Investment Company Act 2(a)(51).
        UsQualifiedPurchaser = "us_qualified_purchaser",
        /// Qualified purchaser as a company owned by or for people of one family, Investment Company Act
        /// 2(a)(51)(A)(ii).
        UsFamilyCompany = "us_family_company",
        /// Qualified institutional buyer, 17 CFR 230.144A(a)(1).
        UsQualifiedInstitutionalBuyer = "us_qualified_institutional_buyer",
        /// Professional client by what it is, MiFID II Annex II, section I.
        MifidProfessional = "mifid_professional",
        /// Professional client by request, MiFID II Annex II, section II.
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
    /// Whether two classifications answer the same question. A client of an investment firm is in one category at a time
    /// (MiFID II, Annex II and Article 30); of the others each is a question of its own.
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

    /// The category of a client of an investment firm, from the most protected on.
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
    /// What a classification rests on.
    EvidenceKind {
        /// Written confirmation of a broker-dealer, adviser, lawyer or accountant.
        ThirdPartyLetter = "third_party_letter",
        /// Tax forms that report the income of the two most recent years, with the investor's written expectation for
        /// this one (17 CFR 230.506(c)(2)(ii)(A)).
        TaxStatement = "tax_statement",
        /// Statements of banks, brokers and appraisers on assets, with a credit report on debts and the investor's word
        /// that there are no others (17 CFR 230.506(c)(2)(ii)(B)).
        AssetStatement = "asset_statement",
        /// Audited financial statements.
        FinancialStatements = "financial_statements",
        /// Entry in the register of a supervisory authority.
        RegulatoryRegister = "regulatory_register",
        /// Assessment of expertise, experience and knowledge by a bank, investment firm or manager.
        FirmAssessment = "firm_assessment",
        /// What the investor has declared in writing, and nobody else has confirmed.
        WrittenRepresentation = "written_representation",
    }
}

words! {
    /// A number that some law sets a threshold for, in whole units.
    Figure {
        /// Net worth without the primary residence, in USD.
        NetWorthUsd = "net_worth_usd",
        /// Income of a year, in USD.
        IncomeUsd = "income_usd",
        /// Income of a year together with a spouse or partner, in USD.
        JointIncomeUsd = "joint_income_usd",
        /// Total assets, in USD.
        AssetsUsd = "assets_usd",
        /// Investments as 17 CFR 270.2a51-1 counts them, in USD.
        InvestmentsUsd = "investments_usd",
        /// Securities owned and invested on a discretionary basis, in USD.
        SecuritiesUsd = "securities_usd",
        /// Financial instruments and cash, in EUR.
        PortfolioEur = "portfolio_eur",
        /// Balance sheet total, in EUR.
        BalanceSheetEur = "balance_sheet_eur",
        /// Net turnover of a year, in EUR.
        TurnoverEur = "turnover_eur",
        /// Own funds, in EUR.
        OwnFundsEur = "own_funds_eur",
        /// Transactions of significant size a quarter, averaged over the last four.
        TradesPerQuarter = "trades_per_quarter",
        /// Months worked in the financial sector in a position that needs knowledge of such transactions.
        SectorMonths = "sector_months",
    }
}

words! {
    /// Where the verification of an identity stands.
    KycStatus {
        /// Begun, not ended.
        Pending = "pending",
        /// The investor is who they say.
        Verified = "verified",
        /// They are not, or would not show it.
        Rejected = "rejected",
    }
}

words! {
    /// What screening against sanctions lists has found.
    ScreeningOutcome {
        /// Nothing, or nothing that was them.
        Clear = "clear",
        /// Somebody of that name; a person has to look.
        PossibleMatch = "possible_match",
        /// They are on a list, or are owned at 50 % or more by those who are.
        Match = "match",
    }
}

words! {
    /// How long a residence permit is for.
    PermitKind {
        /// For a time.
        Temporary = "temporary",
        /// For good.
        Permanent = "permanent",
    }
}

words! {
    /// A document that an investor acknowledges to have received.
    Document {
        /// Key information document, Regulation (EU) 1286/2014.
        Kid = "kid",
        /// Prospectus or offering memorandum.
        OfferingDocument = "offering_document",
        /// Written confirmation of being aware of the risks and of being a well-informed investor.
        WellInformedConfirmation = "well_informed_confirmation",
    }
}

/// A Legal Entity Identifier (ISO 17442): 18 letters and digits and two check digits (ISO 7064, MOD 97-10).
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
            || "has to be a Legal Entity Identifier of 20 characters with right check digits".to_owned();
        let shaped = text.len() == 20
            && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && text.bytes().rev().take(2).all(|b| b.is_ascii_digit());
        // Letters count as 10 to 35; the whole number leaves 1 when divided by 97.
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

/// Whether the identity has been verified, and until when that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kyc {
    /// Where it stands.
    pub status: KycStatus,
    /// When it was last verified. Needed when `status` is `verified`.
    #[serde(default)]
    pub verified_on: Option<NaiveDate>,
    /// The last day on which it holds; without it, as long as the rule that asks allows.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

/// What the last screening against sanctions lists has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Screening {
    /// What it found.
    pub outcome: ScreeningOutcome,
    /// When it was run.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
    /// Who or what ran it, against which lists.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "OFAC SDN, EU consolidated")
    )]
    pub source: String,
}

/// A permit to reside in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permit {
    /// The country.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Z]{2}$", example = "DE"))]
    pub country: Country,
    /// For how long.
    pub kind: PermitKind,
    /// The last day on which it holds. Needed when `kind` is `temporary`.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

/// A wallet that an investor holds tokens in, as callers name it. That it is the investor's, nobody can say of themselves:
/// it is proven by a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWallet {
    /// The chain (EIP-155).
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4_503_599_627_370_476_i64, example = 1))]
    pub chain_id: u64,
    /// Its address, written with its checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$",
        example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"))]
    pub address: WalletAddress,
}

/// A wallet as a decision sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// The chain (EIP-155).
    pub chain_id: u64,
    /// Its address.
    pub address: WalletAddress,
    /// When control of it was proven to us; null when it was not.
    #[serde(default, serialize_with = "crate::time::serialize_optional")]
    pub verified_at: Option<DateTime<Utc>>,
}

/// Numbers that a classification rests on.
pub type Figures = BTreeMap<Figure, Decimal>;

/// What an investor counts as, by which evidence and from when to when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Classification {
    /// As what.
    pub kind: ClassificationKind,
    /// By what kind of evidence.
    pub evidence: EvidenceKind,
    /// Where the evidence is kept, in the words of whoever keeps it.
    #[serde(default)]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "letter of 2026-10-02, file 118")
    )]
    pub reference: Option<String>,
    /// The date of the evidence.
    pub issued_on: NaiveDate,
    /// The last day on which it holds; without it, as long as the rule that asks allows.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// The numbers that the evidence shows.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(schema_with = figures_schema))]
    pub figures: Figures,
}

/// Who stands behind a legal investor: owns a share of it, or controls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeneficialOwner {
    /// Their name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 300, example = "Grace Hopper"))]
    pub name: String,
    /// Tells them from others of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "1986-12-09"))]
    pub birth_date: Option<NaiveDate>,
    /// Number of a passport, an identity card or a register; tells them from others of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 100, example = "passport C01X00T47")
    )]
    pub identifier: Option<String>,
    /// How much they own, directly and indirectly, in per cent.
    /// 0 is for who controls it and owns nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = r"^\d{1,3}(\.\d{1,10})?$", example = "40"))]
    pub percent: Decimal,
    /// Whether they have significant responsibility to control, manage or direct it: an executive officer, a senior
    /// manager, or who regularly does what these do. 31 CFR 1010.230(d)(2) wants one of every organisation.
    #[serde(default)]
    pub controls: bool,
    /// When their identity was verified; null when it was not.
    #[serde(default)]
    pub identified_on: Option<NaiveDate>,
}

/// That an investor has received a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledgement {
    /// Which document.
    pub document: Document,
    /// Of which share class.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub share_class_id: ShareClassId,
    /// When.
    #[serde(serialize_with = "crate::time::serialize")]
    pub acknowledged_at: DateTime<Utc>,
}

/// Who an investor is, and what else a tenant says of it that is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// A person or an organisation.
    pub kind: Kind,
    /// The full name.
    pub name: String,
    /// Former names, aliases, names in other scripts.
    pub other_names: Vec<String>,
    /// Of a person.
    pub birth_date: Option<NaiveDate>,
    /// Of an organisation.
    pub incorporated_on: Option<NaiveDate>,
    /// Of an organisation, in the register of its home.
    pub registration_number: Option<String>,
    /// Of an organisation.
    pub lei: Option<Lei>,
    /// Where a person resides, or an organisation is established.
    pub residence: Country,
    /// In which part of it: some embargoes are of regions.
    #[serde(default)]
    pub region: Option<Region>,
    /// Of a person.
    pub nationalities: Vec<Nationality>,
    /// Residence permits of a person.
    pub permits: Vec<Permit>,
    /// Whether the money is that of a benefit plan (ERISA 3(42)).
    pub benefit_plan: bool,
    /// Funds over whose assets they, or an affiliate of theirs, have discretionary authority or control, or which they advise for
    /// a fee: what they hold of these is left out of the count of benefit plans (29 CFR 2510.3-101(f)(1)).
    #[serde(default)]
    pub manages_funds: Vec<FundId>,
    /// Who owns or controls an organisation. `None`: nobody has asked. An empty list: asked, and nobody was named.
    pub beneficial_owners: Option<Vec<BeneficialOwner>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
}

/// The schema of [`Figures`]: each known figure, and nothing else.
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
        // In a request null is as good as missing.
        .schema_type(SchemaType::Array(vec![Type::Object, Type::Null]))
        .into()
}
