//! What a decision sees: nothing else, and no name.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rule::Side;
use crate::{
    fund::DealingFrequency,
    ids::{InvestorId, ShareClassId},
    investor::{
        Acknowledgement, BeneficialOwner, Classification, Kind, Kyc, Permit, Recorded,
        RecordedClassification, ScreeningOutcome, Wallet,
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
        /// Subscriptions by holders alone, and redemptions.
        SoftClosed = "soft_closed",
        /// Redemptions alone.
        Closed = "closed",
        /// Neither, for the time being.
        Suspended = "suspended",
        /// Gone.
        Liquidated = "liquidated",
    }
}

/// All that a decision rests on, apart from the rules and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who.
    pub investor: InvestorFacts,
    /// What.
    pub share_class: ShareClassFacts,
    /// How much.
    pub order: Order,
    /// What the investor holds of the class already, oldest first.
    pub lots: Vec<Lot>,
    /// What the investor holds of other classes of the fund, class by class; only loaded when a rule asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
    /// Who else holds it; only loaded when a rule asks.
    pub register: Option<Register>,
}

/// What is held of another class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Which one.
    pub share_class: ShareClassId,
    /// Its currency.
    pub currency: Currency,
    /// How many shares.
    pub units: Decimal,
    /// What one is worth.
    pub nav: Option<Nav>,
}

/// What a decision sees of an investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvestorFacts {
    /// Which one.
    pub id: InvestorId,
    /// Which identity the evidence was of.
    #[serde(default)]
    pub identity: IdentityFacts,
    /// Ids of the verification, the screening and the classifications below, sorted: what is stated anew is another fact.
    #[serde(default)]
    pub statements: Vec<Uuid>,
    /// A person or an organisation.
    pub kind: Kind,
    /// Where they reside or are established.
    pub residence: Country,
    /// In which part of it, where that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Of a person.
    pub nationalities: Vec<Nationality>,
    /// Of a person.
    pub permits: Vec<Permit>,
    /// Verification of the identity.
    pub kyc: Option<Kyc>,
    /// The last screening.
    pub screening: Option<ScreeningFacts>,
    /// Whether the money is that of a benefit plan.
    pub benefit_plan: bool,
    /// Owners of an organisation, as far as somebody has asked.
    pub beneficial_owners: Option<Vec<OwnerFacts>>,
    /// Documents received.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Wallets.
    pub wallets: Vec<Wallet>,
    /// Classifications.
    pub classifications: Vec<Classification>,
}

/// Whether evidence is of who the investor is, or of who it was before its name, birth date, owners … changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdentityFacts {
    /// Counts the changes, so that none of them leaves a decision standing.
    pub version: i64,
    /// That the verification was of an earlier identity.
    pub verification_is_stale: bool,
    /// That the screening was of an earlier identity.
    pub screening_is_stale: bool,
}

/// What a decision sees of a screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningFacts {
    /// What it found.
    pub outcome: ScreeningOutcome,
    /// When.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
}

/// What a decision sees of a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnerFacts {
    /// How much they own, in per cent.
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
    /// What a decision may know of an investor. Lists are sorted: their order means nothing. Classifications that a later one
    /// has superseded are no part of it.
    pub fn of(id: InvestorId, recorded: &Recorded) -> Self {
        let profile = &recorded.profile;
        let owners = profile.beneficial_owners.as_ref();
        let wallets = recorded.wallets.iter().map(|wallet| Wallet {
            chain_id: wallet.chain_id,
            address: wallet.address,
            verified_at: wallet.verified_at,
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
    let screening = recorded.screening.iter().map(|screening| screening.id);
    let classifications = recorded.standing_classifications().map(|one| one.id);
    sorted(&verification.chain(screening).chain(classifications).collect::<Vec<_>>())
}

/// What a decision sees of a share class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareClassFacts {
    /// Which one.
    pub id: ShareClassId,
    /// Its currency, which is that of every amount here.
    pub currency: Currency,
    /// Whether it takes orders.
    pub status: ClassStatus,
    /// Least amount of a first subscription.
    pub min_first_subscription: Decimal,
    /// Least amount of a further subscription.
    pub min_further_subscription: Decimal,
    /// Chains on which it has a token.
    pub chains: Vec<u64>,
    /// Rule sets that it names.
    pub rule_sets: Vec<String>,
    /// Rule sets that it names and that do not exist.
    pub unknown_rule_sets: Vec<String>,
    /// The net asset value in force; none where none was published, and only there when something has to be valued.
    pub nav: Option<Nav>,
}

/// What a share is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nav {
    /// Of one share, in the currency of the class.
    pub per_share: Decimal,
    /// The day whose closing values it was computed from.
    pub nav_date: NaiveDate,
    /// For how many days, counted from the beginning of that one in UTC, it is a measure: as long as it is no stale price,
    /// which [`price::stale_after`] says by how often the class is valued.
    pub max_age_days: u32,
}

impl Nav {
    /// The value of a class that is valued so often.
    pub fn new(per_share: Decimal, nav_date: NaiveDate, dealing: DealingFrequency) -> Self {
        const SECONDS_OF_A_DAY: i64 = 86_400;
        let seconds = price::stale_after(AssetClass::FundShare, "nav", Some(dealing));
        let max_age_days = u32::try_from(seconds / SECONDS_OF_A_DAY).unwrap_or(0);
        Self { per_share: per_share.normalize(), nav_date, max_age_days }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which way.
    pub side: Side,
    /// For how much.
    pub quantity: Quantity,
}

/// How much an order is for: as its giver has said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// An amount, in the currency of the share class.
    Amount(Money),
    /// So many shares.
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

/// Reads a number of shares from a request: above zero, with at most 18 digits before and after the point and 28 together,
/// which is as fine as a token's smallest part.
///
/// # Errors
/// What it has to be.
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

/// What the register of holders says of all tenants together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Holders of the share class.
    pub class_holders: u32,
    /// Of these, how many are not accredited investors.
    pub class_holders_not_accredited: u32,
    /// Holders of any class of the fund.
    pub fund_holders: u32,
    /// Whether this investor is one of the fund's holders already.
    pub holds_fund: bool,
    /// Shares of the class that are held.
    pub class_units: Decimal,
    /// Of these, by benefit plans.
    pub class_units_benefit_plans: Decimal,
    /// Of these, by who manages or advises the fund, or is affiliated with who does, and is no benefit plan.
    pub class_units_of_managers: Decimal,
    /// Whether this investor is one of those.
    pub is_manager: bool,
    /// Who has bought of the issuer, any class of any of its funds, within the last 90 calendar days, and was not
    /// accredited then.
    pub issuer_purchasers_not_accredited: u32,
    /// Whether this investor is one of these already.
    pub is_issuer_purchaser: bool,
}

/// The same list, sorted. By insertion: these lists are short, and the library's sort is ten kilobytes of code for each type
/// in a component.
pub(super) fn sorted<T: Clone + Ord>(list: &[T]) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::with_capacity(list.len());
    for item in list {
        let place = sorted.partition_point(|earlier| earlier <= item);
        sorted.insert(place, item.clone());
    }
    sorted
}

impl Facts {
    /// How many shares of the class the investor holds.
    pub fn held(&self) -> Decimal {
        self.lots.iter().fold(Decimal::ZERO, |sum, lot| sum.saturating_add(lot.units))
    }

    /// Whether anything here has to be valued: shares that are held, or an order of shares.
    pub fn need_nav(&self) -> bool {
        !self.lots.is_empty()
            || self.register.is_some_and(|register| !register.class_units.is_zero())
            || matches!(self.order.quantity, Quantity::Units(_))
    }
}
