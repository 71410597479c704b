//! Share classes, investors, lots and orders of these tests.

use std::collections::BTreeMap;

use chrono::{Duration, Months, NaiveDate, Utc};
use fundrail_tests::{Control, Environment, Tenant, Value, json};
use uuid::Uuid;

/// The date, in UTC.
pub(crate) fn today() -> NaiveDate {
    Utc::now().date_naive()
}

pub(crate) fn days_ago(days: i64) -> String {
    (today() - Duration::days(days)).to_string()
}

pub(crate) fn months_ago(months: u32) -> NaiveDate {
    today().checked_sub_months(Months::new(months)).expect("a date")
}

/// A share class without a token, of an issuer of its own.
pub(crate) struct Class {
    pub(crate) issuer: Uuid,
    pub(crate) id: Uuid,
}

impl Class {
    /// In a currency, bound by these rule sets; at a net asset value as of yesterday.
    pub(crate) fn new(control: &Control, currency: &str, rule_sets: &[&str], nav: &str) -> Self {
        let class = Self::of(control, Uuid::now_v7(), currency, rule_sets);
        class.value(control, nav, 1);
        class
    }

    /// Of an issuer that may have others.
    pub(crate) fn of(control: &Control, issuer: Uuid, currency: &str, rule_sets: &[&str]) -> Self {
        let (fund, id) = (Uuid::now_v7(), Uuid::now_v7());
        let sql = format!(
            "insert into issuer (id, tenant_id, name, country)
                 select '{issuer}', id, 'Issuer {issuer}', 'US' from tenant limit 1 on conflict (id) do nothing;
             insert into fund (id, issuer_id, name, strategy, domicile, legal_form, status, base_currency, launched_on)
                 values ('{fund}', '{issuer}', 'Fund {fund}', 'equity', 'US', 'LP', 'open', '{currency}', '2015-01-01');
             insert into share_class (id, fund_id, name, currency, min_first_subscription, min_further_subscription,
                     management_fee_bps, distribution_policy, rule_sets, launched_on)
                 values ('{id}', '{fund}', 'A', '{currency}', 100, 10, 0, 'accumulating', '{{{}}}', '2015-01-01');",
            rule_sets.join(",")
        );
        control.database().admin().batch_execute(&sql).expect("a share class");
        Self { issuer, id }
    }

    pub(crate) fn value(&self, control: &Control, per_share: &str, days_ago: i32) {
        let sql = format!(
            "insert into nav (share_class_id, nav_date, per_share, source)
             values ('{}', (now() at time zone 'utc')::date - {days_ago}, {per_share}, 'a test')",
            self.id
        );
        control.database().admin().batch_execute(&sql).expect("a value");
    }
}

/// Gives an investor shares, bought so many days ago for one unit of money.
pub(crate) fn lot(
    control: &Control,
    tenant: &Tenant,
    investor: &str,
    class: &Class,
    units: &str,
    days_ago: i64,
) {
    let sql = format!(
        "insert into holding_lot (tenant_id, id, investor_id, share_class_id, units, amount, acquired_at) values
         ('{}', '{}', '{investor}', '{}', {units}, 1, now() - interval '{days_ago} days')",
        tenant.id,
        Uuid::now_v7(),
        class.id
    );
    control.database().admin().batch_execute(&sql).expect("a lot");
}

/// A person in Luxembourg whose identity is verified and who is on no list.
pub(crate) fn person(change: Value) -> Value {
    changed(
        json!({
            "kind": "natural", "name": "Ada Lovelace", "residence": "LU", "nationalities": ["LU"],
            "kyc": {"status": "verified", "verified_on": days_ago(1)},
            "screening": {"outcome": "clear", "screened_at": format!("{}T00:00:00Z", days_ago(1)), "source": "a test"},
        }),
        change,
    )
}

/// A company in Luxembourg with one owner.
pub(crate) fn company(change: Value) -> Value {
    changed(
        json!({
            "kind": "legal", "name": "Acme Treasury AG", "residence": "LU",
            "kyc": {"status": "verified", "verified_on": days_ago(1)},
            "screening": {"outcome": "clear", "screened_at": format!("{}T00:00:00Z", days_ago(1)), "source": "a test"},
            "beneficial_owners": [{"name": "Grace Hopper", "percent": "100", "identified_on": days_ago(1)}],
        }),
        change,
    )
}

pub(crate) fn changed(mut body: Value, change: Value) -> Value {
    let Value::Object(fields) = change else { panic!("a change is an object: {change}") };
    body.as_object_mut().expect("an object").extend(fields);
    body
}

pub(crate) fn shown(kind: &str, evidence: &str, issued_on: impl Into<String>, figures: &Value) -> Value {
    json!({"kind": kind, "evidence": evidence, "issued_on": issued_on.into(), "figures": figures})
}

pub(crate) fn investor(env: &Environment, tenant: &Tenant, body: &Value) -> String {
    let made = env.post("/v1/investors").token(tenant).json(body).send().expect(201);
    let id = made["id"].as_str().expect("an id").to_owned();
    env.approve_classifications(tenant, &id);
    env.approve_identity(tenant, &id);
    id
}

/// An order for an amount.
pub(crate) fn amount(investor: &str, class: &Class, side: &str, value: &str, currency: &str) -> Value {
    json!({"investor_id": investor, "share_class_id": class.id, "side": side, "amount": {"value": value, "currency": currency}})
}

/// An order for shares.
pub(crate) fn units(investor: &str, class: &Class, side: &str, units: &str) -> Value {
    json!({"investor_id": investor, "share_class_id": class.id, "side": side, "units": units})
}

/// What is decided: 201, or 200 where the same was asked before.
pub(crate) fn ask(env: &Environment, tenant: &Tenant, question: &Value) -> Value {
    let answer = env.post("/v1/compliance/checks").token(tenant).json(question).send();
    assert!([200, 201].contains(&answer.status), "{}", answer.describe());
    answer.json()
}

/// What each rule of a decision says.
pub(crate) fn outcomes(check: &Value) -> BTreeMap<&str, &str> {
    let results = check["results"].as_array().expect("results");
    results.iter().map(|one| (one["rule"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

pub(crate) fn message<'a>(check: &'a Value, rule: &str) -> &'a str {
    let results = check["results"].as_array().expect("results");
    results.iter().find(|one| one["rule"] == rule).and_then(|one| one["message"].as_str()).expect("the rule")
}

/// Figures of a large undertaking, of an experienced client, and of a large holder of securities.
pub(crate) fn large() -> Value {
    json!({"balance_sheet_eur": "64000000", "turnover_eur": "50000000", "own_funds_eur": "9500000"})
}
pub(crate) fn experienced() -> Value {
    json!({"trades_per_quarter": "14", "portfolio_eur": "820000"})
}

/// A rule of its own in a set of its own, which binds classes that name it.
pub(crate) fn own_rule(control: &Control, predicate: &str, params: &str) -> String {
    let code = format!("t-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let rule = format!("test.{}", code.replace('-', "_"));
    let sql = format!(
        "insert into rule_set (code, title, description) values ('{code}', 'A test', 'Of a test alone.');
         insert into compliance_rule (id, version, source, applies_to, predicate, params, effective_from, on_fail, message)
         values ('{rule}', 1, 'a test', '{{subscribe,transfer,redeem}}', '{predicate}', '{params}', '2020-01-01Z', 'deny',
             'It has to hold');
         insert into rule_set_rule (rule_set, rule_id) values ('{code}', '{rule}');"
    );
    control.database().admin().batch_execute(&sql).expect("a rule");
    code
}
