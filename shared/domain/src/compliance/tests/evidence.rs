use super::*;
use crate::{
    compliance::facts::OwnerFacts,
    investor::{Acknowledgement, Document},
};

const PROFESSIONAL: &str = "mifid_professional_elective";

fn classified(list: Vec<Classification>) -> Facts {
    changed(|facts| facts.investor.classifications = list)
}

/// Regulation D 506(c), by letter or by the high minimum.
fn accredited() -> Rule {
    let mut rule = rule(
        "us.506c.accredited",
        json!({"any": {"of": [
            {"classified": {"any_of": ["us_accredited"]}},
            {"all": {"of": [
                {"invested_at_least": {"currency": "USD", "natural": "200000", "legal": "1000000"}},
                {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}}]}}),
    );
    rule.evidence = vec![EvidenceKind::ThirdPartyLetter, EvidenceKind::TaxStatement];
    rule.evidence_max_age_months = Some(3);
    rule
}

#[test]
fn an_accredited_investor_is_verified_within_three_months_or_pays_the_high_minimum() {
    use ClassificationKind::{UsAccredited, UsQualifiedPurchaser};
    use EvidenceKind::{ThirdPartyLetter, WrittenRepresentation};
    let of = |kind, evidence, issued_on| classified(vec![classification(kind, evidence, issued_on)]);
    let small = |mut facts: Facts| {
        facts.order = order(Side::Subscribe, "199999.99");
        facts
    };
    let entity = |mut facts: Facts| {
        facts.investor.kind = Kind::Legal;
        facts
    };
    let euros = |mut facts: Facts| {
        facts.share_class.currency = Currency::EUR;
        facts.order = Order::new(
            Side::Subscribe,
            Quantity::Amount(Money { value: amount("250000"), currency: Currency::EUR }),
        );
        facts
    };
    let holding = |mut facts: Facts| {
        facts.lots = vec![lot("2026-01-05T00:00:00Z", "0.001")];
        facts
    };
    let rows = [
        ("nothing", facts(), Verdict::Missing),
        ("a letter", small(of(UsAccredited, ThirdPartyLetter, "2026-06-01")), Verdict::Met),
        ("a letter on its last day", small(of(UsAccredited, ThirdPartyLetter, "2026-03-15")), Verdict::Met),
        ("a letter too old", small(of(UsAccredited, ThirdPartyLetter, "2026-03-14")), Verdict::Missing),
        ("of today, in Auckland", small(of(UsAccredited, ThirdPartyLetter, "2026-06-16")), Verdict::Met),
        ("a letter of tomorrow", small(of(UsAccredited, ThirdPartyLetter, "2026-06-17")), Verdict::Missing),
        ("another kind", small(of(UsQualifiedPurchaser, ThirdPartyLetter, "2026-06-01")), Verdict::Missing),
        (
            "a mere word, small",
            small(of(UsAccredited, WrittenRepresentation, "2026-06-01")),
            Verdict::Missing,
        ),
        (
            "a mere word, and the rest is held already",
            holding(small(of(UsAccredited, WrittenRepresentation, "2026-06-01"))),
            Verdict::Met,
        ),
        ("a mere word, large", of(UsAccredited, WrittenRepresentation, "2026-06-01"), Verdict::Met),
        (
            "an entity needs more",
            entity(of(UsAccredited, WrittenRepresentation, "2026-06-01")),
            Verdict::Missing,
        ),
        (
            "another currency is for a person",
            euros(of(UsAccredited, WrittenRepresentation, "2026-06-01")),
            Verdict::Doubtful,
        ),
    ];
    for (name, facts, expected) in rows {
        assert_eq!(ask_rule(&accredited(), &facts).0, expected, "{name}");
    }
}

#[test]
fn evidence_bounds_the_validity_by_its_age_and_its_own_end() {
    let mut letter =
        classification(ClassificationKind::UsAccredited, EvidenceKind::ThirdPartyLetter, "2026-03-15");
    let (_, until) = ask_rule(&accredited(), &classified(vec![letter.clone()]));
    assert_eq!(until, Some("2026-06-16T00:00:00Z".parse().unwrap()), "three months after its own");
    letter.issued_on = day("2026-06-01");
    letter.expires_on = Some(day("2026-06-20"));
    let (_, until) = ask_rule(&accredited(), &classified(vec![letter.clone()]));
    assert_eq!(until, Some("2026-06-21T00:00:00Z".parse().unwrap()));
    letter.expires_on = Some(day("2026-06-14"));
    assert_eq!(ask_rule(&accredited(), &classified(vec![letter])).0, Verdict::Missing);
}

#[test]
fn who_was_verified_once_was_so_beyond_the_last_day_of_the_letter() {
    let mut letter =
        classification(ClassificationKind::UsAccredited, EvidenceKind::ThirdPartyLetter, "2022-06-15");
    letter.expires_on = Some(day("2022-09-13"));
    let once = |even_expired: bool, months: u32| json!({"classified": {"any_of": ["us_accredited"], "max_age_months": months, "even_expired": even_expired}});
    let facts = classified(vec![letter]);
    table(&once(true, 60), [("four years ago", facts.clone(), Verdict::Met)]);
    table(&once(false, 60), [("a letter that has expired", facts.clone(), Verdict::Missing)]);
    table(&once(true, 47), [("too long ago", facts, Verdict::Missing)]);
}

#[test]
fn months_are_those_of_the_calendar() {
    let mut rule = accredited();
    let of = |issued_on| {
        classified(vec![classification(
            ClassificationKind::UsAccredited,
            EvidenceKind::ThirdPartyLetter,
            issued_on,
        )])
    };
    for (issued_on, last) in [
        ("2026-02-28", "2026-05-31"),
        ("2026-03-01", "2026-06-01"),
        ("2026-08-29", "2026-11-29"),
        ("2026-08-30", "2026-11-30"),
        ("2026-08-31", "2026-11-30"),
        ("2026-11-28", "2027-02-28"),
        ("2026-11-30", "2027-02-28"),
        ("2023-11-29", "2024-02-29"),
    ] {
        let at = |text: &str| format!("{text}T23:59:59Z").parse::<DateTime<Utc>>().unwrap();
        let facts = of(issued_on);
        let verdict = |now| {
            let clock = Clock::at(now);
            evaluate(&rule.predicate, Scope { facts: &facts, rule: &rule, clock: &clock }).verdict
        };
        assert_eq!(verdict(at(last)), Verdict::Met, "{issued_on} on {last}");
        assert_eq!(verdict(at(last) + Duration::seconds(1)), Verdict::Missing, "{issued_on} after {last}");
    }
    rule.evidence_max_age_days = Some(1);
    assert_eq!(ask_rule(&rule, &of("2026-03-14")).0, Verdict::Met, "days come on top of months");
}

#[test]
fn what_is_not_in_force_yet_is_said_to_be_so() {
    let reason = |rule: &Rule, facts: &Facts| {
        let clock = Clock::at(now());
        evaluate(&rule.predicate, Scope { facts, rule, clock: &clock }).reason
    };
    let verified = |verified_on: &str, expires_on: Option<&str>| {
        changed(|facts| {
            facts.investor.kyc = Some(Kyc {
                status: KycStatus::Verified,
                verified_on: Some(day(verified_on)),
                expires_on: expires_on.map(day),
            });
        })
    };
    let mut kyc = rule("kyc", json!({"kyc_current": {}}));
    kyc.evidence_max_age_months = Some(24);
    assert!(reason(&kyc, &verified("2026-06-17", None)).ends_with("is not in force yet"));
    assert!(reason(&kyc, &verified("2026-06-01", Some("2026-06-10"))).ends_with("has expired"));
    assert!(reason(&kyc, &verified("2024-06-01", None)).ends_with("is too old"));
    assert_eq!(ask_rule(&kyc, &verified("2026-06-16", None)).0, Verdict::Met, "it is today in Auckland");
    assert_eq!(
        ask_rule(&kyc, &verified("2026-06-17", None)).1,
        Some("2026-06-16T10:00:00Z".parse().unwrap()),
        "when the day begins at UTC+14"
    );
    let screened = |minutes| {
        changed(|facts| {
            let screened_at = now() + Duration::minutes(minutes);
            facts.investor.screening = Some(ScreeningFacts { outcome: ScreeningOutcome::Clear, screened_at });
        })
    };
    let screening = rule("sanctions", json!({"screening_clear": {}}));
    assert_eq!(ask_rule(&screening, &screened(4)).0, Verdict::Met, "clocks differ a little");
    assert_eq!(ask_rule(&screening, &screened(5)).0, Verdict::Met);
    assert_eq!(ask_rule(&screening, &screened(6)).0, Verdict::Missing);
    assert!(reason(&screening, &screened(6)).ends_with("lies ahead"));
}

#[test]
fn what_is_for_a_person_is_never_met() {
    let family = json!({"for_a_person": {"of": {"person_kind": {"is": "natural"}}}});
    table(&family, [("holds", facts(), Verdict::Doubtful)]);
    let other = json!({"for_a_person": {"of": {"person_kind": {"is": "legal"}}}});
    table(&other, [("does not", facts(), Verdict::Unmet)]);
}

#[test]
fn an_elective_professional_meets_two_of_three() {
    use Figure::{PortfolioEur, SectorMonths, TradesPerQuarter};
    let thresholds = json!({"figures": {"any_of": [PROFESSIONAL], "at_least": 2, "of": [
        {"figure": "trades_per_quarter", "amount": "10"},
        {"figure": "portfolio_eur", "amount": "500000", "exceed": true},
        {"figure": "sector_months", "amount": "12"}]}});
    let of = |figures: &[(Figure, &str)]| {
        let assessed = classification(
            ClassificationKind::MifidProfessionalElective,
            EvidenceKind::FirmAssessment,
            "2026-05-01",
        );
        classified(vec![with_figures(assessed, figures)])
    };
    table(
        &thresholds,
        [
            ("two", of(&[(TradesPerQuarter, "10"), (SectorMonths, "12")]), Verdict::Met),
            (
                "exactly the portfolio is not more",
                of(&[(TradesPerQuarter, "10"), (PortfolioEur, "500000"), (SectorMonths, "0")]),
                Verdict::Unmet,
            ),
            ("a cent more", of(&[(TradesPerQuarter, "10"), (PortfolioEur, "500000.01")]), Verdict::Met),
            ("one, the others unknown", of(&[(TradesPerQuarter, "10")]), Verdict::Missing),
            (
                "one of three",
                of(&[(TradesPerQuarter, "10"), (PortfolioEur, "1"), (SectorMonths, "1")]),
                Verdict::Unmet,
            ),
            ("none assessed", facts(), Verdict::Missing),
        ],
    );
}

#[test]
fn a_qualified_purchaser_shows_five_millions_or_twenty_five() {
    let qualified = json!({"any": {"of": [
        {"all": {"of": [{"person_kind": {"is": "natural"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1, "of": [{"figure": "investments_usd", "amount": "5000000"}]}}]}},
        {"all": {"of": [{"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1, "of": [{"figure": "investments_usd", "amount": "25000000"}]}}]}}]}});
    let of = |kind, investments| {
        let purchaser = classification(
            ClassificationKind::UsQualifiedPurchaser,
            EvidenceKind::ThirdPartyLetter,
            "2026-05-01",
        );
        changed(|facts| {
            facts.investor.kind = kind;
            facts.investor.classifications =
                vec![with_figures(purchaser, &[(Figure::InvestmentsUsd, investments)])];
        })
    };
    table(
        &qualified,
        [
            ("a person with five", of(Kind::Natural, "5000000"), Verdict::Met),
            ("a person with less", of(Kind::Natural, "4999999.99"), Verdict::Unmet),
            ("an entity with twenty-five", of(Kind::Legal, "25000000"), Verdict::Met),
            ("an entity with five", of(Kind::Legal, "5000000"), Verdict::Unmet),
            ("nobody has looked", facts(), Verdict::Missing),
        ],
    );
}

#[test]
fn a_qualified_institutional_buyer_owns_a_hundred_millions() {
    let buyer = json!({"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1,
        "of": [{"figure": "securities_usd", "amount": "100000000"}]}});
    let of = |securities| {
        let shown = classification(
            ClassificationKind::UsQualifiedInstitutionalBuyer,
            EvidenceKind::FinancialStatements,
            "2026-01-31",
        );
        classified(vec![with_figures(shown, &[(Figure::SecuritiesUsd, securities)])])
    };
    table(
        &buyer,
        [
            ("enough", of("100000000"), Verdict::Met),
            ("too little", of("99999999"), Verdict::Unmet),
            ("unknown", facts(), Verdict::Missing),
        ],
    );
}

#[test]
fn a_well_informed_investor_is_assessed_or_pays_a_hundred_thousand_euros_and_says_so() {
    let well_informed = json!({"any": {"of": [
        {"classified": {"any_of": ["lux_well_informed"], "evidence": ["firm_assessment"]}},
        {"all": {"of": [
            {"order_at_least": {"currency": "EUR", "natural": "100000", "legal": "100000"}},
            {"document_acknowledged": {"document": "well_informed_confirmation"}}]}}]}});
    let confirmed = |value: &str, currency| {
        changed(|facts| {
            facts.share_class.currency = currency;
            facts.order =
                Order::new(Side::Subscribe, Quantity::Amount(Money { value: amount(value), currency }));
            facts.investor.acknowledgements = vec![acknowledgement(Document::WellInformedConfirmation, 2)];
        })
    };
    let assessed = |evidence| {
        classified(vec![classification(ClassificationKind::LuxWellInformed, evidence, "2026-02-01")])
    };
    table(
        &well_informed,
        [
            ("pays and confirms", confirmed("100000", Currency::EUR), Verdict::Met),
            ("pays too little", confirmed("99999.99", Currency::EUR), Verdict::Missing),
            ("pays in dollars", confirmed("250000", Currency::USD), Verdict::Doubtful),
            ("assessed", assessed(EvidenceKind::FirmAssessment), Verdict::Met),
            ("only says so", assessed(EvidenceKind::WrittenRepresentation), Verdict::Missing),
        ],
    );
}

fn acknowledgement(document: Document, class: u8) -> Acknowledgement {
    Acknowledgement {
        document,
        share_class_id: ShareClassId(id(class)),
        acknowledged_at: now() - Duration::days(1),
    }
}

#[test]
fn a_key_information_document_is_of_this_class() {
    let received = |document, class| {
        changed(|facts| facts.investor.acknowledgements = vec![acknowledgement(document, class)])
    };
    table(
        &json!({"document_acknowledged": {"document": "kid"}}),
        [
            ("received", received(Document::Kid, 2), Verdict::Met),
            ("of another class", received(Document::Kid, 3), Verdict::Missing),
            ("another document", received(Document::OfferingDocument, 2), Verdict::Missing),
            ("none", facts(), Verdict::Missing),
        ],
    );
}

#[test]
fn a_screening_is_clear_and_recent() {
    let screened = |outcome, days| {
        changed(|facts| {
            let screened_at = now() - Duration::days(days);
            facts.investor.screening = Some(ScreeningFacts { outcome, screened_at });
        })
    };
    let mut rule = rule("sanctions", json!({"screening_clear": {}}));
    rule.evidence_max_age_days = Some(30);
    for (name, facts, expected) in [
        ("clear", screened(ScreeningOutcome::Clear, 29), Verdict::Met),
        ("too old", screened(ScreeningOutcome::Clear, 30), Verdict::Missing),
        ("perhaps", screened(ScreeningOutcome::PossibleMatch, 1), Verdict::Doubtful),
        ("a match", screened(ScreeningOutcome::Match, 1), Verdict::Unmet),
        ("an old match is a match", screened(ScreeningOutcome::Match, 300), Verdict::Unmet),
        ("never", changed(|facts| facts.investor.screening = None), Verdict::Missing),
    ] {
        assert_eq!(ask_rule(&rule, &facts).0, expected, "{name}");
    }
    let (_, until) = ask_rule(&rule, &screened(ScreeningOutcome::Clear, 29));
    assert_eq!(until, Some(now() + Duration::days(1)));
}

#[test]
fn an_identity_is_verified_and_neither_expired_nor_stale() {
    let kyc = |status, verified_on: Option<&str>, expires_on: Option<&str>| {
        changed(|facts| {
            let (verified_on, expires_on) = (verified_on.map(day), expires_on.map(day));
            facts.investor.kyc = Some(Kyc { status, verified_on, expires_on });
        })
    };
    let mut rule = rule("kyc", json!({"kyc_current": {}}));
    rule.evidence_max_age_days = Some(730);
    for (name, facts, expected) in [
        ("verified", kyc(KycStatus::Verified, Some("2026-01-10"), None), Verdict::Met),
        ("on its last day", kyc(KycStatus::Verified, Some("2026-01-10"), Some("2026-06-15")), Verdict::Met),
        ("expired", kyc(KycStatus::Verified, Some("2026-01-10"), Some("2026-06-14")), Verdict::Missing),
        ("stale", kyc(KycStatus::Verified, Some("2024-06-10"), None), Verdict::Missing),
        ("pending", kyc(KycStatus::Pending, None, None), Verdict::Missing),
        ("verified at no time", kyc(KycStatus::Verified, None, None), Verdict::Missing),
        ("rejected", kyc(KycStatus::Rejected, Some("2026-01-10"), None), Verdict::Unmet),
        ("never", changed(|facts| facts.investor.kyc = None), Verdict::Missing),
    ] {
        assert_eq!(ask_rule(&rule, &facts).0, expected, "{name}");
    }
}

#[test]
fn an_identity_is_approved_by_a_second_person_and_by_nothing_that_a_tenant_declares() {
    let file = |change: fn(&mut FileFacts)| {
        changed(|facts| change(facts.investor.file.as_mut().expect("an approved one")))
    };
    let declared = |status| {
        changed(|facts| {
            facts.investor.file = None;
            facts.investor.kyc = Some(Kyc { status, verified_on: Some(day("2026-06-01")), expires_on: None });
        })
    };
    let rule = rule("kyc", json!({"kyc_approved": {}}));
    for (name, facts, expected) in [
        ("approved", changed(|_| {}), Verdict::Met),
        ("approved and never declared", changed(|facts| facts.investor.kyc = None), Verdict::Met),
        ("on its last day", file(|file| file.valid_until = Some(day("2026-06-15"))), Verdict::Met),
        ("expired", file(|file| file.valid_until = Some(day("2026-06-14"))), Verdict::Missing),
        ("of somebody else", file(|file| file.stale = true), Verdict::Missing),
        ("rejected", file(|file| file.decision = FileDecision::Rejected), Verdict::Unmet),
        ("rejected since", file(|file| file.contradicted = true), Verdict::Unmet),
        ("declared alone", declared(KycStatus::Verified), Verdict::Missing),
        ("pending alone", declared(KycStatus::Pending), Verdict::Missing),
        ("declared to be rejected", declared(KycStatus::Rejected), Verdict::Unmet),
    ] {
        assert_eq!(ask_rule(&rule, &facts).0, expected, "{name}");
    }
    let (_, until) = ask_rule(&rule, &file(|file| file.valid_until = Some(day("2026-06-15"))));
    assert_eq!(until, Some("2026-06-16T00:00:00Z".parse().unwrap()), "decisions end with the approval");
}

#[test]
fn a_wallet_is_verified_on_a_chain_of_the_class() {
    let holding = |wallets| changed(|facts| facts.investor.wallets = wallets);
    let stale = |chain_id| Wallet { proof_is_stale: true, ..wallet(chain_id, Some(now())) };
    table(
        &json!({"wallet_verified": {}}),
        [
            ("verified", holding(vec![wallet(137, Some(now()))]), Verdict::Met),
            ("not verified", holding(vec![wallet(137, None)]), Verdict::Missing),
            ("of who they were", holding(vec![stale(137)]), Verdict::Missing),
            ("proven anew beside", holding(vec![stale(137), wallet(137, Some(now()))]), Verdict::Met),
            ("of another chain", holding(vec![wallet(10, Some(now()))]), Verdict::Missing),
            ("one of several", holding(vec![wallet(1, None), wallet(137, Some(now()))]), Verdict::Met),
            ("none", holding(vec![]), Verdict::Missing),
            (
                "no token",
                changed(|facts| {
                    facts.investor.wallets = vec![];
                    facts.share_class.chains = vec![];
                }),
                Verdict::Met,
            ),
        ],
    );
}

#[test]
fn owners_of_a_quarter_and_somebody_in_control_are_identified() {
    let owned = |owners: Option<&[(&str, bool)]>| {
        changed(|facts| {
            facts.investor.kind = Kind::Legal;
            facts.investor.beneficial_owners = owners.map(|owners| {
                let owner = |(percent, identified): &(&str, bool)| OwnerFacts {
                    percent: amount(percent),
                    controls: *percent == "0",
                    identified: *identified,
                };
                owners.iter().map(owner).collect()
            });
        })
    };
    table(
        &json!({"beneficial_owners_identified": {"percent": "25"}}),
        [
            ("a person", facts(), Verdict::Met),
            ("all identified", owned(Some(&[("60", true), ("40", true)])), Verdict::Met),
            ("a small one is not", owned(Some(&[("75.01", true), ("24.99", false)])), Verdict::Met),
            ("exactly a quarter is not", owned(Some(&[("75", true), ("25", false)])), Verdict::Missing),
            ("nobody is named", owned(Some(&[])), Verdict::Missing),
            ("nobody owns so much, and somebody is in control", owned(Some(&[("0", true)])), Verdict::Met),
            ("who is in control is not identified", owned(Some(&[("0", false)])), Verdict::Missing),
            ("of equals nobody is in control", owned(Some(&[("50", true), ("50", true)])), Verdict::Missing),
            (
                "one of two equals is named",
                owned(Some(&[("50", true), ("50", true), ("0", true)])),
                Verdict::Met,
            ),
            (
                "who is named is not identified, the owner is",
                owned(Some(&[("100", true), ("0", false)])),
                Verdict::Missing,
            ),
            ("nobody has asked", owned(None), Verdict::Missing),
        ],
    );
}

#[test]
fn what_was_found_of_an_earlier_identity_no_longer_speaks_for_the_investor() {
    let stale = |change: fn(&mut Facts)| {
        let mut facts = facts();
        facts.investor.identity.verification_is_stale = true;
        facts.investor.identity.screening_is_stale = true;
        change(&mut facts);
        facts
    };
    let verdict = |question: &str, facts: &Facts| {
        let mut predicate = serde_json::Map::new();
        predicate.insert(question.to_owned(), json!({}));
        let rule = rule("stale", serde_json::Value::Object(predicate));
        evaluate(&rule.predicate, Scope { facts, rule: &rule, clock: &Clock::at(now()) }).verdict
    };
    assert_eq!(verdict("screening_clear", &stale(|_| {})), Verdict::Missing);
    assert_eq!(verdict("kyc_current", &stale(|_| {})), Verdict::Missing);
    let matched = stale(|facts| {
        facts.investor.screening =
            Some(ScreeningFacts { outcome: ScreeningOutcome::Match, screened_at: now() });
    });
    assert_eq!(
        verdict("screening_clear", &matched),
        Verdict::Unmet,
        "another name does not take a match away"
    );
    let rejected = stale(|facts| {
        facts.investor.kyc = Some(Kyc { status: KycStatus::Rejected, verified_on: None, expires_on: None });
    });
    assert_eq!(verdict("kyc_current", &rejected), Verdict::Unmet);
}
