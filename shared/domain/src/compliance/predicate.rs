//! The closed set of things that a rule can ask.
//!
//! Rules are data and combine these with `all`, `any` and `not`; a new kind of question is code, with its legal source
//! in its docstring and its tests beside it. Which rule uses which, from when to when, stands in the table
//! `compliance_rule`, and what counsel thinks of it in nobody's code.

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
    /// It does not hold. Only of what an investor *is* ([`Predicate::is_attribute`]), never of evidence: otherwise whoever
    /// hands in less would be better off.
    Not {
        /// An attribute, or `all`, `any`, `not` of attributes.
        of: Box<Predicate>,
    },
    /// Attribute: a person, or an organisation.
    PersonKind {
        /// Which.
        is: Kind,
    },
    /// Attribute: resides, or is established, in one of these. Jurisdiction allow and block lists of fund documents;
    /// the on-chain twins are `CountryAllowModule` and `CountryRestrictModule` of ERC-3643 (ERC-3643, "Compliance").
    ResidentIn {
        /// Countries and groups of them.
        areas: Vec<Area>,
    },
    /// Attribute: the address lies in one of these regions. Executive Orders 13685 and 14065 (OFAC) embargo regions rather than
    /// a country. Where it may be, since the country has such regions and none is recorded, a person has to look.
    RegionIn {
        /// ISO 3166-2 codes.
        regions: Vec<Region>,
    },
    /// Attribute: a person with one of these nationalities. A document that names no country, as those of refugees do, is for a
    /// person to look behind.
    NationalOf {
        /// Countries and groups of them.
        areas: Vec<Area>,
    },
    /// Attribute: no US person. Regulation S, 17 CFR 230.902(k): a person by **residence** in the United States, an
    /// organisation by being organised there; citizenship does not matter. Agencies, branches, estates, trusts and
    /// accounts of 902(k)(1)(iii) to (viii) are for a person to judge.
    NotUsPerson {},
    /// No national, resident or entity of a country, except nationals of, and holders of a residence permit in, others.
    /// Regulation (EU) 833/2014, Article 5f (Russia) and Regulation (EC) 765/2006, Article 1y, inserted by Regulation
    /// (EU) 2022/398 (Belarus): the prohibition reaches nationals, residents and established entities; nationals of a
    /// Member State, of the EEA or of Switzerland, and natural persons with a temporary or permanent residence permit
    /// there are exempt. A person without a known nationality lacks evidence; who has a document that names no country, as those
    /// of refugees do, may be a national all the same, which a person has to find out.
    NoTieTo {
        /// The country.
        country: Area,
        /// Whose nationals and permit holders are exempt.
        exempt: Vec<Area>,
    },
    /// What holds of it is for a person: what is met becomes doubtful. For what a law lets in under conditions that nothing
    /// here can ask about.
    ForAPerson {
        /// What has to hold for a person to look.
        of: Box<Predicate>,
    },
    /// Counts as one of these, by evidence that the rule accepts and that is not stale. The law of each kind stands at
    /// [`ClassificationKind`]: Regulation D, 17 CFR 230.506(c) for *verified* accredited investors, with confirmations
    /// of the prior three months; Investment Company Act 3(c)(7); 17 CFR 230.144A; MiFID II Annex II; Luxembourg law of
    /// 23 July 2016, Article 2.
    Classified {
        /// As one of these.
        any_of: Vec<ClassificationKind>,
        /// Evidence accepted here, in place of the rule's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Vec<EvidenceKind>>,
        /// Calendar months after which it is stale, in place of the rule's age; with days, these come on top.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_months: Option<u32>,
        /// Days after which it is stale, in place of the rule's age.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_days: Option<u32>,
        /// Whether it counts beyond its own last day as well: where a law asks that somebody was verified once, as 17 CFR
        /// 230.506(c)(2)(ii)(E) does, that the letter held for 90 days does not matter.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        even_expired: bool,
    },
    /// Like [`Predicate::Classified`], and the evidence shows enough of these numbers. MiFID II Annex II, section I(2)
    /// (large undertakings: two of EUR 20 m balance sheet, EUR 40 m turnover, EUR 2 m own funds) and section II.1
    /// (elective professionals: two of ten transactions a quarter, more than EUR 500,000, one year in the sector);
    /// Investment Company Act 2(a)(51) (USD 5 m of investments, 25 m for those who act for others); 17 CFR
    /// 230.144A(a)(1)(i) (USD 100 m of securities).
    Figures {
        /// As one of these.
        any_of: Vec<ClassificationKind>,
        /// How many of the thresholds have to be met.
        at_least: u32,
        /// The thresholds.
        of: Vec<Threshold>,
        /// Evidence accepted here, in place of the rule's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Vec<EvidenceKind>>,
        /// Calendar months after which it is stale, in place of the rule's age; with days, these come on top.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_months: Option<u32>,
        /// Days after which it is stale, in place of the rule's age.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_age_days: Option<u32>,
    },
    /// The order alone is for at least so much. An order in another currency is for a person to compare.
    OrderAtLeast {
        /// Currency of the amounts.
        currency: Currency,
        /// Least amount of a person.
        natural: Decimal,
        /// Least amount of an organisation.
        legal: Decimal,
    },
    /// The order and what is held already, of the class or of the whole fund, are together worth at least so much. Luxembourg law of
    /// 23 July 2016, Article 2 (EUR 100,000 since 28 July 2023, invested in the fund); SEC staff letter of 12 March 2025 on
    /// 17 CFR 230.506(c) (USD 200,000 of a person, 1,000,000 of an entity). Another currency is for a person to compare.
    InvestedAtLeast {
        /// Currency of the amounts.
        currency: Currency,
        /// Least amount of a person.
        natural: Decimal,
        /// Least amount of an organisation.
        legal: Decimal,
        /// Whether what is held of other classes of the fund counts, too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_fund: bool,
    },
    /// The last screening against sanctions lists found nothing and is not stale; a possible match is for a person.
    /// US: 31 CFR chapter V (OFAC), with the 50 % rule of 13 August 2014; EU: Article 2 of the regulations on
    /// restrictive measures.
    ScreeningClear {},
    /// The identity is verified, and the verification neither expired nor stale. Directive (EU) 2015/849, Article 13;
    /// 31 CFR 1024.220 (customer identification programmes of mutual funds).
    KycCurrent {},
    /// A wallet on a chain where the class has a token is proven to be the investor's. The token's registry asks for it:
    /// ERC-3643, `isVerified`.
    WalletVerified {},
    /// Everybody who owns at least so much of an organisation is identified, and so is somebody who controls it. 31 CFR
    /// 1010.230(d)(1) (25 %) and (d)(2) (one individual who controls, manages or directs it, whoever owns it); Directive
    /// (EU) 2015/849, Article 3(6) (more than 25 %, else the senior managing officials). An identified owner of more than
    /// half is taken for who controls it unless somebody else is named. A person meets it by being one.
    BeneficialOwnersIdentified {
        /// From how much on, in per cent.
        percent: Decimal,
    },
    /// The status of the class lets such an order in. Fund documents.
    ClassTakesOrders {},
    /// At least the minimum of a first, or of a further subscription: those of the class unless given here. Who takes over
    /// shares of another holder subscribes nothing. Fund documents.
    MinimumSubscription {
        /// For who holds none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<Decimal>,
        /// For who holds some.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        further: Option<Decimal>,
    },
    /// Does not hold more than so much afterwards, unless the order makes it less: who is above the limit may always go
    /// down. Fund documents; the on-chain twin is `MaxBalanceModule` of ERC-3643.
    MaximumHolding {
        /// In the currency of the class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Decimal>,
        /// Of all shares of the class, in per cent. The first holder of a class is not measured by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<Decimal>,
    },
    /// Not more than so many holders afterwards. Investment Company Act 3(c)(1) (100 beneficial owners, 250 of a
    /// qualifying venture capital fund); Securities Exchange Act 12(g)(1)(A) (2,000 holders of record, or 500 who are
    /// not accredited: hence limits of 1,999 and 499); 17 CFR 230.506(b)(2)(i) (35 purchasers from the issuer within 90
    /// calendar days who are not accredited). Who shows to be accredited by evidence that the rule accepts, and that is
    /// not stale, is not among those who are not. Looking through entities that hold 10 % and more, 3(c)(1)(A), is for a
    /// person.
    HolderLimit {
        /// Who is counted.
        counts: HolderCount,
        /// The most there may be.
        limit: u32,
        /// From how many on a person should look.
        warn_from: u32,
    },
    /// What is passed on has been held for long enough: lots are used up oldest first. 17 CFR 230.144(d) (six months of
    /// a reporting issuer, one year of others); 17 CFR 230.903(b) (distribution compliance periods of 40 days, six months
    /// and one year by category); lock-ups of fund documents, with `TimeTransfersLimitsModule` as their on-chain twin.
    HoldingPeriod {
        /// How long.
        period: Period,
    },
    /// The investor holds as much as the order is for. Fund documents.
    HoldsEnough {},
    /// A document of this class was received. Regulation (EU) 1286/2014 (PRIIPs), Article 13: a retail investor gets the
    /// key information document in good time before.
    DocumentAcknowledged {
        /// Which.
        document: Document,
    },
    /// Benefit plans hold less than so much of the class afterwards, unless the order makes it less. ERISA 3(42), 29 CFR
    /// 2510.3-101(f): 25 % of the value, without what is held by those who manage or advise the fund and are no plan.
    BenefitPlansBelow {
        /// In per cent.
        percent: Decimal,
    },
}

/// A number that has to be reached, or exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Which number.
    pub figure: Figure,
    /// It has to be this much.
    pub amount: Decimal,
    /// More than this much rather than as much.
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
        /// All of any class of the fund.
        Fund = "fund",
        /// All of the class.
        Class = "class",
        /// Those of the class who are not accredited.
        ClassNotAccredited = "class_not_accredited",
        /// Who was not accredited when they bought of the issuer, within the last 90 calendar days.
        IssuerPurchasersNotAccredited = "issuer_purchasers_not_accredited",
    }
}

impl Predicate {
    /// Whether it asks what the investor *is*, which no piece of evidence changes.
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

    /// Whether it looks at the holders of all tenants, which cost a query.
    pub fn needs_register(&self) -> bool {
        match self {
            Self::All { of } | Self::Any { of } => of.iter().any(Self::needs_register),
            Self::Not { of } | Self::ForAPerson { of } => of.needs_register(),
            Self::MaximumHolding { percent, .. } => percent.is_some(),
            Self::HolderLimit { .. } | Self::BenefitPlansBelow { .. } => true,
            _ => false,
        }
    }

    /// Whether it looks at what the investor holds of other classes of the fund.
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

    /// Says what is wrong with it as a part of a rule: combinations of nothing, and `not` of evidence.
    ///
    /// # Errors
    /// A text for who has written the rule.
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
