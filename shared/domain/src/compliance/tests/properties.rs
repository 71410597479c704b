use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::{
    compliance::{Basis, Period, Review, Stored, facts::OwnerFacts, snapshot::fingerprint},
    investor::{Acknowledgement, Document, Permit, PermitKind},
    reference::{Nationality, Region},
};

/// A time within ten years of the tests' own, often on a round day, where boundaries are.
fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        (-3650i64..3650)
            .prop_map(|days| "2026-06-15T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(days)),
        (-200i64..200).prop_map(|hours| now() + Duration::hours(hours)),
    ]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    moment().prop_map(|moment| moment.date_naive())
}

fn some_country() -> impl Strategy<Value = Country> {
    select(vec!["LU", "NO", "CH", "RU", "BY", "US", "PR", "AE", "IR"]).prop_map(country)
}

fn some_nationality() -> impl Strategy<Value = Nationality> {
    prop_oneof![
        some_country().prop_map(Nationality::from),
        select(vec![Nationality::Stateless, Nationality::Refugee, Nationality::Unspecified]),
    ]
}

fn word<T: Copy + std::fmt::Debug + 'static>(
    words: &'static [(&'static str, T)],
) -> impl Strategy<Value = T> {
    (0..words.len()).prop_map(move |index| words[index].1)
}

fn money() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        select(vec!["1", "99999.99", "100000", "200000", "5000000", "999999999999999999"]).prop_map(amount),
        (1u64..3_000_000).prop_map(Decimal::from)
    ]
}

prop_compose! {
    fn some_classification()(
        kind in word(ClassificationKind::WORDS), evidence in word(EvidenceKind::WORDS), issued_on in date(),
        expires_on in prop::option::of(date()),
        figures in prop::collection::btree_map(word(Figure::WORDS), money(), 0..4),
    ) -> Classification {
        Classification { kind, evidence, reference: None, issuer: None, document_sha256: None, issued_on, expires_on, figures }
    }
}

prop_compose! {
    fn some_permit()(country in some_country(), kind in word(PermitKind::WORDS), expires_on in prop::option::of(date())) -> Permit {
        Permit { country, kind, expires_on }
    }
}

prop_compose! {
    fn some_acknowledgement()(document in word(Document::WORDS), class in 2u8..4, acknowledged_at in moment()) -> Acknowledgement {
        Acknowledgement { document, share_class_id: ShareClassId(id(class)), acknowledged_at }
    }
}

prop_compose! {
    fn some_investor()(
        kind in word(Kind::WORDS), residence in some_country(), region in prop::option::of(select(vec!["RU-MOW", "US-NY", "LU-ME"])),
        nationalities in prop::collection::vec(some_nationality(), 0..3),
        permits in prop::collection::vec(some_permit(), 0..2),
        kyc in prop::option::of((word(KycStatus::WORDS), prop::option::of(date()), prop::option::of(date()))),
        file in prop::option::of((word(FileDecision::WORDS), date(), prop::option::of(date()), any::<(bool, bool)>())),
        screening in prop::option::of((word(ScreeningOutcome::WORDS), moment())),
        benefit_plan in any::<bool>(),
        owners in prop::option::of(prop::collection::vec((0u32..100, any::<bool>()), 0..3)),
        acknowledgements in prop::collection::vec(some_acknowledgement(), 0..3),
        wallets in prop::collection::vec((select(vec![1u64, 10, 137]), prop::option::of(moment())), 0..3),
        classifications in prop::collection::vec(some_classification(), 0..4), stale in any::<(bool, bool)>(),
    ) -> InvestorFacts {
        InvestorFacts {
            id: InvestorId(id(1)),
            identity: IdentityFacts { version: 2, verification_is_stale: stale.0, screening_is_stale: stale.1 },
            statements: vec![], kind, residence, region: region.map(|code| Region::from_text(code).unwrap()), nationalities, permits,
            kyc: kyc.map(|(status, verified_on, expires_on)| Kyc { status, verified_on, expires_on }),
            file: file.map(|(decision, decided_on, valid_until, (stale, contradicted))|
                FileFacts { decision, decided_on, valid_until, stale, contradicted }),
            screening: screening.map(|(outcome, screened_at)| ScreeningFacts { outcome, screened_at }),
            benefit_plan,
            beneficial_owners: owners.map(|owners| owners.into_iter()
                .map(|(percent, identified)| OwnerFacts { percent: percent.into(), controls: percent == 0, identified })
                .collect()),
            acknowledgements,
            wallets: wallets.into_iter().map(|(chain, at)| wallet(chain, at)).collect(),
            classifications,
        }
    }
}

prop_compose! {
    fn some_facts()(
        investor in some_investor(), side in word(Side::WORDS), value in money(), euros in any::<bool>(),
        in_units in any::<bool>(), nav in prop::option::of((money(), date(), 1u32..100)),
        status in word(ClassStatus::WORDS), lots in prop::collection::vec((moment(), money()), 0..4),
        register in prop::option::of((0u32..101, 0u32..40, 0u32..101, any::<bool>(), money(), money(), 0u32..40)),
    ) -> Facts {
        let mut facts = facts();
        let currency = if euros { Currency::EUR } else { Currency::USD };
        facts.investor = investor;
        facts.share_class.currency = currency;
        facts.share_class.status = status;
        facts.share_class.nav = nav.map(|(per_share, nav_date, max_age_days)| Nav { per_share, nav_date, max_age_days });
        let quantity = if in_units { Quantity::Units(value) } else { Quantity::Amount(Money { value, currency }) };
        facts.order = Order::new(side, quantity);
        facts.lots = lots.into_iter().map(|(acquired_at, units)| Lot { acquired_at, units }).collect();
        facts.register = register.map(|(class, not_accredited, fund, holds_fund, total, plans, purchasers)| Register {
            class_holders: class, class_holders_not_accredited: not_accredited, fund_holders: fund, holds_fund,
            class_units: total, class_units_benefit_plans: plans,
            class_units_of_managers: Decimal::from(class), is_manager: holds_fund && fund.is_multiple_of(2),
            issuer_purchasers_not_accredited: purchasers, is_issuer_purchaser: !holds_fund,
            fund_large_organisations: purchasers % 3,
        });
        facts
    }
}

fn attribute() -> impl Strategy<Value = Predicate> {
    let leaf = select(vec![
        json!({"person_kind": {"is": "natural"}}),
        json!({"resident_in": {"areas": ["EEA", "CH"]}}),
        json!({"national_of": {"areas": ["RU", "IR"]}}),
        json!({"region_in": {"regions": ["RU-MOW", "US-NY"]}}),
        json!({"not_us_person": {}}),
    ])
    .prop_map(predicate);
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|of| Predicate::Any { of }),
            inner.prop_map(|of| Predicate::Not { of: Box::new(of) }),
        ]
    })
}

fn question() -> impl Strategy<Value = Predicate> {
    let leaf = select(vec![
        json!({"no_tie_to": {"country": "RU", "exempt": ["EEA", "CH"]}}),
        json!({"classified": {"any_of": ["us_accredited", "lux_well_informed"]}}),
        json!({"classified": {"any_of": ["mifid_professional"], "evidence": ["regulatory_register"], "max_age_days": 10}}),
        json!({"figures": {"any_of": ["us_qualified_purchaser", "mifid_professional_elective"], "at_least": 1, "of": [
            {"figure": "investments_usd", "amount": "5000000"}, {"figure": "portfolio_eur", "amount": "500000", "exceed": true}]}}),
        json!({"order_at_least": {"currency": "EUR", "natural": "100000", "legal": "1000000"}}),
        json!({"invested_at_least": {"currency": "EUR", "natural": "100000", "legal": "1000000"}}),
        json!({"for_a_person": {"of": {"classified": {"any_of": ["us_family_company"], "max_age_months": 3}}}}),
        json!({"holder_limit": {"counts": "issuer_purchasers_not_accredited", "limit": 35, "warn_from": 30}}),
        json!({"screening_clear": {}}),
        json!({"kyc_current": {}}),
        json!({"kyc_approved": {}}),
        json!({"wallet_verified": {}}),
        json!({"beneficial_owners_identified": {"percent": "25"}}),
        json!({"class_takes_orders": {}}),
        json!({"minimum_subscription": {}}),
        json!({"maximum_holding": {"percent": "25", "amount": "2000000"}}),
        json!({"holder_limit": {"counts": "class", "limit": 100, "warn_from": 90}}),
        json!({"holder_limit": {"counts": "fund", "limit": 100, "warn_from": 90, "look_through": true}}),
        json!({"holder_limit": {"counts": "class_not_accredited", "limit": 35, "warn_from": 30}}),
        json!({"holding_period": {"period": {"months": 12, "days": 1}}}),
        json!({"holds_enough": {}}),
        json!({"document_acknowledged": {"document": "kid"}}),
        json!({"benefit_plans_below": {"percent": "25"}}),
    ])
    .prop_map(predicate);
    prop_oneof![leaf, attribute()].prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|of| Predicate::All { of }),
            prop::collection::vec(inner, 1..4).prop_map(|of| Predicate::Any { of }),
        ]
    })
}

prop_compose! {
    fn some_rule()(
        name in 0u8..4, version in 1u32..4, predicate in question(), from in moment(), to in prop::option::of(moment()),
        evidence in prop::collection::vec(word(EvidenceKind::WORDS), 0..3), age in prop::option::of(1u32..1000),
        months in prop::option::of(1u32..40), review in prop::option::of((date(), date())),
        on_fail in word(OnFail::WORDS), sides in prop::collection::vec(word(Side::WORDS), 1..4),
    ) -> Rule {
        Rule {
            id: format!("rule.{name}"), version, source: "a test".to_owned(), applies_to: sides, predicate,
            effective_from: from, effective_to: to, evidence, evidence_max_age_months: months, evidence_max_age_days: age,
            on_fail, message: "it has to hold".to_owned(), review: review.map(|(reviewed_on, next_review_on)| Review { reviewed_on, next_review_on }),
        }
    }
}

fn some_rules() -> impl Strategy<Value = Vec<Rule>> {
    // A rule is its name and version: of two with both the same, which one binds would be a matter of chance.
    prop::collection::vec(some_rule(), 0..8).prop_map(|mut rules| {
        rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
        rules.dedup_by(|a, b| (&a.id, a.version) == (&b.id, b.version));
        rules
    })
}

/// More of what an investor can show. Nothing that is known is taken back.
fn more_evidence(
    facts: &Facts,
    classification: Classification,
    permit: Permit,
    acknowledgement: Acknowledgement,
) -> Facts {
    let mut more = facts.clone();
    let investor = &mut more.investor;
    investor.classifications.push(classification);
    investor.permits.push(permit);
    investor.acknowledgements.push(acknowledgement);
    investor.wallets.push(wallet(137, Some(now())));
    investor.kyc.get_or_insert(Kyc { status: KycStatus::Pending, verified_on: None, expires_on: None });
    for owner in investor.beneficial_owners.iter_mut().flatten() {
        owner.identified = true;
    }
    more
}

proptest! {
    #[test]
    fn the_same_is_decided_whatever_order_the_rules_come_in(
        rules in some_rules(), facts in some_facts(), at in moment(), turn in 0usize..8,
    ) {
        let decision = decide(&rules, &facts, at);
        let mut turned = rules.clone();
        turned.rotate_left(turn.min(rules.len()));
        prop_assert_eq!(&decide(&turned, &facts, at), &decision);
        turned.reverse();
        prop_assert_eq!(&decide(&turned, &facts, at), &decision);
    }

    #[test]
    fn the_outcome_is_the_worst_of_the_results(rules in some_rules(), facts in some_facts(), at in moment()) {
        let decision = decide(&rules, &facts, at);
        let worst = decision.results.iter().map(|result| result.outcome).max();
        prop_assert_eq!(Some(decision.outcome), worst);
        prop_assert!(decision.valid_until > at && decision.valid_until <= at + Duration::hours(24));
    }

    #[test]
    fn a_decision_stays_the_same_until_it_expires(
        rules in some_rules(), facts in some_facts(), at in moment(), part in 0.0f64..1.0,
    ) {
        let decision = decide(&rules, &facts, at);
        let span = (decision.valid_until - at).num_microseconds().unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any moment within will do")]
        let later = at + Duration::microseconds((span as f64 * part) as i64).min(decision.valid_until - at - Duration::microseconds(1));
        prop_assert_eq!(decide(&rules, &facts, later).results, decision.results);
    }

    #[test]
    fn more_evidence_never_takes_an_allowance_away(
        rules in some_rules(), facts in some_facts(), at in moment(), classification in some_classification(),
        permit in some_permit(), acknowledgement in some_acknowledgement(),
    ) {
        let before = decide(&rules, &facts, at);
        let after = decide(&rules, &more_evidence(&facts, classification, permit, acknowledgement), at);
        for result in before.results.iter().filter(|result| result.outcome == Outcome::Allow) {
            let later = after.results.iter().find(|later| later.rule == result.rule);
            prop_assert_eq!(later.map(|later| later.outcome), Some(Outcome::Allow), "{}", &result.rule);
        }
    }

    #[test]
    fn a_rule_more_never_makes_it_milder(rules in some_rules(), one in some_rule(), facts in some_facts(), at in moment()) {
        let before = decide(&rules, &facts, at);
        prop_assume!(before.results.iter().all(|result| result.rule != "fundrail.rules_bind"));
        let mut more = rules;
        more.push(Rule { id: "rule.more".to_owned(), ..one });
        prop_assert!(decide(&more, &facts, at).outcome >= before.outcome);
    }

    #[test]
    fn what_is_stored_gives_the_same_results_again(rules in some_rules(), facts in some_facts(), at in moment()) {
        let decision = decide(&rules, &facts, at);
        let text = Basis::new(&rules, facts, at).canonical().unwrap();
        let Stored::Ours(again) = Basis::from_stored(&text, &fingerprint(&text)).unwrap() else { panic!("another engine") };
        prop_assert_eq!(again.canonical().unwrap(), text);
        prop_assert_eq!(again.replay(at).results, decision.results);
    }

    #[test]
    fn no_text_makes_the_reader_of_rules_panic(text in ".{0,80}", months in any::<u32>(), days in any::<u32>(), at in moment()) {
        let _ = serde_json::from_str::<Predicate>(&text);
        let _ = Basis::from_stored(&text, &fingerprint(&text));
        let _ = Period { months, days }.end(at);
    }
}
