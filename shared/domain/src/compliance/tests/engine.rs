use super::*;
use crate::compliance::{
    Basis, Part, Period, RegisterQuestion, Review, Stored, register_question, snapshot::canonical_json,
};

/// Holds of the investor of these tests.
fn yes() -> serde_json::Value {
    json!({"person_kind": {"is": "natural"}})
}

/// Does not.
fn no() -> serde_json::Value {
    json!({"person_kind": {"is": "legal"}})
}

fn with(mut rule: Rule, change: impl FnOnce(&mut Rule)) -> Rule {
    change(&mut rule);
    rule
}

fn outcomes(decision: &Decision) -> Vec<(&str, u32, Outcome)> {
    decision.results.iter().map(|result| (result.rule.as_str(), result.version, result.outcome)).collect()
}

#[test]
fn the_worst_result_decides() {
    let review = with(rule("b", no()), |rule| rule.on_fail = OnFail::Review);
    let deny = rule("c", no());
    let allow = rule("a", yes());
    let decided = |rules: &[&Rule]| {
        let rules: Vec<Rule> = rules.iter().copied().cloned().collect();
        decide(&rules, &facts(), now()).outcome
    };
    assert_eq!(decided(&[&allow]), Outcome::Allow);
    assert_eq!(decided(&[&allow, &review]), Outcome::Review);
    assert_eq!(decided(&[&review, &deny, &allow]), Outcome::Deny);
}

#[test]
fn an_order_that_no_rule_binds_is_for_a_person() {
    let decision = decide(&[], &facts(), now());
    assert_eq!(decision.outcome, Outcome::Review);
    let elsewhere = with(rule("a", yes()), |rule| rule.applies_to = vec![Side::Redeem]);
    assert_eq!(decide(&[elsewhere], &facts(), now()).outcome, Outcome::Review);
}

#[test]
fn a_rule_set_that_does_not_exist_is_for_a_person() {
    let facts = changed(|facts| facts.share_class.unknown_rule_sets = vec!["moon-law".to_owned()]);
    let decision = decide(&[rule("a", yes())], &facts, now());
    assert_eq!(decision.outcome, Outcome::Review);
    assert!(decision.results.iter().any(|result| result.message.contains("moon-law")));
}

#[test]
fn of_the_versions_in_force_the_highest_binds() {
    let version = |version, from: &str, to: Option<&str>, value| {
        with(rule("law", value), |rule| {
            rule.version = version;
            rule.effective_from = from.parse().unwrap();
            rule.effective_to = to.map(|to| to.parse().unwrap());
        })
    };
    let rules = [
        version(3, "2026-06-15T18:00:00Z", None, no()),
        version(1, "2020-01-01T00:00:00Z", Some("2026-01-01T00:00:00Z"), no()),
        version(2, "2026-01-01T00:00:00Z", None, yes()),
    ];
    let decision = decide(&rules, &facts(), now());
    assert_eq!(outcomes(&decision), [("law", 2, Outcome::Allow)]);
    let next = "2026-06-15T18:00:00Z".parse().unwrap();
    assert_eq!(decision.valid_until, next, "until the next version comes into force");
    assert_eq!(decision.ends_by_itself(now()), Some(next));
    assert_eq!(outcomes(&decide(&rules, &facts(), next)), [("law", 3, Outcome::Deny)]);
    let before = "2025-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(outcomes(&decide(&rules, &facts(), before)), [("law", 1, Outcome::Deny)]);
}

#[test]
fn nothing_holds_for_more_than_a_day() {
    let decision = decide(&[rule("a", yes())], &facts(), now());
    assert_eq!(decision.valid_until, now() + Duration::hours(24));
    assert_eq!(decision.ends_by_itself(now()), None);
}

#[test]
fn a_doubt_is_for_a_person_whatever_the_rule_says_of_failure() {
    let facts = changed(|facts| {
        facts.investor.screening =
            Some(ScreeningFacts { outcome: ScreeningOutcome::PossibleMatch, screened_at: now() });
    });
    assert_eq!(decide(&[rule("a", json!({"screening_clear": {}}))], &facts, now()).outcome, Outcome::Review);
}

#[test]
fn combinations_take_the_worst_or_the_best() {
    let missing = json!({"document_acknowledged": {"document": "kid"}});
    let doubtful = json!({"order_at_least": {"currency": "EUR", "natural": "1", "legal": "1"}});
    for (combination, expected) in [
        (json!({"all": {"of": [yes(), missing]}}), Verdict::Missing),
        (json!({"all": {"of": [doubtful, missing]}}), Verdict::Missing),
        (json!({"all": {"of": [missing, no()]}}), Verdict::Unmet),
        (json!({"any": {"of": [no(), missing]}}), Verdict::Missing),
        (json!({"any": {"of": [missing, doubtful]}}), Verdict::Doubtful),
        (json!({"any": {"of": [missing, yes()]}}), Verdict::Met),
        (json!({"not": {"of": {"any": {"of": [no(), {"not": {"of": yes()}}]}}}}), Verdict::Met),
    ] {
        assert_eq!(ask(combination.clone(), &facts()).0, expected, "{combination}");
    }
}

#[test]
fn a_rule_that_makes_no_sense_is_refused() {
    for wrong in [
        json!({"all": {"of": []}}),
        json!({"any": {"of": [{"all": {"of": []}}]}}),
        json!({"not": {"of": {"kyc_current": {}}}}),
        json!({"not": {"of": {"any": {"of": [yes(), {"kyc_current": {}}]}}}}),
        json!({"classified": {"any_of": []}}),
        json!({"figures": {"any_of": ["mifid_professional"], "at_least": 2, "of": [{"figure": "turnover_eur", "amount": "1"}]}}),
    ] {
        let predicate: Predicate = serde_json::from_value(wrong.clone()).unwrap();
        assert!(predicate.check().is_err(), "{wrong}");
    }
    for unreadable in [
        json!({"no_such_question": {}}),
        json!({"kyc_current": {"colour": "red"}}),
        json!({"classified": {"any_of": ["us_accredited"], "max_age": 90}}),
        json!({"resident_in": {"areas": ["Europe"]}}),
        json!({"kyc_current": {}, "screening_clear": {}}),
    ] {
        assert!(serde_json::from_value::<Predicate>(unreadable.clone()).is_err(), "{unreadable}");
    }
}

#[test]
fn the_register_is_asked_for_only_when_a_rule_of_that_side_looks_at_it() {
    let counts = json!({"holder_limit": {"counts": "fund", "limit": 100, "warn_from": 90}});
    let nested = rule("a", json!({"any": {"of": [yes(), counts]}}));
    assert!(register_question(std::slice::from_ref(&nested), Side::Subscribe).is_some());
    let elsewhere = with(nested, |rule| rule.applies_to = vec![Side::Redeem]);
    assert_eq!(register_question(&[elsewhere, rule("b", yes())], Side::Subscribe), None);
    let by_amount = rule("c", json!({"maximum_holding": {"amount": "1"}}));
    assert_eq!(register_question(&[by_amount], Side::Subscribe), None);
}

#[test]
fn of_several_rules_the_strictest_says_who_counts_as_accredited() {
    use EvidenceKind::{ThirdPartyLetter, WrittenRepresentation};
    let counting = |counts: &str, evidence: &[EvidenceKind], months, days| {
        let value = json!({"holder_limit": {"counts": counts, "limit": 35, "warn_from": 30}});
        with(rule(counts, value), |rule| {
            rule.evidence = evidence.to_vec();
            rule.evidence_max_age_months = months;
            rule.evidence_max_age_days = days;
        })
    };
    let rules = [
        counting("fund", &[], None, Some(1)),
        counting("class_not_accredited", &[ThirdPartyLetter, WrittenRepresentation], Some(12), None),
        counting("issuer_purchasers_not_accredited", &[ThirdPartyLetter], None, Some(365)),
    ];
    let question = |rules: &[Rule]| register_question(rules, Side::Subscribe).unwrap();
    assert_eq!(
        question(&rules[..1]),
        RegisterQuestion::default(),
        "who counts all of them asks for no evidence"
    );
    let twelve_months = Period { months: 12, days: 0 };
    assert_eq!(
        question(&rules),
        RegisterQuestion { accepted: Some(vec![ThirdPartyLetter]), max_age: Some(twelve_months) }
    );
}

#[test]
fn a_stored_basis_gives_the_same_decision_again() {
    let rules = [rule("b", json!({"kyc_current": {}})), rule("a", json!({"wallet_verified": {}}))];
    let decision = decide(&rules, &facts(), now());
    let basis = Basis::new(&rules, facts(), now());
    let text = basis.canonical().unwrap();
    let hash = crate::compliance::snapshot::fingerprint(&text);
    let Stored::Ours(stored) = Basis::from_stored(&text, &hash).unwrap() else { panic!("another engine") };
    assert_eq!(*stored, basis);
    assert_eq!(stored.canonical().unwrap(), text, "reading and writing changes nothing");
    assert_eq!(stored.replay(now()), decision);
}

#[test]
fn a_stored_basis_that_was_tampered_with_is_noticed() {
    let basis = Basis::new(&[rule("a", yes())], facts(), now());
    let text = basis.canonical().unwrap();
    let hash = crate::compliance::snapshot::fingerprint(&text);
    let changed = text.replace("\"LU\"", "\"CH\"");
    assert_ne!(changed, text);
    assert!(Basis::from_stored(&changed, &hash).is_err());
}

#[test]
fn what_another_engine_has_written_is_not_called_changed() {
    let text = r#"{"engine":1,"facts":{"lots":[{"acquired_at":"2024-01-01T00:00:00.000000Z","amount":"5"}]},"rules":[]}"#;
    let hash = crate::compliance::snapshot::fingerprint(text);
    assert_eq!(Basis::from_stored(text, &hash).unwrap(), Stored::OtherEngine(1));
    assert!(Basis::from_stored("{}", &crate::compliance::snapshot::fingerprint("{}")).is_err());
}

#[test]
fn what_has_changed_since_is_named_part_by_part() {
    let rules = [rule("a", yes())];
    let then = Basis::new(&rules, facts(), now());
    let parts = |today: Facts| then.parts_changed(&Basis::new(&rules, today, now()));
    assert_eq!(parts(facts()), []);
    assert_eq!(parts(changed(|facts| facts.investor.screening = None)), [Part::Investor]);
    assert_eq!(parts(changed(|facts| facts.share_class.nav = Some(nav("11")))), [Part::Nav]);
    let more = parts(changed(|facts| {
        facts.share_class.status = ClassStatus::Suspended;
        facts.lots = vec![lot("2026-01-01T00:00:00Z", "1")];
        facts.register = Some(register());
    }));
    assert_eq!(more, [Part::ShareClass, Part::Lots, Part::Register]);
    assert_eq!(then.parts_changed(&Basis::new(&[rule("a", no())], facts(), now())), [Part::Rules]);
}

#[test]
fn a_list_that_nobody_has_looked_at_for_long_lets_nobody_in() {
    let reviewed = |next: &str| {
        with(rule("jurisdiction.blocked", yes()), |rule| {
            rule.review = Some(Review { reviewed_on: day("2026-03-01"), next_review_on: day(next) });
        })
    };
    let due_today = decide(&[reviewed("2026-06-15")], &facts(), now());
    assert_eq!(due_today.outcome, Outcome::Allow);
    assert_eq!(due_today.valid_until, "2026-06-16T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let overdue = decide(&[reviewed("2026-06-14")], &facts(), now());
    assert_eq!(overdue.outcome, Outcome::Review);
    assert!(overdue.results[0].message.contains("2026-06-14"), "{:?}", overdue.results);
    let denied = with(reviewed("2026-06-14"), |rule| rule.predicate = predicate(no()));
    assert_eq!(decide(&[denied], &facts(), now()).outcome, Outcome::Deny, "who is on the list stays on it");
}

#[test]
fn a_basis_does_not_depend_on_the_time_nor_on_the_order_of_rules() {
    let rules = [rule("b", yes()), rule("a", no())];
    let turned = [rules[1].clone(), rules[0].clone()];
    let one = Basis::new(&rules, facts(), now()).canonical().unwrap();
    assert_eq!(one, Basis::new(&turned, facts(), now() + Duration::hours(5)).canonical().unwrap());
    assert_ne!(one, Basis::new(&rules[..1], facts(), now()).canonical().unwrap());
}

#[test]
fn canonical_json_sorts_keys_and_keeps_lists() {
    let value = json!({"b": [3, {"z": null, "a": "ü\n"}], "a": true});
    assert_eq!(canonical_json(&value), r#"{"a":true,"b":[3,{"a":"ü\n","z":null}]}"#);
}

#[test]
fn no_name_stands_in_what_is_stored_of_a_decision() {
    let mut body = json!({
        "kind": "legal", "name": "Zanzibar Unmistakable Holdings", "other_names": ["Unmistakable"], "residence": "LU",
        "beneficial_owners": [{"name": "Unmistakable Person", "percent": "50"}],
        "screening": {"outcome": "clear", "screened_at": "2026-06-01T00:00:00Z", "source": "Unmistakable list"}
    });
    body["registration_number"] = json!("Unmistakable 7");
    let object = crate::input::Object::root(&body).unwrap();
    let entry = crate::investor::Entry::read(object, now()).unwrap();
    let stored = json!({
        "profile": entry.profile, "identity_version": 1, "identity_changed_at": null, "kyc": null,
        "screening": {"id": id(1), "outcome": "clear", "screened_at": "2026-06-01T00:00:00Z", "source": "Unmistakable list",
            "recorded_at": "2026-06-01T00:00:00Z", "stale": false},
        "wallets": [], "classifications": [],
    });
    let recorded = crate::investor::Recorded::from_stored(&stored.to_string()).unwrap();
    let facts = changed(|facts| facts.investor = InvestorFacts::of(InvestorId(id(9)), &recorded));
    let text = Basis::new(&[], facts, now()).canonical().unwrap();
    assert!(!text.contains("Unmistakable"), "{text}");
}
