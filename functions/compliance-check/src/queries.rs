//! The SQL of compliance checks.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_api::{
    common::Amount,
    compliance::{Check, CheckSummary},
};
use fundrail_domain::{
    Error, Result,
    compliance::{
        Decision, Elsewhere, Facts, Lot, Nav, Outcome, Period, Quantity, Register, RegisterQuestion, Rule,
        facts::ClassStatus,
    },
    fund::DealingFrequency,
    ids::{DecisionId, InvestorId, ShareClassId},
    investor::{EvidenceKind, Recorded},
    money::Currency,
};
use fundrail_platform::{
    Asked,
    db::{Db, Row},
    ordered, params,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::NewDecision;

/// Who asks for what, as the database has it.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) investor: Option<Recorded>,
    pub(crate) currency: Currency,
    pub(crate) status: ClassStatus,
    pub(crate) min_first_subscription: Decimal,
    pub(crate) min_further_subscription: Decimal,
    pub(crate) rule_sets: Vec<String>,
    pub(crate) chains: Vec<u64>,
    pub(crate) lots: Vec<Lot>,
    /// What the investor holds of other classes of the fund.
    pub(crate) elsewhere: Vec<Elsewhere>,
    pub(crate) nav: Option<Nav>,
    /// Counts every change of rules, whoever makes it.
    pub(crate) rules_version: i64,
    /// When what is here has last changed, as far as the database knows.
    pub(crate) changed: ChangeTimes,
}

/// When the parts that a decision rests on have last changed.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct ChangeTimes {
    pub(crate) investor: Option<DateTime<Utc>>,
    pub(crate) share_class: DateTime<Utc>,
    pub(crate) lots: Option<DateTime<Utc>>,
    pub(crate) nav: Option<DateTime<Utc>>,
    pub(crate) rules: DateTime<Utc>,
}

/// When what was recorded of an investor first changed after a moment: a field, a statement, a revocation or a wallet.
pub(crate) async fn investor_changed(
    db: &Db,
    investor: InvestorId,
    after: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "select rfc3339(min(known.at)) as first from ( \
            select recorded_at from investor_change where investor_id = $1 \
            union all select recorded_at from investor_verification where investor_id = $1 \
            union all select recorded_at from investor_screening where investor_id = $1 \
            union all select created_at from investor_classification where investor_id = $1 \
            union all select revoked_at from investor_revocation where investor_id = $1 \
            union all select unnest(array[created_at, proven_at]) from investor_wallet where investor_id = $1 \
        ) as known (at) where known.at >= $2::text::timestamptz";
    db.one(SQL, params![investor, after], |row| row.parse_optional("first")).await
}

/// A share class with an investor of the caller's tenant and what they hold of it. A class takes no more orders than its
/// fund does. One statement, so that all of it is of one moment.
pub(crate) async fn subject(db: &Db, class: ShareClassId, investor: InvestorId) -> Result<Option<Subject>> {
    const SQL: &str = "select c.currency, c.status, f.status as fund_status, \
            c.min_first_subscription::text as min_first_subscription, \
            c.min_further_subscription::text as min_further_subscription, \
            to_jsonb(c.rule_sets)::text as rule_sets, \
            (select p.profile from investor_profile p where p.id = $2) as profile, \
            (select coalesce(jsonb_agg(t.chain_id order by t.chain_id), '[]')::text \
                from share_class_token t where t.share_class_id = c.id) as chains, \
            (select coalesce(jsonb_agg(jsonb_build_object( \
                    'acquired_at', rfc3339(l.acquired_at), 'units', trim_scale(l.units)::text) \
                    order by l.acquired_at, l.id), '[]')::text \
                from holding_lot l where l.investor_id = $2 and l.share_class_id = c.id) as lots, \
            (select coalesce(jsonb_agg(jsonb_build_object( \
                    'share_class', o.id, 'currency', o.currency, 'units', trim_scale(o.units)::text, \
                    'per_share', o.per_share::text, 'nav_date', o.nav_date, \
                    'dealing_frequency', o.dealing_frequency) order by o.id), '[]')::text \
                from (select oc.id, oc.currency, oc.dealing_frequency, on_.per_share, on_.nav_date, sum(l.units) as units \
                    from holding_lot l join share_class oc on oc.id = l.share_class_id \
                    left join lateral ( \
                        select nav.per_share, nav.nav_date from nav where nav.share_class_id = oc.id \
                        order by nav.nav_date desc limit 1) on_ on true \
                    where l.investor_id = $2 and oc.fund_id = c.fund_id and oc.id <> c.id \
                    group by oc.id, oc.currency, oc.dealing_frequency, on_.per_share, on_.nav_date) o) as elsewhere, \
            c.dealing_frequency, n.per_share::text as nav_per_share, n.nav_date::text as nav_date, \
            v.version as rules_version, \
            jsonb_build_object( \
                'investor', (select rfc3339(i.updated_at) from investor i where i.id = $2), \
                'share_class', rfc3339(greatest(c.updated_at, f.updated_at)), \
                'lots', (select rfc3339(max(l.created_at)) from holding_lot l \
                    where l.investor_id = $2 and l.share_class_id = c.id), \
                'nav', (select rfc3339(max(n.published_at)) from nav n where n.share_class_id = c.id), \
                'rules', rfc3339(v.changed_at))::text as changed \
        from share_class c join fund f on f.id = c.fund_id cross join compliance_rules_version v \
        left join lateral ( \
            select nav.per_share, nav.nav_date from nav where nav.share_class_id = c.id \
            order by nav.nav_date desc limit 1) n on true \
        where c.id = $1";
    db.optional(SQL, params![class, investor], |row| {
        let profile = row.get::<Option<String>>("profile")?;
        let status = row.parse::<ClassStatus>("status")?.max(row.parse("fund_status")?);
        Ok(Subject {
            investor: profile.map(|text| Recorded::from_stored(&text)).transpose()?,
            currency: row.parse("currency")?,
            status,
            min_first_subscription: row.parse("min_first_subscription")?,
            min_further_subscription: row.parse("min_further_subscription")?,
            rule_sets: row.json("rule_sets")?,
            chains: row.json("chains")?,
            lots: row.json("lots")?,
            elsewhere: row.json::<Vec<OtherClass>>("elsewhere")?.into_iter().map(Elsewhere::from).collect(),
            nav: nav_of(row)?,
            rules_version: row.get("rules_version")?,
            changed: row.json("changed")?,
        })
    })
    .await
}

/// What is held of another class, as the database has it.
#[derive(Debug, Deserialize)]
struct OtherClass {
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

fn nav_of(row: &Row) -> Result<Option<Nav>> {
    if row.get::<Option<String>>("nav_date")?.is_none() {
        return Ok(None);
    }
    let (per_share, nav_date) = (row.parse("nav_per_share")?, row.parse("nav_date")?);
    Ok(Some(Nav::new(per_share, nav_date, row.parse("dealing_frequency")?)))
}

/// The rules of some rule sets, in all versions: which of them are in force is a matter of time. As they are cached.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RuleBook {
    pub(crate) rule_sets: Vec<String>,
    pub(crate) unknown_rule_sets: Vec<String>,
    /// Each a JSON document.
    rules: Vec<String>,
}

impl RuleBook {
    /// The rules, read and checked.
    ///
    /// # Errors
    /// [`Error::Internal`] naming a rule that this version cannot read: an order is never let in past a rule.
    pub(crate) fn rules(&self) -> Result<Vec<Rule>> {
        self.rules.iter().map(|text| Rule::from_stored(text)).collect()
    }
}

/// The rules of these sets, and of those that bind every share class.
pub(crate) async fn rules(db: &Db, rule_sets: &[String]) -> Result<RuleBook> {
    const RULES: &str = "select jsonb_build_object( \
                'id', r.id, 'version', r.version, 'source', r.source, 'applies_to', r.applies_to, \
                'predicate', jsonb_build_object(r.predicate, r.params), \
                'effective_from', rfc3339(r.effective_from), 'effective_to', rfc3339(r.effective_to), \
                'evidence', r.evidence, 'evidence_max_age_months', r.evidence_max_age_months, \
                'evidence_max_age_days', r.evidence_max_age_days, \
                'on_fail', r.on_fail, 'message', r.message, 'review', ( \
                    select jsonb_build_object('reviewed_on', w.reviewed_on, 'next_review_on', w.next_review_on) \
                    from compliance_rule_review w where w.rule_id = r.id and w.rule_version = r.version \
                    order by w.reviewed_on desc, w.id desc limit 1))::text as rule \
        from compliance_rule r \
        where r.id in ( \
            select m.rule_id from rule_set_rule m join rule_set s on s.code = m.rule_set \
            where s.binds_all or s.code = any ($1::text[])) \
        order by r.id, r.version";
    const UNKNOWN: &str = "select named.code from unnest($1::text[]) as named (code) \
        where not exists (select from rule_set s where s.code = named.code) \
        order by named.code";
    let rules = db.query(RULES, params![rule_sets.to_vec()], |row| row.get("rule")).await?;
    let unknown = db.query(UNKNOWN, params![rule_sets.to_vec()], |row| row.get("code")).await?;
    Ok(RuleBook { rule_sets: rule_sets.to_vec(), unknown_rule_sets: unknown, rules })
}

/// What the register of holders says of all tenants together.
pub(crate) async fn register(
    db: &Db,
    class: ShareClassId,
    investor: InvestorId,
    question: RegisterQuestion,
) -> Result<Register> {
    const SQL: &str = "select class_holders, class_holders_not_accredited, fund_holders, holds_fund, \
            trim_scale(class_units)::text as class_units, \
            trim_scale(class_units_benefit_plans)::text as class_units_benefit_plans, \
            trim_scale(class_units_of_managers)::text as class_units_of_managers, is_manager, \
            issuer_purchasers_not_accredited, is_issuer_purchaser \
        from share_class_register($1, $2, $3::text::jsonb, $4::text::integer, $5::text::integer)";
    let count = |row: &Row, column| Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(u32::MAX));
    let words = |kinds: Vec<EvidenceKind>| serde_json::json!(kinds).to_string();
    let age = |part: fn(Period) -> u32| question.max_age.map(|age| part(age).to_string());
    let parameters =
        params![class, investor, question.accepted.map(words), age(|age| age.months), age(|age| age.days)];
    db.one(SQL, parameters, |row| {
        Ok(Register {
            class_holders: count(row, "class_holders")?,
            class_holders_not_accredited: count(row, "class_holders_not_accredited")?,
            fund_holders: count(row, "fund_holders")?,
            holds_fund: row.get("holds_fund")?,
            class_units: sum(row, "class_units")?,
            class_units_benefit_plans: sum(row, "class_units_benefit_plans")?,
            class_units_of_managers: sum(row, "class_units_of_managers")?,
            is_manager: row.get("is_manager")?,
            issuer_purchasers_not_accredited: count(row, "issuer_purchasers_not_accredited")?,
            is_issuer_purchaser: row.get("is_issuer_purchaser")?,
        })
    })
    .await
}

/// A sum, which may have more digits than an amount of a request.
fn sum(row: &Row, column: &'static str) -> Result<Decimal> {
    let text = row.get::<String>(column)?;
    text.parse().map_err(|error| Error::internal(format!("the column `{column}`: {error}")))
}

/// Keeps others from deciding on the same basis until the transaction ends.
pub(crate) async fn lock(db: &Db, basis_sha256: &str) -> Result<()> {
    const SQL: &str = "select pg_advisory_xact_lock(hashtextextended('compliance_decision' || app_tenant_id()::text || $1, 0))";
    db.execute(SQL, params![basis_sha256]).await.map(drop)
}

/// The decision on this basis that holds now, and does not outlive what ends one of this moment: a rule that was announced
/// since, say. It may be a moment younger than `now`, when somebody else has asked meanwhile.
pub(crate) async fn standing(
    db: &Db,
    basis_sha256: &str,
    now: DateTime<Utc>,
    fresh: &Decision,
) -> Result<Option<Check>> {
    const SQL: &str = "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, units::text as units, \
            outcome, results, rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256 \
        from compliance_decision \
        where basis_sha256 = $1 and valid_until > $2::text::timestamptz \
          and ($3::text is null or valid_until <= $3::text::timestamptz) \
        order by valid_until desc limit 1";
    db.optional(SQL, params![basis_sha256, now, fresh.ends_by_itself(now)], check_of).await
}

/// A decision of the caller's tenant.
pub(crate) async fn check(db: &Db, id: DecisionId) -> Result<Option<Check>> {
    const SQL: &str = "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, units::text as units, \
            outcome, results, rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256 \
        from compliance_decision where id = $1";
    db.optional(SQL, params![id], check_of).await
}

/// Rules and facts of a decision, as they were stored.
pub(crate) async fn basis(db: &Db, id: DecisionId) -> Result<Option<String>> {
    const SQL: &str = "select basis from compliance_decision where id = $1";
    db.optional(SQL, params![id], |row| row.get("basis")).await
}

/// Stores a decision.
pub(crate) async fn insert_decision(
    db: &Db,
    facts: &Facts,
    new: &NewDecision,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "insert into compliance_decision \
        (tenant_id, id, investor_id, share_class_id, side, amount, currency, units, outcome, results, basis, \
         basis_sha256, decided_at, valid_until) \
        values (app_tenant_id(), $1, $2, $3, $4, $5::text::numeric, $6, $7::text::numeric, $8, $9, $10, $11, \
         $12::text::timestamptz, $13::text::timestamptz)";
    let results = serde_json::to_string(&new.decision.results)
        .map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    let (amount, units) = match facts.order.quantity {
        Quantity::Amount(money) => (Some(money), None),
        Quantity::Units(units) => (None, Some(units)),
    };
    let parameters = params![
        new.id,
        facts.investor.id,
        facts.share_class.id,
        facts.order.side.word(),
        amount.map(|money| money.value.to_string()),
        amount.map(|money| money.currency.code().to_owned()),
        units.map(|units| units.to_string()),
        new.decision.outcome.word(),
        results,
        &new.basis,
        &new.basis_sha256,
        now,
        new.decision.valid_until
    ];
    db.execute(SQL, parameters).await.map(drop)
}

/// What a list of decisions is narrowed to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter {
    pub(crate) investor: Option<InvestorId>,
    pub(crate) share_class: Option<ShareClassId>,
    pub(crate) outcome: Option<Outcome>,
}

/// Decisions of the caller's tenant by their ids, which are as old as they are; one more than `limit` when there are more.
/// Each with the hash of its basis.
pub(crate) async fn checks(db: &Db, filter: Filter, page: &Asked) -> Result<Vec<(CheckSummary, String)>> {
    let sql = ordered!(
        page.order,
        "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, units::text as units, \
            outcome, rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256 \
        from compliance_decision \
        where ($1::uuid is null or investor_id = $1) \
          and ($2::uuid is null or share_class_id = $2) \
          and ($3::text is null or outcome = $3)",
        by "id" after "$4::uuid", "limit $5"
    );
    let outcome = filter.outcome.map(|outcome| outcome.word().to_owned());
    let (after, limit) = (page.after, page.limit_and_one());
    db.query(sql, params![filter.investor, filter.share_class, outcome, after, limit], |row| {
        let summary = CheckSummary {
            id: row.parse("id")?,
            investor_id: row.parse("investor_id")?,
            share_class_id: row.parse("share_class_id")?,
            side: row.parse("side")?,
            amount: amount_of(row)?,
            units: row.get("units")?,
            outcome: row.parse("outcome")?,
            decided_at: row.parse("decided_at")?,
            valid_until: row.parse("valid_until")?,
            superseded: false,
            stale_since: None,
        };
        Ok((summary, row.get("basis_sha256")?))
    })
    .await
}

fn check_of(row: &Row) -> Result<Check> {
    Ok(Check {
        id: row.parse("id")?,
        investor_id: row.parse("investor_id")?,
        share_class_id: row.parse("share_class_id")?,
        side: row.parse("side")?,
        amount: amount_of(row)?,
        units: row.get("units")?,
        outcome: row.parse("outcome")?,
        results: row.json("results")?,
        decided_at: row.parse("decided_at")?,
        valid_until: row.parse("valid_until")?,
        basis_sha256: row.get("basis_sha256")?,
        superseded: false,
        stale_since: None,
    })
}

fn amount_of(row: &Row) -> Result<Option<Amount>> {
    let amount = row.get::<Option<String>>("amount")?.zip(row.get::<Option<String>>("currency")?);
    Ok(amount.map(|(value, currency)| Amount { value, currency }))
}
