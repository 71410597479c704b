//! What a decision sees: nothing else, and no names.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule::Side;
use crate::{
    fund::DealingFrequency,
    ids::{InvestorId, ShareClassId},
    investor::{
        Acknowledgement, BeneficialOwner, Classification, FileDecision, Kind, Kyc, KycStatus, Permit,
        Recorded, RecordedClassification, RecordedDecision, RecordedKyc, ScreeningOutcome, Wallet,
    },
    money::{Currency, Money},
    price::{self, AssetClass},
    reference::{Country, Nationality, Region},
    words::words,
};

words! {
    /// What may be done with a share class.
    ClassStatus {
        /// Subscriptions and redemptions.
        Open = "open",
        /// Subscriptions by existing holders, and redemptions.
        SoftClosed = "soft_closed",
        /// Redemptions only.
        Closed = "closed",
        /// Nothing, for the time being.
        Suspended = "suspended",
        /// Wound up.
        Liquidated = "liquidated",
    }
}

/// Everything that a decision rests on, apart from the rules and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The investor.
    pub investor: InvestorFacts,
    /// The share class.
    pub share_class: ShareClassFacts,
    /// The order.
    pub order: Order,
    /// The investor's present holding of the share class, oldest first.
    pub lots: Vec<Lot>,
    /// The investor's holdings of the fund's other share classes, one by one; only loaded if a rule asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
    /// Other holders; only loaded if a rule asks.
    pub register: Option<Register>,
}

/// A holding of another share class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The share class.
    pub share_class: ShareClassId,
    /// Its currency.
    pub currency: Currency,
    /// Number of shares.
    pub units: Decimal,
    /// Value of one share.
    pub nav: Option<Nav>,
}

/// What a decision sees of an investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvestorFacts {
    /// The share class.
    pub id: InvestorId,
    /// The identity to which the evidence applies.
    #[serde(default)]
    pub identity: IdentityFacts,
    /// Ids of the verification, the decision about the file, the screening and the classifications below, sorted: recording something anew makes it a
    /// different fact.
    #[serde(default)]
    pub statements: Vec<Uuid>,
    /// Natural or legal person.
    pub kind: Kind,
    /// Country in which they reside or are established.
    pub residence: Country,
    /// Region of that country, if recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Nationalities of a natural person.
    pub nationalities: Vec<Nationality>,
    /// Nationalities of a natural person.
    pub permits: Vec<Permit>,
    /// Identity verification, as the tenant has declared it.
    pub kyc: Option<Kyc>,
    /// The last decision about the KYC file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileFacts>,
    /// The latest screening.
    pub screening: Option<ScreeningFacts>,
    /// Whether the money belongs to a benefit plan.
    pub benefit_plan: bool,
    /// Beneficial owners of an organisation, if somebody has asked.
    pub beneficial_owners: Option<Vec<OwnerFacts>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Wallets.
    pub wallets: Vec<Wallet>,
    /// Classifications.
    pub classifications: Vec<Classification>,
}

/// Whether evidence applies to the present identity of the investor, or to one from before its name, date of birth, owners …
/// changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdentityFacts {
    /// Number of changes, so that each of them ends earlier decisions.
    pub version: i64,
    /// Whether the verification applies to an earlier identity.
    pub verification_is_stale: bool,
    /// Whether the screening applies to an earlier identity.
    pub screening_is_stale: bool,
}

/// What a decision sees of a KYC file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// What a second person has decided.
    pub decision: FileDecision,
    /// On which day.
    pub decided_on: NaiveDate,
    /// Last day on which an approval is valid.
    pub valid_until: Option<NaiveDate>,
    /// Whether it was of an earlier identity.
    pub stale: bool,
    /// Whether the tenant has recorded since that the investor's identity could not be verified.
    pub contradicted: bool,
}

impl FileFacts {
    fn of(decided: &RecordedDecision, declared: Option<&RecordedKyc>) -> Self {
        Self {
            decision: decided.decision,
            decided_on: decided.decided_at.date_naive(),
            valid_until: decided.valid_until,
            stale: decided.stale,
            contradicted: declared
                .is_some_and(|kyc| kyc.status == KycStatus::Rejected && kyc.recorded_at > decided.decided_at),
        }
    }
}

/// What a decision sees of a screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningFacts {
    /// Its result.
    pub outcome: ScreeningOutcome,
    /// Its date.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
}

/// What a decision sees of a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnerFacts {
    /// Share owned, in per cent.
    pub percent: Decimal,
    /// Whether they control it.
    pub controls: bool,
    /// Whether their identity has been verified.
    pub identified: bool,
}

impl From<&BeneficialOwner> for OwnerFacts {
    fn from(owner: &BeneficialOwner) -> Self {
        Self {
            percent: owner.percent.normalize(),
            controls: owner.controls,
            identified: owner.identified_on.is_some(),
        }
    }
}

impl InvestorFacts {
    /// What a decision may know of an investor. Lists are sorted, since their order means nothing. Superseded classifications are
    /// not included.
    pub fn of(id: InvestorId, recorded: &Recorded) -> Self {
        let profile = &recorded.profile;
        let owners = profile.beneficial_owners.as_ref();
        let wallets = recorded.wallets.iter().map(|wallet| Wallet {
            chain_id: wallet.chain_id,
            address: wallet.address,
            verified_at: wallet.verified_at,
            proof_is_stale: wallet.stale,
        });
        let classifications = recorded.standing_classifications().map(RecordedClassification::statement);
        Self {
            id,
            identity: IdentityFacts {
                version: recorded.identity_version,
                verification_is_stale: recorded.kyc.is_some_and(|kyc| kyc.stale),
                screening_is_stale: recorded.screening.as_ref().is_some_and(|screening| screening.stale),
            },
            statements: statements(recorded),
            kind: profile.kind,
            residence: profile.residence,
            region: profile.region.clone(),
            nationalities: sorted(&profile.nationalities),
            permits: sorted(&profile.permits),
            kyc: recorded.kyc.map(|kyc| Kyc {
                status: kyc.status,
                verified_on: kyc.verified_on,
                expires_on: kyc.expires_on,
            }),
            file: recorded.kyc_decision.as_ref().map(|decided| FileFacts::of(decided, recorded.kyc.as_ref())),
            screening: recorded
                .screening
                .as_ref()
                .map(|s| ScreeningFacts { outcome: s.outcome, screened_at: s.screened_at }),
            benefit_plan: profile.benefit_plan,
            beneficial_owners: owners
                .map(|owners| sorted(&owners.iter().map(OwnerFacts::from).collect::<Vec<_>>())),
            acknowledgements: sorted(&profile.acknowledgements),
            wallets: sorted(&wallets.collect::<Vec<_>>()),
            classifications: sorted(&classifications.collect::<Vec<_>>()),
        }
    }
}

fn statements(recorded: &Recorded) -> Vec<Uuid> {
    let verification = recorded.kyc.iter().map(|kyc| kyc.id);
    let decision = recorded.kyc_decision.iter().map(|decision| decision.id);
    let screening = recorded.screening.iter().map(|screening| screening.id);
    let classifications = recorded.standing_classifications().map(|one| one.id);
    sorted(&verification.chain(decision).chain(screening).chain(classifications).collect::<Vec<_>>())
}

/// What a decision sees of a share class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareClassFacts {
    /// The share class.
    pub id: ShareClassId,
    /// Its currency, which is that of every amount here.
    pub currency: Currency,
    /// Which orders it takes.
    pub status: ClassStatus,
    /// Minimum initial subscription.
    pub min_first_subscription: Decimal,
    /// Minimum subsequent subscription.
    pub min_further_subscription: Decimal,
    /// Chains on which it has a token.
    pub chains: Vec<u64>,
    /// Rule sets that it names.
    pub rule_sets: Vec<String>,
    /// Rule sets that it names but that do not exist.
    pub unknown_rule_sets: Vec<String>,
    /// The current net asset value; none if none was published, and only present if something must be valued.
    pub nav: Option<Nav>,
}

/// Value of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nav {
    /// Of one share, in the currency of the share class.
    pub per_share: Decimal,
    /// Valuation day: the day whose closing prices it is based on.
    pub nav_date: NaiveDate,
    /// Number of days, from the start of that day in UTC, for which it can be used as a measure: until the price is stale, which
    /// [`price::stale_after`] determines by how often the share class is valued.
    pub max_age_days: u32,
}

impl Nav {
    /// The value of a share class that is valued this often.
    pub fn new(per_share: Decimal, nav_date: NaiveDate, dealing: DealingFrequency) -> Self {
        const SECONDS_OF_A_DAY: i64 = 86_400;
        let seconds = price::stale_after(AssetClass::FundShare, "nav", Some(dealing));
        let max_age_days = u32::try_from(seconds / SECONDS_OF_A_DAY).unwrap_or(0);
        Self { per_share: per_share.normalize(), nav_date, max_age_days }
    }
}

/// An order that somebody wants to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Side of the order.
    pub side: Side,
    /// Quantity.
    pub quantity: Quantity,
}

/// Quantity of an order, as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// An amount, in the currency of the share class.
    Amount(Money),
    /// A number of shares.
    Units(Decimal),
}

impl Order {
    /// An order; `100.00` and `100` are the same.
    pub fn new(side: Side, quantity: Quantity) -> Self {
        let quantity = match quantity {
            Quantity::Amount(money) => Quantity::Amount(Money { value: money.value.normalize(), ..money }),
            Quantity::Units(units) => Quantity::Units(units.normalize()),
        };
        Self { side, quantity }
    }
}

/// Reads a number of shares from a request: greater than zero, with at most 18 digits before and after the point and 28 in total,
/// as fine as a token's smallest unit.
///
/// # Errors
/// What it must be.
pub fn units_above_zero(value: &serde_json::Value) -> Result<Decimal, String> {
    const EXPECTED: &str = "must be a number of shares greater than zero in a string, such as \"100.5\"";
    let text = value.as_str().ok_or_else(|| EXPECTED.to_owned())?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let numeric =
        |part: &str| (1..=18).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = numeric(whole) && fraction.is_none_or(numeric) && text.len() <= 29;
    let units = fits.then(|| text.parse::<Decimal>().ok()).flatten().filter(|units| *units > Decimal::ZERO);
    units.ok_or_else(|| EXPECTED.to_owned())
}

/// Shares that were acquired together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lot {
    /// When they were fully paid.
    #[serde(serialize_with = "crate::time::serialize")]
    pub acquired_at: DateTime<Utc>,
    /// How many of them are left.
    pub units: Decimal,
}

/// The register of holders across all tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Holders of the share class.
    pub class_holders: u32,
    /// Of these, those that are not accredited investors.
    pub class_holders_not_accredited: u32,
    /// Holders of any share class of the fund.
    pub fund_holders: u32,
    /// Whether this investor is already a holder of the fund.
    pub holds_fund: bool,
    /// Shares of the share class that are held.
    pub class_units: Decimal,
    /// Of these, by benefit plans.
    pub class_units_benefit_plans: Decimal,
    /// Of these, by those who manage or advise the fund or are affiliated with them, and are not benefit plans.
    pub class_units_of_managers: Decimal,
    /// Whether this investor is one of those.
    pub is_manager: bool,
    /// Those who bought from the issuer, in any share class of any of its funds, within the last 90 calendar days, and were not
    /// accredited at the time.
    pub issuer_purchasers_not_accredited: u32,
    /// Whether this investor is already one of these.
    pub is_issuer_purchaser: bool,
    /// Organisations that hold a tenth or more of any share class of the fund. Only written if there are any: decisions from before
    /// know of none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fund_large_organisations: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The same list, sorted. An insertion sort: these lists are short, and the library's sort adds ten kilobytes of code per type to
/// a component.
pub(super) fn sorted<T: Clone + Ord>(list: &[T]) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::with_capacity(list.len());
    for item in list {
        let place = sorted.partition_point(|earlier| earlier <= item);
        sorted.insert(place, item.clone());
    }
    sorted
}

impl Facts {
    /// Number of shares of the share class that the investor holds.
    pub fn held(&self) -> Decimal {
        self.lots.iter().fold(Decimal::ZERO, |sum, lot| sum.saturating_add(lot.units))
    }

    /// Whether anything here must be valued: shares that are held, or an order in shares.
    pub fn need_nav(&self) -> bool {
        !self.lots.is_empty()
            || self.register.is_some_and(|register| !register.class_units.is_zero())
            || matches!(self.order.quantity, Quantity::Units(_))
    }
}
