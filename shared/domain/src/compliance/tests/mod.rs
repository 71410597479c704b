//! Tests of the engine: every predicate by table, and what holds of all decisions by property.

mod engine;
mod evidence;
mod position;
mod properties;
mod who;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use fundrail_kit::decimal::parse_decimal;
use rust_decimal::Decimal;
use serde_json::json;

use super::{
    Clock, Decision, Facts, IdentityFacts, InvestorFacts, Lot, Nav, OnFail, Order, Outcome, Predicate,
    Quantity, Register, Rule, ShareClassFacts, Side, decide,
    evaluate::{Scope, Verdict, evaluate},
    facts::{ClassStatus, FileFacts, ScreeningFacts},
};
use crate::{
    ids::{InvestorId, ShareClassId},
    input::FromText,
    investor::{
        Classification, ClassificationKind, EvidenceKind, Figure, FileDecision, Kind, Kyc, KycStatus,
        ScreeningOutcome, Wallet,
    },
    money::{Currency, Money},
    reference::{Country, WalletAddress},
};

/// When all of these tests take place.
fn now() -> DateTime<Utc> {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn country(code: &str) -> Country {
    Country::from_text(code).unwrap()
}

fn amount(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

fn id(last: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([1, 0x98, 0xc0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last])
}

/// A person in Luxembourg with everything in order, who wants to subscribe for USD 250,000.
fn facts() -> Facts {
    Facts {
        investor: InvestorFacts {
            id: InvestorId(id(1)),
            identity: IdentityFacts { version: 1, ..IdentityFacts::default() },
            statements: vec![],
            kind: Kind::Natural,
            residence: country("LU"),
            region: None,
            nationalities: vec![country("LU").into()],
            permits: vec![],
            kyc: Some(Kyc {
                status: KycStatus::Verified,
                verified_on: Some(day("2026-01-10")),
                expires_on: None,
            }),
            file: Some(FileFacts {
                decision: FileDecision::Approved,
                decided_on: day("2026-01-12"),
                valid_until: Some(day("2029-01-12")),
                stale: false,
                contradicted: false,
            }),
            screening: Some(ScreeningFacts {
                outcome: ScreeningOutcome::Clear,
                screened_at: now() - Duration::days(3),
            }),
            benefit_plan: false,
            beneficial_owners: None,
            acknowledgements: vec![],
            wallets: vec![wallet(1, Some(now() - Duration::days(30)))],
            classifications: vec![],
        },
        share_class: ShareClassFacts {
            id: ShareClassId(id(2)),
            currency: Currency::USD,
            status: ClassStatus::Open,
            min_first_subscription: amount("100000"),
            min_further_subscription: amount("1000"),
            chains: vec![1, 137],
            rule_sets: vec!["test".to_owned()],
            unknown_rule_sets: vec![],
            nav: Some(nav("10")),
        },
        order: order(Side::Subscribe, "250000"),
        lots: vec![],
        elsewhere: vec![],
        register: None,
    }
}

fn order(side: Side, value: &str) -> Order {
    Order::new(side, Quantity::Amount(Money { value: amount(value), currency: Currency::USD }))
}

fn order_of_units(side: Side, units: &str) -> Order {
    Order::new(side, Quantity::Units(amount(units)))
}

/// A value of the day before.
fn nav(per_share: &str) -> Nav {
    Nav { per_share: amount(per_share), nav_date: day("2026-06-14"), max_age_days: 7 }
}

fn wallet(chain_id: u64, verified_at: Option<DateTime<Utc>>) -> Wallet {
    let address = WalletAddress::from_text("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").unwrap();
    Wallet { chain_id, address, verified_at, proof_is_stale: false }
}

fn classification(kind: ClassificationKind, evidence: EvidenceKind, issued_on: &str) -> Classification {
    let figures = std::collections::BTreeMap::new();
    Classification {
        kind,
        evidence,
        reference: None,
        issuer: None,
        document_sha256: None,
        issued_on: day(issued_on),
        expires_on: None,
        figures,
    }
}

fn with_figures(mut classification: Classification, figures: &[(Figure, &str)]) -> Classification {
    classification.figures = figures.iter().map(|(figure, value)| (*figure, amount(value))).collect();
    classification
}

/// Shares; each is worth 10 unless a test says otherwise.
fn lot(acquired_at: &str, units: &str) -> Lot {
    Lot { acquired_at: acquired_at.parse().unwrap(), units: amount(units) }
}

fn register() -> Register {
    Register {
        class_holders: 10,
        class_holders_not_accredited: 4,
        fund_holders: 20,
        holds_fund: false,
        class_units: amount("100000"),
        class_units_benefit_plans: amount("10000"),
        class_units_of_managers: Decimal::ZERO,
        is_manager: false,
        issuer_purchasers_not_accredited: 4,
        is_issuer_purchaser: false,
        fund_large_organisations: 0,
    }
}

fn predicate(value: serde_json::Value) -> Predicate {
    let predicate: Predicate = serde_json::from_value(value).unwrap();
    predicate.check().unwrap();
    predicate
}

fn rule(id: &str, value: serde_json::Value) -> Rule {
    Rule {
        id: id.to_owned(),
        version: 1,
        source: "a test".to_owned(),
        applies_to: vec![Side::Subscribe, Side::Transfer, Side::Redeem],
        predicate: predicate(value),
        effective_from: "2020-01-01T00:00:00Z".parse().unwrap(),
        effective_to: None,
        evidence: vec![],
        evidence_max_age_months: None,
        evidence_max_age_days: None,
        on_fail: OnFail::Deny,
        message: "it has to hold".to_owned(),
        review: None,
    }
}

/// How a predicate is answered, and by when the answer could change.
fn ask(value: serde_json::Value, facts: &Facts) -> (Verdict, Option<DateTime<Utc>>) {
    ask_rule(&rule("r", value), facts)
}

fn ask_rule(rule: &Rule, facts: &Facts) -> (Verdict, Option<DateTime<Utc>>) {
    let clock = Clock::at(now());
    let finding = evaluate(&rule.predicate, Scope { facts, rule, clock: &clock });
    assert!(!finding.reason.is_empty(), "every answer has a reason");
    (finding.verdict, clock.next())
}

/// Checks a table of facts against verdicts.
fn table(value: &serde_json::Value, rows: impl IntoIterator<Item = (&'static str, Facts, Verdict)>) {
    for (name, facts, expected) in rows {
        assert_eq!(ask(value.clone(), &facts).0, expected, "{name}");
    }
}

fn changed(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts();
    change(&mut facts);
    facts
}
