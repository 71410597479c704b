//! The closed set of questions that a rule can ask.
//!
//! Rules are data, and combine these with `all`, `any` and `not`. A new kind of question is code, with its legal source in its
//! docs and its tests beside it. Which rule uses which, and from when to when, is in the table `compliance_rule`; what counsel
//! thinks of it is not in code at all.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{area::Area, clock::Period};
use crate::{
    investor::{ClassificationKind, Document, EvidenceKind, Figure, Kind},
    money::Currency,
    reference::Region,
    words::words,
};

/// A question about the facts. Written as `{"classified": {…}}`: its name and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// All of them hold.
    All {
        /// At least one.
        of: Vec<Predicate>,
    },
    /// One of them holds.
    Any {
        /// At least one.
        of: Vec<Predicate>,
    },
    /// It does not hold. Only for what an investor *is* ([`Predicate::is_attribute`]), never for evidence: otherwise submitting
    /// less would be an advantage.
    Not {
        /// An attribute, or `all`, `any`, `not` of attributes.
        of: Box<Predicate>,
    },
    /// Attribute: natural or legal person.
    PersonKind {
        /// Which kind.
        is: Kind,
    },
    /// Attribute: resides or is established in one of these. Jurisdiction allow-lists and block-lists of fund documents; the
    /// on-chain equivalents are `CountryAllowModule` and `CountryRestrictModule` of ERC-3643 (ERC-3643, "Compliance").
    ResidentIn {
        /// Countries and groups of countries.
        areas: Vec<Area>,
    },
    /// Attribute: the address is in one of these regions. Executive Orders 13685 and 14065 (OFAC) embargo regions rather than a
    /// country. If it may be, because the country has such regions and none is recorded, manual review.
    RegionIn {
        /// ISO 3166-2 codes.
        regions: Vec<Region>,
    },
    /// Attribute: a natural person with one of these nationalities. A document that names no country, like those of refugees,
    /// needs manual review.
    NationalOf {
        /// Countries and groups of countries.
        areas: Vec<Area>,
    },
    /// Attribute: not a US person. Regulation S, 17 CFR 230.902(k): a natural person by **residence** in the United States, an
    /// organisation by being organised there; citizenship does not matter. The agencies, branches, estates, trusts and accounts
    /// of 902(k)(1)(iii) to (viii) are for people to judge.
    NotUsPerson {},
    /// No national, resident or entity of a country, except nationals of, and holders of a residence permit in, others.
    /// Regulation (EU) 833/2014, Article 5f (Russia) and Regulation (EC) 765/2006, Article 1y, inserted by Regulation (EU)
    /// 2022/398 (Belarus): the prohibition covers nationals, residents and established entities; nationals of a Member State, of
    /// the EEA or of Switzerland, and natural persons with a temporary or permanent residence permit there, are exempt. A person
    /// without a known nationality lacks evidence; somebody whose document names no country, like those of refugees, may still be
    /// a national, which needs manual review.
    NoTieTo {
        /// The country.
        country: Area,
        /// Countries whose nationals and permit holders are exempt.
        exempt: Vec<Area>,
    },
    /// A match means manual review: what is met becomes doubtful. For what a law admits under conditions that nothing here can
    /// check.
    ForAPerson {
        /// Condition under which manual review is needed.
        of: Box<Predicate>,
    },
    /// Counts as one of these, with evidence that the rule accepts and that is not stale. For the law behind each kind, see
    /// [`ClassificationKind`]: Regulation D, 17 CFR 230.506(c) for *verified* accredited investors, with confirmations of the
    /// prior three months; Investment Company Act 3(c)(7); 17 CFR 230.144A; MiFID II Annex II; Luxembourg law of 23 July 2016,
    /// Article 2.
    Classified {
        /// As one of these.
        any_of: Vec<ClassificationKind>,
        /// Evidence accepted here, instead of the rule's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Vec<EvidenceKind>>,
        /// Calendar months after which it is stale, instead of the rule's maximum age; if days are given too, they are added.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_months: Option<u32>,
        /// Days after which it is stale, instead of the rule's maximum age.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_days: Option<u32>,
        /// Whether it also counts beyond its own last day: where a law requires that somebody was verified once, as 17 CFR
        /// 230.506(c)(2)(ii)(E) does, it does not matter that the letter was valid for 90 days.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        even_expired: bool,
    },
    /// Like [`Predicate::Classified`], and the evidence shows enough of these figures. MiFID II Annex II, section I(2) (large
    /// undertakings: two of EUR 20 m balance sheet total, EUR 40 m turnover, EUR 2 m own funds) and section II.1 (elective
    /// professionals: two of ten transactions per quarter, more than EUR 500,000, one year in the sector); Investment Company Act
    /// 2(a)(51) (USD 5 m of investments, 25 m for those who act for others); 17 CFR 230.144A(a)(1)(i) (USD 100 m of securities).
    Figures {
        /// As one of these.
        any_of: Vec<ClassificationKind>,
        /// How many of the thresholds must be met.
        at_least: u32,
        /// The thresholds.
        of: Vec<Threshold>,
        /// Evidence accepted here, instead of the rule's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Vec<EvidenceKind>>,
        /// Calendar months after which it is stale, instead of the rule's maximum age; if days are given too, they are added.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_months: Option<u32>,
        /// Days after which it is stale, instead of the rule's maximum age.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_days: Option<u32>,
    },
    /// The order alone is for at least this much. An order in another currency needs manual review.
    OrderAtLeast {
        /// Currency of the amounts.
        currency: Currency,
        /// Minimum for a natural person.
        natural: Decimal,
        /// Minimum for an organisation.
        legal: Decimal,
    },
    /// The order and existing holdings, of the share class or the whole fund, are together worth at least this much. Luxembourg
    /// law of 23 July 2016, Article 2 (EUR 100,000 since 28 July 2023, invested in the fund); SEC staff letter of 12 March 2025
    /// on 17 CFR 230.506(c) (USD 200,000 for a natural person, 1,000,000 for an entity). Another currency needs manual review.
    InvestedAtLeast {
        /// Currency of the amounts.
        currency: Currency,
        /// Minimum for a natural person.
        natural: Decimal,
        /// Minimum for an organisation.
        legal: Decimal,
        /// Whether holdings of the fund's other share classes count too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_fund: bool,
    },
    /// The latest screening against sanctions lists found nothing and is not stale; a possible match needs manual review. US: 31
    /// CFR chapter V (OFAC), with the 50 % rule of 13 August 2014; EU: Article 2 of the regulations on restrictive measures.
    ScreeningClear {},
    /// The identity is verified, and the verification is neither expired nor stale. Directive (EU) 2015/849, Article 13; 31 CFR
    /// 1024.220 (customer identification programmes of mutual funds).
    KycCurrent {},
    /// A second person has approved the KYC file, it has not expired, and the identity of the investor has not changed since. What
    /// a tenant declares of an investor by itself is no more than that. Directive (EU) 2015/849, Articles 13 and 14(5); 31 CFR
    /// 1024.220.
    KycApproved {},
    /// A wallet on a chain where the share class has a token is proven to be the investor's. The token's registry requires it:
    /// ERC-3643, `isVerified`.
    WalletVerified {},
    /// Everybody who owns at least this much of an organisation is identified, and so is somebody who controls it. 31 CFR
    /// 1010.230(d)(1) (25 %) and (d)(2) (one individual who controls, manages or directs it, whoever owns it); Directive (EU)
    /// 2015/849, Article 3(6) (more than 25 %, else the senior managing officials). Unless somebody else is named, an identified
    /// owner of more than half is assumed to control it. A natural person always meets it.
    BeneficialOwnersIdentified {
        /// Minimum share, in per cent.
        percent: Decimal,
    },
    /// The status of the share class permits such an order. Fund documents.
    ClassTakesOrders {},
    /// At least the minimum of an initial or subsequent subscription: those of the share class unless given here. Receiving
    /// shares from another holder is not a subscription. Fund documents.
    MinimumSubscription {
        /// For those who hold none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<Decimal>,
        /// For existing holders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        further: Option<Decimal>,
    },
    /// Does not hold more than this afterwards, unless the order reduces the holding: a holding above the limit may always be
    /// reduced. Fund documents; the on-chain equivalent is `MaxBalanceModule` of ERC-3643.
    MaximumHolding {
        /// In the currency of the share class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Decimal>,
        /// Of all shares of the share class, in per cent. Does not apply to the first holder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<Decimal>,
    },
    /// Not more than this many holders afterwards. Investment Company Act 3(c)(1) (100 beneficial owners, 250 for a qualifying
    /// venture capital fund); Securities Exchange Act 12(g)(1)(A) (2,000 holders of record, or 500 who are not accredited: hence
    /// limits of 1,999 and 499); 17 CFR 230.506(b)(2)(i) (35 purchasers from the issuer within 90 calendar days who are not
    /// accredited). An investor shown to be accredited by evidence that the rule accepts, and that is not stale, is not among
    /// those who are not.
    HolderLimit {
        /// Which holders are counted.
        counts: HolderCount,
        /// Maximum number.
        limit: u32,
        /// Number from which on it needs manual review.
        warn_from: u32,
        /// Whether the holders of a large holder may count instead of it. Investment Company Act 3(c)(1)(A): those of a company that
        /// owns 10 % or more of the issuer's voting securities, if it is an investment company or would be one but for 3(c)(1) or
        /// 3(c)(7). Nobody tells us that, nor how many holders it has, so wherever an organisation holds so much, or would, it needs
        /// manual review.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        look_through: bool,
    },
    /// What is transferred has been held for long enough: lots are used up oldest first. 17 CFR 230.144(d) (six months for a
    /// reporting issuer, one year for others); 17 CFR 230.903(b) (distribution compliance periods of 40 days, six months and one
    /// year by category); lock-ups of fund documents, with `TimeTransfersLimitsModule` as their on-chain equivalent.
    HoldingPeriod {
        /// Holding period.
        period: Period,
    },
    /// The investor holds as much as the order is for. Fund documents.
    HoldsEnough {},
    /// A document of this share class was received. Regulation (EU) 1286/2014 (PRIIPs), Article 13: a retail investor gets the
    /// key information document in good time before.
    DocumentAcknowledged {
        /// Which kind.
        document: Document,
    },
    /// Benefit plans hold less than this much of the share class afterwards, unless the order reduces the holding. ERISA 3(42),
    /// 29 CFR 2510.3-101(f): 25 % of the value, excluding the holdings of those who manage or advise the fund and are not plans.
    BenefitPlansBelow {
        /// In per cent.
        percent: Decimal,
    },
}

/// A figure that must be reached or exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Which figure.
    pub figure: Figure,
    /// Minimum value.
    pub amount: Decimal,
    /// Whether it must exceed the minimum rather than just reach it.
    #[serde(default)]
    pub exceed: bool,
}

impl Threshold {
    /// Whether an amount reaches it.
    pub fn is_met_by(&self, amount: Decimal) -> bool {
        amount > self.amount || (amount == self.amount && !self.exceed)
    }
}

words! {
    /// Which holders are counted.
    HolderCount {
        /// All holders of any share class of the fund.
        Fund = "fund",
        /// All holders of the share class.
        Class = "class",
        /// Holders of the share class who are not accredited.
        ClassNotAccredited = "class_not_accredited",
        /// Those who were not accredited when they bought from the issuer, within the last 90 calendar days.
        IssuerPurchasersNotAccredited = "issuer_purchasers_not_accredited",
    }
}

impl Predicate {
    /// Whether it asks what the investor *is*, which no evidence changes.
    pub fn is_attribute(&self) -> bool {
        match self {
            Self::PersonKind { .. }
            | Self::ResidentIn { .. }
            | Self::RegionIn { .. }
            | Self::NationalOf { .. }
            | Self::NotUsPerson {} => true,
            Self::All { of } | Self::Any { of } => of.iter().all(Self::is_attribute),
            Self::Not { of } => of.is_attribute(),
            _ => false,
        }
    }

    /// Whether it looks at the holders of all tenants, which costs a query.
    pub fn needs_register(&self) -> bool {
        match self {
            Self::All { of } | Self::Any { of } => of.iter().any(Self::needs_register),
            Self::Not { of } | Self::ForAPerson { of } => of.needs_register(),
            Self::MaximumHolding { percent, .. } => percent.is_some(),
            Self::HolderLimit { .. } | Self::BenefitPlansBelow { .. } => true,
            _ => false,
        }
    }

    /// Whether it looks at what the investor holds of the fund's other share classes.
    pub fn needs_fund(&self) -> bool {
        match self {
            Self::All { of } | Self::Any { of } => of.iter().any(Self::needs_fund),
            Self::Not { of } | Self::ForAPerson { of } => of.needs_fund(),
            Self::InvestedAtLeast { in_fund, .. } => *in_fund,
            _ => false,
        }
    }

    /// Whether it counts holders or purchasers who are not accredited, so that it matters which evidence counts.
    pub fn counts_the_not_accredited(&self) -> bool {
        match self {
            Self::All { of } | Self::Any { of } => of.iter().any(Self::counts_the_not_accredited),
            Self::Not { of } | Self::ForAPerson { of } => of.counts_the_not_accredited(),
            Self::HolderLimit { counts, .. } => {
                matches!(counts, HolderCount::ClassNotAccredited | HolderCount::IssuerPurchasersNotAccredited)
            }
            _ => false,
        }
    }

    /// Says what is wrong with it as part of a rule: empty combinations, and `not` on evidence.
    ///
    /// # Errors
    /// A text for the author of the rule.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::All { of } | Self::Any { of } if of.is_empty() => {
                Err("`all` and `any` need a part".to_owned())
            }
            Self::All { of } | Self::Any { of } => of.iter().try_for_each(Self::check),
            Self::Not { of } if !of.is_attribute() => {
                Err("`not` is for attributes of the investor alone, never for evidence".to_owned())
            }
            Self::Not { of } | Self::ForAPerson { of } => of.check(),
            Self::Classified { any_of, .. } | Self::Figures { any_of, .. } if any_of.is_empty() => {
                Err("a classification of no kind is met by nobody".to_owned())
            }
            Self::Figures { at_least, of, .. } if usize::try_from(*at_least).is_ok_and(|n| n > of.len()) => {
                Err("more thresholds must be met than there are".to_owned())
            }
            _ => Ok(()),
        }
    }
}
