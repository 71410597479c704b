//! The SQL of compliance checks.

use chrono::{DateTime, Utc};
use fundrail_api::{
    common::Amount,
    compliance::{Check, CheckSummary},
};
use fundrail_domain::{
    Error, Result,
    compliance::{Facts, Lot, Outcome, Register, Rule, facts::ClassStatus},
    ids::{DecisionId, InvestorId, ShareClassId},
    investor::Recorded,
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
}

/// A share class with an investor of the caller's tenant and what they hold of it. A class takes no more orders than its
/// fund does.
pub(crate) async fn subject(db: &Db, class: ShareClassId, investor: InvestorId) -> Result<Option<Subject>> {
    const SQL: &str = "select c.currency, c.status, f.status as fund_status, \
            c.min_first_subscription::text as min_first_subscription, \
            c.min_further_subscription::text as min_further_subscription, \
            to_jsonb(c.rule_sets)::text as rule_sets, \
            (select p.profile from investor_profile p where p.id = $2) as profile, \
            (select coalesce(jsonb_agg(t.chain_id order by t.chain_id), '[]')::text \
                from share_class_token t where t.share_class_id = c.id) as chains, \
            (select coalesce(jsonb_agg(jsonb_build_object( \
                    'acquired_at', rfc3339(l.acquired_at), 'amount', trim_scale(l.amount)::text) \
                    order by l.acquired_at, l.id), '[]')::text \
                from holding_lot l where l.investor_id = $2 and l.share_class_id = c.id) as lots \
        from share_class c join fund f on f.id = c.fund_id \
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
        })
    })
    .await
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
                'evidence', r.evidence, 'evidence_max_age_days', r.evidence_max_age_days, \
                'on_fail', r.on_fail, 'message', r.message)::text as rule \
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
pub(crate) async fn register(db: &Db, class: ShareClassId, investor: InvestorId) -> Result<Register> {
    const SQL: &str = "select class_holders, class_holders_not_accredited, fund_holders, holds_fund, \
            trim_scale(class_amount)::text as class_amount, \
            trim_scale(class_amount_benefit_plans)::text as class_amount_benefit_plans \
        from share_class_register($1, $2)";
    let count = |row: &Row, column| Ok(u32::try_from(row.get::<i64>(column)?).unwrap_or(u32::MAX));
    db.one(SQL, params![class, investor], |row| {
        Ok(Register {
            class_holders: count(row, "class_holders")?,
            class_holders_not_accredited: count(row, "class_holders_not_accredited")?,
            fund_holders: count(row, "fund_holders")?,
            holds_fund: row.get("holds_fund")?,
            class_amount: sum(row, "class_amount")?,
            class_amount_benefit_plans: sum(row, "class_amount_benefit_plans")?,
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

/// The decision on this basis that holds now. It may be a moment younger than `now`: somebody else has asked meanwhile.
pub(crate) async fn standing(db: &Db, basis_sha256: &str, now: DateTime<Utc>) -> Result<Option<Check>> {
    const SQL: &str = "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, outcome, results, \
            rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256 \
        from compliance_decision \
        where basis_sha256 = $1 and valid_until > $2::text::timestamptz \
        order by valid_until desc limit 1";
    db.optional(SQL, params![basis_sha256, now], check_of).await
}

/// A decision of the caller's tenant.
pub(crate) async fn check(db: &Db, id: DecisionId) -> Result<Option<Check>> {
    const SQL: &str = "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, outcome, results, \
            rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until, basis_sha256 \
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
        (tenant_id, id, investor_id, share_class_id, side, amount, currency, outcome, results, basis, basis_sha256, \
         decided_at, valid_until) \
        values (app_tenant_id(), $1, $2, $3, $4, $5::text::numeric, $6, $7, $8, $9, $10, $11::text::timestamptz, \
         $12::text::timestamptz)";
    let results = serde_json::to_string(&new.decision.results)
        .map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    let parameters = params![
        new.id,
        facts.investor.id,
        facts.share_class.id,
        facts.order.side.word(),
        facts.order.amount.value,
        facts.order.amount.currency.code(),
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
pub(crate) async fn checks(db: &Db, filter: Filter, page: &Asked) -> Result<Vec<CheckSummary>> {
    let sql = ordered!(
        page.order,
        "select id::text as id, investor_id::text as investor_id, \
            share_class_id::text as share_class_id, side, amount::text as amount, currency, outcome, \
            rfc3339(decided_at) as decided_at, rfc3339(valid_until) as valid_until \
        from compliance_decision \
        where ($1::uuid is null or investor_id = $1) \
          and ($2::uuid is null or share_class_id = $2) \
          and ($3::text is null or outcome = $3)",
        by "id" after "$4::uuid", "limit $5"
    );
    let outcome = filter.outcome.map(|outcome| outcome.word().to_owned());
    let (after, limit) = (page.after, page.limit_and_one());
    db.query(sql, params![filter.investor, filter.share_class, outcome, after, limit], |row| {
        Ok(CheckSummary {
            id: row.parse("id")?,
            investor_id: row.parse("investor_id")?,
            share_class_id: row.parse("share_class_id")?,
            side: row.parse("side")?,
            amount: amount_of(row)?,
            outcome: row.parse("outcome")?,
            decided_at: row.parse("decided_at")?,
            valid_until: row.parse("valid_until")?,
        })
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
        outcome: row.parse("outcome")?,
        results: row.json("results")?,
        decided_at: row.parse("decided_at")?,
        valid_until: row.parse("valid_until")?,
        basis_sha256: row.get("basis_sha256")?,
    })
}

fn amount_of(row: &Row) -> Result<Amount> {
    Ok(Amount { value: row.get("amount")?, currency: row.get("currency")? })
}
