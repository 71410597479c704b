//! What a decision may look at. Each statement takes any number of questions, so that a list of decisions needs as many
//! statements as a single one.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Error, Result,
    compliance::{Elsewhere, Lot, Nav, Period, Register, RegisterQuestion, Rule, facts::ClassStatus},
    fund::DealingFrequency,
    ids::{InvestorId, ShareClassId},
    investor::Recorded,
    money::Currency,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{Connection, Json};

rows! {
    /// The latest review of a list that a rule in force contains.
    #[derive(Debug)]
    pub struct ListReview {
        /// The rule.
        pub rule_id: String,
        /// Its version.
        pub rule_version: i32,
        /// Where the rule comes from.
        pub rule_source: String,
        /// What the list was compared with, as of when.
        pub source: String,
        /// When.
        pub reviewed_on: NaiveDate,
        /// Last day before the next review is due.
        pub next_review_on: NaiveDate,
        /// Whether that day is past.
        pub overdue: bool,
    }

    /// A share class, an investor of the caller's tenant, and what they hold of it.
    #[derive(Debug)]
    pub struct SubjectRow {
        /// The share class.
        pub share_class_id: ShareClassId,
        /// The requested investor, whether or not it exists.
        pub investor_id: InvestorId,
        /// Currency of the share class.
        pub currency: Currency,
        /// Which orders the share class takes.
        pub status: ClassStatus,
        /// Which orders its fund takes.
        pub fund_status: ClassStatus,
        /// Minimum initial subscription.
        pub min_first_subscription: Decimal,
        /// Minimum subsequent subscription.
        pub min_further_subscription: Decimal,
        /// Rule sets named by the share class.
        pub rule_sets: Vec<String>,
        /// The investor with every statement about it; none if the tenant has no such investor.
        pub profile: Option<String>,
        /// Chains on which the share class has a token.
        pub chains: Json<Vec<u64>>,
        /// The investor's holding, oldest first.
        pub lots: Json<Vec<Lot>>,
        /// The investor's holdings of the fund's other share classes.
        pub elsewhere: Json<Vec<OtherClass>>,
        /// Valuation frequency of the share class.
        pub dealing_frequency: DealingFrequency,
        /// Its latest net asset value.
        pub nav_per_share: Option<Decimal>,
        /// Valuation day of that value.
        pub nav_date: Option<NaiveDate>,
        /// Incremented by every change of rules, whoever makes it.
        pub rules_version: i64,
        /// When the investor's record last changed.
        pub investor_changed_at: Option<DateTime<Utc>>,
        /// When the share class or its fund last changed.
        pub share_class_changed_at: DateTime<Utc>,
        /// When the investor last acquired shares.
        pub lots_changed_at: Option<DateTime<Utc>>,
        /// When a value of the share class was last published.
        pub nav_changed_at: Option<DateTime<Utc>>,
        /// When the rules last changed.
        pub rules_changed_at: DateTime<Utc>,
    }

    /// The register of holders across all tenants.
    #[derive(Debug)]
    pub struct RegisterRow {
        /// Holders of the share class.
        pub class_holders: i64,
        /// Of these, those that are not accredited investors.
        pub class_holders_not_accredited: i64,
        /// Holders of any share class of the fund.
        pub fund_holders: i64,
        /// Whether the investor is already a holder of the fund.
        pub holds_fund: bool,
        /// Shares of the share class that are held. Text, as a sum may have more digits than an amount in a request.
        pub class_units: String,
        /// Of these, by benefit plans.
        pub class_units_benefit_plans: String,
        /// Of these, by those who manage or advise the fund or are affiliated with them, and are not benefit plans.
        pub class_units_of_managers: String,
        /// Whether the investor is one of those.
        pub is_manager: bool,
        /// Those who recently bought from the issuer, and were not accredited at the time.
        pub issuer_purchasers_not_accredited: i64,
        /// Whether the investor is already one of these.
        pub is_issuer_purchaser: bool,
        /// Organisations that hold a tenth or more of any share class of the fund.
        pub fund_large_organisations: i64,
    }
}

statements! { "compliance";
    /// Share classes, each with an investor, from two parallel lists. One statement, so that everything is as of the same moment.
    /// Used by [`subjects`].
    all subjects_of(share_classes: Vec<Uuid>, investors: Vec<Uuid>) -> SubjectRow;

    /// When the records of investors first changed after a moment (a field, a statement, a revocation or a wallet), in the order
    /// of the two lists.
    all investors_changed(investors: Vec<Uuid>, after: Vec<DateTime<Utc>>) -> Option<DateTime<Utc>>;

    /// The rules of these sets and of those for every share class, in all versions, each a JSON document. Used by [`rule_book`].
    all rules_of(rule_sets: &[String]) -> String;

    /// The latest reviews of the lists in rules in force, what is due first coming first.
    all list_reviews() -> ListReview;

    /// Which of these sets do not exist.
    all unknown_rule_sets(rule_sets: &[String]) -> String;

    /// The register of holders, in the order of the lists. Used by [`registers`].
    all registers_of(
        share_classes: Vec<Uuid>,
        investors: Vec<Uuid>,
        accepted: Vec<Option<String>>,
        max_age_months: Vec<Option<String>>,
        max_age_days: Vec<Option<String>>,
    ) -> RegisterRow;
}

/// A holding of another share class, as stored in the database.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct OtherClass {
    share_class: ShareClassId,
    currency: Currency,
    units: Decimal,
    per_share: Option<Decimal>,
    nav_date: Option<NaiveDate>,
    dealing_frequency: DealingFrequency,
}

impl From<OtherClass> for Elsewhere {
    fn from(class: OtherClass) -> Self {
        let nav = class.per_share.zip(class.nav_date);
        Self {
            share_class: class.share_class,
            currency: class.currency,
            units: class.units,
            nav: nav.map(|(per_share, nav_date)| Nav::new(per_share, nav_date, class.dealing_frequency)),
        }
    }
}

/// A share class with an investor of the caller's tenant and their holding.
#[derive(Debug)]
pub struct Subject {
    /// The investor; none if the tenant has no such investor.
    pub investor: Option<Recorded>,
    /// Currency of the share class.
    pub currency: Currency,
    /// Which orders the share class takes, limited to those that its fund takes.
    pub status: ClassStatus,
    /// Minimum initial subscription.
    pub min_first_subscription: Decimal,
    /// Minimum subsequent subscription.
    pub min_further_subscription: Decimal,
    /// Rule sets named by the share class.
    pub rule_sets: Vec<String>,
    /// Chains on which it has a token.
    pub chains: Vec<u64>,
    /// The investor's holding, oldest first.
    pub lots: Vec<Lot>,
    /// The investor's holdings of the fund's other share classes.
    pub elsewhere: Vec<Elsewhere>,
    /// Its latest net asset value.
    pub nav: Option<Nav>,
    /// Incremented by every change of rules, whoever makes it.
    pub rules_version: i64,
    /// When this last changed, as far as the database knows.
    pub changed: ChangeTimes,
}

/// When the parts of a basis last changed.
#[derive(Debug, Clone, Copy)]
pub struct ChangeTimes {
    /// The investor.
    pub investor: Option<DateTime<Utc>>,
    /// The share class or its fund.
    pub share_class: DateTime<Utc>,
    /// The investor's holdings.
    pub lots: Option<DateTime<Utc>>,
    /// The net asset value.
    pub nav: Option<DateTime<Utc>>,
    /// The rules.
    pub rules: DateTime<Utc>,
}

impl TryFrom<SubjectRow> for Subject {
    type Error = Error;

    fn try_from(row: SubjectRow) -> Result<Self> {
        let nav = row.nav_per_share.zip(row.nav_date);
        Ok(Self {
            investor: row.profile.map(|text| Recorded::from_stored(&text)).transpose()?,
            currency: row.currency,
            status: row.status.max(row.fund_status),
            min_first_subscription: row.min_first_subscription,
            min_further_subscription: row.min_further_subscription,
            rule_sets: row.rule_sets,
            chains: row.chains.0,
            lots: row.lots.0,
            elsewhere: row.elsewhere.0.into_iter().map(Elsewhere::from).collect(),
            nav: nav.map(|(per_share, nav_date)| Nav::new(per_share, nav_date, row.dealing_frequency)),
            rules_version: row.rules_version,
            changed: ChangeTimes {
                investor: row.investor_changed_at,
                share_class: row.share_class_changed_at,
                lots: row.lots_changed_at,
                nav: row.nav_changed_at,
                rules: row.rules_changed_at,
            },
        })
    }
}

/// Share classes, each with an investor. Those that do not exist are left out.
///
/// # Errors
/// Those of the connection, and [`Error::Internal`] for an investor that this version cannot read.
pub async fn subjects(
    db: &impl Connection,
    wanted: &[(ShareClassId, InvestorId)],
) -> Result<BTreeMap<(ShareClassId, InvestorId), Subject>> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (classes, investors) = wanted.iter().map(|(class, investor)| (class.0, investor.0)).unzip();
    let rows = subjects_of(db, classes, investors).await?;
    let keyed = rows.into_iter().map(|row| Ok(((row.share_class_id, row.investor_id), row.try_into()?)));
    keyed.collect()
}

/// The rules of some rule sets, in all versions: which of them are in force depends on time. In the form in which they are
/// cached.
#[derive(Debug, Serialize, Deserialize)]
pub struct RuleBook {
    /// The rule sets.
    pub rule_sets: Vec<String>,
    /// Which of them do not exist.
    pub unknown_rule_sets: Vec<String>,
    /// Each a JSON document.
    rules: Vec<String>,
}

impl RuleBook {
    /// The rules, read and checked.
    ///
    /// # Errors
    /// [`Error::Internal`] naming a rule that this version cannot read: no order may get past a rule that way.
    pub fn rules(&self) -> Result<Vec<Rule>> {
        self.rules.iter().map(|text| Rule::from_stored(text)).collect()
    }
}

/// The rules of these sets, and of those for every share class.
///
/// # Errors
/// Those of the connection.
pub async fn rule_book(db: &impl Connection, rule_sets: &[String]) -> Result<RuleBook> {
    let rules = rules_of(db, rule_sets).await?;
    let unknown_rule_sets = unknown_rule_sets(db, rule_sets).await?;
    Ok(RuleBook { rule_sets: rule_sets.to_vec(), unknown_rule_sets, rules })
}

impl TryFrom<RegisterRow> for Register {
    type Error = Error;

    fn try_from(row: RegisterRow) -> Result<Self> {
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let sum = |text: String| {
            text.parse::<Decimal>()
                .map_err(|error| Error::internal(format!("a sum of the register: {error}")))
        };
        Ok(Self {
            class_holders: count(row.class_holders),
            class_holders_not_accredited: count(row.class_holders_not_accredited),
            fund_holders: count(row.fund_holders),
            holds_fund: row.holds_fund,
            class_units: sum(row.class_units)?,
            class_units_benefit_plans: sum(row.class_units_benefit_plans)?,
            class_units_of_managers: sum(row.class_units_of_managers)?,
            is_manager: row.is_manager,
            issuer_purchasers_not_accredited: count(row.issuer_purchasers_not_accredited),
            is_issuer_purchaser: row.is_issuer_purchaser,
            fund_large_organisations: count(row.fund_large_organisations),
        })
    }
}

/// A question to the register of holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterLookup {
    /// The share class.
    pub share_class: ShareClassId,
    /// The investor, who may already be a holder.
    pub investor: InvestorId,
    /// The evidence with which a holder counts as accredited.
    pub question: RegisterQuestion,
}

/// The register of holders across all tenants, in the order of the questions.
///
/// # Errors
/// Those of the connection.
pub async fn registers(db: &impl Connection, lookups: &[RegisterLookup]) -> Result<Vec<Register>> {
    if lookups.is_empty() {
        return Ok(Vec::new());
    }
    let classes = lookups.iter().map(|lookup| lookup.share_class.0).collect();
    let investors = lookups.iter().map(|lookup| lookup.investor.0).collect();
    let accepted = lookups.iter().map(|lookup| lookup.question.accepted.as_ref());
    let accepted = accepted.map(|kinds| kinds.map(|kinds| json!(kinds).to_string())).collect();
    let age = |part: fn(Period) -> u32| {
        lookups.iter().map(|lookup| lookup.question.max_age.map(|age| part(age).to_string())).collect()
    };
    let rows =
        registers_of(db, classes, investors, accepted, age(|age| age.months), age(|age| age.days)).await?;
    rows.into_iter().map(Register::try_from).collect()
}
