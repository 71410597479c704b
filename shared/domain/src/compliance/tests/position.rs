use super::*;
use crate::compliance::{Elsewhere, fund_question};

fn with_register(change: impl FnOnce(&mut Register)) -> Facts {
    changed(|facts| {
        let mut register = register();
        change(&mut register);
        facts.register = Some(register);
    })
}

#[test]
fn the_status_of_a_class_lets_orders_in() {
    use ClassStatus::{Closed, Liquidated, Open, SoftClosed, Suspended};
    use Side::{Receive, Redeem, Subscribe, Transfer};
    let of = |side, status, held: bool| {
        changed(|facts| {
            facts.order = order(side, "1000");
            facts.share_class.status = status;
            facts.lots = if held { vec![lot("2025-01-01T00:00:00Z", "5000")] } else { vec![] };
        })
    };
    table(
        &json!({"class_takes_orders": {}}),
        [
            ("open, subscribe", of(Subscribe, Open, false), Verdict::Met),
            ("soft-closed, newcomer", of(Subscribe, SoftClosed, false), Verdict::Unmet),
            ("soft-closed, holder", of(Subscribe, SoftClosed, true), Verdict::Met),
            ("soft-closed, redeem", of(Redeem, SoftClosed, true), Verdict::Met),
            ("closed, subscribe", of(Subscribe, Closed, true), Verdict::Unmet),
            ("closed, redeem", of(Redeem, Closed, true), Verdict::Met),
            ("closed, transfer", of(Transfer, Closed, true), Verdict::Met),
            ("closed, received", of(Receive, Closed, false), Verdict::Met),
            ("soft-closed, received", of(Receive, SoftClosed, false), Verdict::Met),
            ("suspended, received", of(Receive, Suspended, true), Verdict::Unmet),
            ("suspended, redeem", of(Redeem, Suspended, true), Verdict::Unmet),
            ("liquidated, transfer", of(Transfer, Liquidated, true), Verdict::Unmet),
        ],
    );
}

#[test]
fn a_first_and_a_further_subscription_have_their_minimums() {
    let of = |value: &str, held: bool| {
        changed(|facts| {
            facts.order = order(Side::Subscribe, value);
            facts.lots = if held { vec![lot("2025-01-01T00:00:00Z", "5000")] } else { vec![] };
        })
    };
    table(
        &json!({"minimum_subscription": {}}),
        [
            ("first, enough", of("100000", false), Verdict::Met),
            ("first, too little", of("99999.99", false), Verdict::Unmet),
            ("further, enough", of("1000", true), Verdict::Met),
            ("further, too little", of("999.99", true), Verdict::Unmet),
        ],
    );
    let in_units = |units: &str| changed(|facts| facts.order = order_of_units(Side::Subscribe, units));
    table(
        &json!({"minimum_subscription": {}}),
        [
            ("shares are worth enough", in_units("10000"), Verdict::Met),
            ("shares are worth too little", in_units("9999.999"), Verdict::Unmet),
            ("shares of no known value", without_nav(in_units("10000")), Verdict::Doubtful),
        ],
    );
    table(
        &json!({"minimum_subscription": {"first": "50", "further": "10"}}),
        [("first", of("50", false), Verdict::Met), ("further", of("9", true), Verdict::Unmet)],
    );
}

#[test]
fn nobody_holds_more_than_the_maximum() {
    let of = |side, value: &str, total: &str| {
        let mut facts = with_register(|register| register.class_units = amount(total));
        facts.lots = vec![lot("2025-01-01T00:00:00Z", "20")];
        facts.order = order(side, value);
        facts
    };
    table(
        &json!({"maximum_holding": {"amount": "1000"}}),
        [
            ("just so much", of(Side::Subscribe, "800", "500"), Verdict::Met),
            ("more", of(Side::Subscribe, "800.01", "500"), Verdict::Unmet),
            ("no value", without_nav(of(Side::Subscribe, "1", "500")), Verdict::Doubtful),
        ],
    );
    // 200 of 1000 held, x more: (200 + x) / (1000 + x) ≤ 25 % up to x = 66.66…
    table(
        &json!({"maximum_holding": {"percent": "25"}}),
        [
            ("below a quarter", of(Side::Subscribe, "66.66", "100"), Verdict::Met),
            ("above a quarter", of(Side::Subscribe, "66.67", "100"), Verdict::Unmet),
            ("going down", of(Side::Redeem, "100", "100"), Verdict::Met),
            ("the only holder", of(Side::Subscribe, "100", "20"), Verdict::Met),
            ("no register", facts(), Verdict::Missing),
            ("no value", without_nav(of(Side::Subscribe, "1", "100")), Verdict::Doubtful),
        ],
    );
    let in_units = |units: &str| {
        let mut facts = without_nav(of(Side::Subscribe, "1", "100"));
        facts.order = order_of_units(Side::Subscribe, units);
        facts
    };
    table(
        &json!({"maximum_holding": {"percent": "25"}}),
        [
            ("shares of shares need no value", in_units("6.66"), Verdict::Met),
            ("one too many", in_units("6.67"), Verdict::Unmet),
        ],
    );
}

#[test]
fn who_holds_too_much_may_sell_down() {
    // 800 of 1000, of at most a quarter and of at most 500.
    let of = |side, value: &str| {
        let mut facts = with_register(|register| register.class_units = amount("100"));
        facts.lots = vec![lot("2025-01-01T00:00:00Z", "80")];
        facts.order = order(side, value);
        facts
    };
    for maximum in
        [json!({"percent": "25"}), json!({"amount": "500"}), json!({"percent": "25", "amount": "500"})]
    {
        table(
            &json!({ "maximum_holding": maximum }),
            [
                ("redeems a little", of(Side::Redeem, "10"), Verdict::Met),
                ("passes a little on", of(Side::Transfer, "10"), Verdict::Met),
                ("passes it on without a value", without_nav(of(Side::Transfer, "10")), Verdict::Met),
                ("takes more", of(Side::Subscribe, "10"), Verdict::Unmet),
            ],
        );
    }
}

#[test]
fn who_takes_over_of_another_holder_makes_no_new_shares() {
    // 20 of 100 shares are held by the investor, each worth 10; six or five more of the 100 that are there.
    let of = |side, units: &str| {
        let mut facts = with_register(|register| {
            register.class_units = amount("100");
            register.class_units_benefit_plans = amount("20");
        });
        facts.lots = vec![lot("2025-01-01T00:00:00Z", "20")];
        facts.investor.benefit_plan = true;
        facts.order = order_of_units(side, units);
        facts
    };
    table(
        &json!({"maximum_holding": {"percent": "25"}}),
        [
            ("new shares", of(Side::Subscribe, "6"), Verdict::Met),
            ("of another holder, a quarter", of(Side::Receive, "5"), Verdict::Met),
            ("of another holder, more", of(Side::Receive, "5.01"), Verdict::Unmet),
        ],
    );
    table(
        &json!({"benefit_plans_below": {"percent": "25"}}),
        [
            ("new shares for a plan", of(Side::Subscribe, "6"), Verdict::Met),
            ("a plan takes over less than to a quarter", of(Side::Receive, "4.99"), Verdict::Met),
            ("a plan takes over to a quarter", of(Side::Receive, "5"), Verdict::Unmet),
        ],
    );
    table(
        &json!({"minimum_subscription": {}}),
        [
            ("too few new ones", of(Side::Subscribe, "1"), Verdict::Unmet),
            ("nothing is subscribed", of(Side::Receive, "1"), Verdict::Met),
        ],
    );
    let mut newcomer = of(Side::Receive, "1");
    newcomer.lots = vec![];
    table(
        &json!({"holder_limit": {"counts": "class", "limit": 10, "warn_from": 10}}),
        [
            ("one holder more", newcomer, Verdict::Unmet),
            ("a holder already", of(Side::Receive, "1"), Verdict::Met),
        ],
    );
}

#[test]
fn a_minimum_invested_in_the_fund_counts_all_of_its_classes() {
    // 300 shares of the class are worth 3,000, 500 of another one 50,000.
    let of = |value: &str, change: fn(&mut Elsewhere)| {
        changed(|facts| {
            facts.lots = vec![lot("2025-01-01T00:00:00Z", "300")];
            facts.order = order(Side::Subscribe, value);
            let mut other = Elsewhere {
                share_class: ShareClassId(id(3)),
                currency: Currency::USD,
                units: amount("500"),
                nav: Some(nav("100")),
            };
            change(&mut other);
            facts.elsewhere = vec![other];
        })
    };
    let least = |in_fund: bool| json!({"invested_at_least": {"currency": "USD", "natural": "100000", "legal": "1", "in_fund": in_fund}});
    table(
        &least(true),
        [
            ("together, enough", of("47000", |_| {}), Verdict::Met),
            ("a cent less", of("46999.99", |_| {}), Verdict::Unmet),
            ("the other of no value", of("47000", |other| other.nav = None), Verdict::Doubtful),
            (
                "the other in another currency",
                of("47000", |other| other.currency = Currency::EUR),
                Verdict::Doubtful,
            ),
            ("enough without the other", of("97000", |other| other.nav = None), Verdict::Met),
            (
                "the other of an old value",
                of("47000", |other| other.nav = Some(Nav { nav_date: day("2026-01-01"), ..nav("100") })),
                Verdict::Doubtful,
            ),
        ],
    );
    table(&least(false), [("of the class alone", of("47000", |_| {}), Verdict::Unmet)]);
    let asking = [rule("r", least(true))];
    assert!(fund_question(&asking, Side::Subscribe) && fund_question(&asking, Side::Receive));
    assert!(!fund_question(&[rule("r", least(false))], Side::Subscribe));
}

#[test]
fn whatever_binds_who_subscribes_binds_who_receives() {
    let mut subscription = rule("r", json!({"class_takes_orders": {}}));
    subscription.applies_to = vec![Side::Subscribe];
    assert!(subscription.looks_at(Side::Subscribe) && subscription.looks_at(Side::Receive));
    assert!(!subscription.looks_at(Side::Transfer) && !subscription.looks_at(Side::Redeem));
    subscription.applies_to = vec![Side::Receive];
    assert!(!subscription.looks_at(Side::Subscribe) && subscription.looks_at(Side::Receive));
}

#[test]
fn who_manages_the_fund_is_left_out_of_the_count_of_benefit_plans() {
    // Of 100 shares plans hold 20 and the manager 10: 20 of 90 count.
    let of = |plan: bool, manager: bool, side, units: &str| {
        let mut facts = with_register(|register| {
            register.class_units = amount("100");
            register.class_units_benefit_plans = amount("20");
            register.class_units_of_managers = amount("10");
            register.is_manager = manager;
        });
        facts.investor.benefit_plan = plan;
        facts.order = order_of_units(side, units);
        facts
    };
    table(
        &json!({"benefit_plans_below": {"percent": "25"}}),
        [
            // (20 + x) / (90 + x) < 25 % up to x = 3.33…
            ("a plan, below", of(true, false, Side::Subscribe, "3.33"), Verdict::Met),
            ("a plan, above", of(true, false, Side::Subscribe, "3.34"), Verdict::Unmet),
            ("others leave, below", of(false, false, Side::Redeem, "9.99"), Verdict::Met),
            ("others leave, 20 of 80", of(false, false, Side::Redeem, "10"), Verdict::Unmet),
            ("the manager leaves", of(false, true, Side::Redeem, "10"), Verdict::Met),
            ("the manager buys", of(false, true, Side::Subscribe, "1000"), Verdict::Met),
            ("the manager takes over of others, below", of(false, true, Side::Receive, "9.99"), Verdict::Met),
            (
                "the manager takes over of others, 20 of 80",
                of(false, true, Side::Receive, "10"),
                Verdict::Unmet,
            ),
            ("others take over", of(false, false, Side::Receive, "10"), Verdict::Met),
            ("a plan of the manager counts", of(true, true, Side::Subscribe, "3.34"), Verdict::Unmet),
        ],
    );
}

fn without_nav(mut facts: Facts) -> Facts {
    facts.share_class.nav = None;
    facts
}

#[test]
fn holdings_count_at_their_value_not_at_what_was_paid() {
    let of = |per_share: &str, quantity: Order| {
        changed(|facts| {
            facts.share_class.nav = Some(nav(per_share));
            facts.lots = vec![lot("2024-01-01T00:00:00Z", "100")];
            facts.order = quantity;
        })
    };
    table(
        &json!({"holds_enough": {}}),
        [
            ("all of it", of("1106.57", order(Side::Redeem, "110657")), Verdict::Met),
            ("a cent more", of("1106.57", order(Side::Redeem, "110657.01")), Verdict::Unmet),
            ("what was worth more once", of("0.99", order(Side::Redeem, "100")), Verdict::Unmet),
            ("in shares", without_nav(of("1", order_of_units(Side::Redeem, "100"))), Verdict::Met),
            (
                "in shares, one too many",
                of("1", order_of_units(Side::Redeem, "100.0000000001")),
                Verdict::Unmet,
            ),
            ("of no value", without_nav(of("1", order(Side::Redeem, "1"))), Verdict::Doubtful),
        ],
    );
}

#[test]
fn an_old_value_is_for_a_person_and_never_what_was_paid() {
    let of = |nav_date: &str| {
        changed(|facts| {
            facts.share_class.nav = Some(Nav { nav_date: day(nav_date), ..nav("10") });
            facts.lots = vec![lot("2024-01-01T00:00:00Z", "100")];
            facts.order = order(Side::Redeem, "1000");
        })
    };
    let holds = json!({"holds_enough": {}});
    table(
        &holds,
        [
            ("on its last day", of("2026-06-09"), Verdict::Met),
            ("a day later", of("2026-06-08"), Verdict::Doubtful),
        ],
    );
    let (_, until) = ask(holds, &of("2026-06-09"));
    assert_eq!(
        until,
        Some("2026-06-16T00:00:00Z".parse().unwrap()),
        "a decision holds no longer than the value"
    );
    let locked = json!({"holding_period": {"period": {"months": 12}}});
    let mut young = of("2026-06-07");
    table(&locked, [("all of it is free, whatever it is worth", young.clone(), Verdict::Met)]);
    young.lots.push(lot("2026-06-01T00:00:00Z", "1"));
    table(&locked, [("whether the free ones suffice nobody knows", young, Verdict::Doubtful)]);
}

#[test]
fn a_value_is_a_measure_for_as_long_as_it_is_no_stale_price() {
    use crate::fund::DealingFrequency::{Daily, Monthly, Quarterly, Weekly};
    for (frequency, days) in [(Daily, 7), (Weekly, 14), (Monthly, 46), (Quarterly, 137)] {
        assert_eq!(Nav::new(amount("10.50"), day("2026-06-14"), frequency).max_age_days, days);
    }
}

#[test]
fn amounts_beyond_every_decimal_are_for_a_person() {
    let most = "999999999999999999.9999999999";
    let facts = changed(|facts| {
        facts.share_class.nav = Some(nav(most));
        facts.lots = vec![lot("2024-01-01T00:00:00Z", most)];
        facts.order = order(Side::Redeem, "1");
    });
    for question in [json!({"holds_enough": {}}), json!({"maximum_holding": {"amount": "1"}})] {
        let mut facts = facts.clone();
        facts.order.side =
            if question.get("holds_enough").is_some() { Side::Redeem } else { Side::Subscribe };
        assert_eq!(ask(question, &facts).0, Verdict::Doubtful);
    }
}

#[test]
fn holders_are_counted_and_warned_of() {
    let class = |holders, held: bool| {
        let mut facts = with_register(|register| register.class_holders = holders);
        facts.lots = if held { vec![lot("2025-01-01T00:00:00Z", "200")] } else { vec![] };
        facts
    };
    table(
        &json!({"holder_limit": {"counts": "class", "limit": 100, "warn_from": 90}}),
        [
            ("far below", class(88, false), Verdict::Met),
            ("the first to warn of", class(89, false), Verdict::Doubtful),
            ("the last one", class(99, false), Verdict::Doubtful),
            ("one too many", class(100, false), Verdict::Unmet),
            ("is one already", class(100, true), Verdict::Met),
            ("no register", facts(), Verdict::Missing),
        ],
    );
}

#[test]
fn a_holder_of_another_class_is_one_of_the_fund() {
    let of = |holds_fund| {
        with_register(|register| {
            register.fund_holders = 100;
            register.holds_fund = holds_fund;
        })
    };
    table(
        &json!({"holder_limit": {"counts": "fund", "limit": 100, "warn_from": 100}}),
        [("new to the fund", of(false), Verdict::Unmet), ("known to it", of(true), Verdict::Met)],
    );
}

#[test]
fn an_organisation_of_a_tenth_or_more_may_stand_for_all_of_its_holders() {
    use Kind::{Legal, Natural};
    // Investment Company Act 3(c)(1)(A): "10 per centum or more".
    let of = |kind, side, units: &str, holders: u32, large: u32| {
        let mut facts = with_register(|register| {
            register.class_units = amount("900");
            register.fund_holders = holders;
            register.fund_large_organisations = large;
        });
        facts.investor.kind = kind;
        facts.lots = vec![];
        facts.order = order_of_units(side, units);
        facts
    };
    table(
        &json!({"holder_limit": {"counts": "fund", "limit": 100, "warn_from": 90, "look_through": true}}),
        [
            ("10 % by a subscription", of(Legal, Side::Subscribe, "100", 20, 0), Verdict::Doubtful),
            ("just below", of(Legal, Side::Subscribe, "99.9", 20, 0), Verdict::Met),
            ("10 % of what there is", of(Legal, Side::Receive, "90", 20, 0), Verdict::Doubtful),
            ("9.9 % of it", of(Legal, Side::Receive, "89.9", 20, 0), Verdict::Met),
            ("a natural person has no holders", of(Natural, Side::Subscribe, "100", 20, 0), Verdict::Met),
            ("somebody else may stand for many", of(Natural, Side::Subscribe, "1", 20, 1), Verdict::Doubtful),
            ("one too many all the same", of(Natural, Side::Subscribe, "1", 100, 1), Verdict::Unmet),
            ("nobody is added", of(Legal, Side::Redeem, "1", 100, 1), Verdict::Met),
        ],
    );
    let before = of(Legal, Side::Subscribe, "100", 20, 1);
    let counted = json!({"holder_limit": {"counts": "fund", "limit": 100, "warn_from": 90}});
    table(&counted, [("a rule that does not look through", before, Verdict::Met)]);
}

#[test]
fn accredited_investors_are_not_among_those_who_are_not() {
    let of = |expires_on: Option<&str>| {
        let mut facts = with_register(|register| register.class_holders_not_accredited = 35);
        let mut letter =
            classification(ClassificationKind::UsAccredited, EvidenceKind::ThirdPartyLetter, "2025-01-01");
        letter.expires_on = expires_on.map(day);
        facts.investor.classifications = vec![letter];
        facts
    };
    let full = with_register(|register| register.class_holders_not_accredited = 35);
    table(
        &json!({"holder_limit": {"counts": "class_not_accredited", "limit": 35, "warn_from": 30}}),
        [
            ("accredited", of(None), Verdict::Met),
            ("no longer accredited", of(Some("2026-06-14")), Verdict::Unmet),
            ("never accredited", full, Verdict::Unmet),
        ],
    );
}

#[test]
fn stale_evidence_takes_nobody_out_of_the_count() {
    let limit = |counts: &str| {
        let mut rule = rule(
            "us.506b.not_accredited",
            json!({"any": {"of": [
                {"classified": {"any_of": ["us_accredited"]}},
                {"holder_limit": {"counts": counts, "limit": 35, "warn_from": 30}}]}}),
        );
        rule.evidence_max_age_months = Some(12);
        rule.evidence = vec![EvidenceKind::ThirdPartyLetter, EvidenceKind::WrittenRepresentation];
        rule
    };
    let of = |evidence, issued_on: &str, purchased: bool| {
        let mut facts = with_register(|register| {
            register.class_holders_not_accredited = 35;
            register.issuer_purchasers_not_accredited = 35;
            register.is_issuer_purchaser = purchased;
        });
        facts.investor.classifications =
            vec![classification(ClassificationKind::UsAccredited, evidence, issued_on)];
        facts
    };
    for counts in ["class_not_accredited", "issuer_purchasers_not_accredited"] {
        for (name, facts, expected) in [
            ("of this year", of(EvidenceKind::WrittenRepresentation, "2026-01-10", false), Verdict::Met),
            ("on its last day", of(EvidenceKind::WrittenRepresentation, "2025-06-15", false), Verdict::Met),
            ("of last year", of(EvidenceKind::WrittenRepresentation, "2025-06-14", false), Verdict::Missing),
            ("of 2011", of(EvidenceKind::WrittenRepresentation, "2011-03-01", false), Verdict::Missing),
            (
                "of a kind that is not accepted",
                of(EvidenceKind::TaxStatement, "2026-01-10", false),
                Verdict::Missing,
            ),
        ] {
            assert_eq!(ask_rule(&limit(counts), &facts).0, expected, "{counts}: {name}");
        }
    }
    let again = of(EvidenceKind::WrittenRepresentation, "2011-03-01", true);
    assert_eq!(
        ask_rule(&limit("issuer_purchasers_not_accredited"), &again).0,
        Verdict::Met,
        "is one of the 35"
    );
}

#[test]
fn lots_are_used_up_oldest_first() {
    let of = |value: &str| {
        changed(|facts| {
            facts.order = order(Side::Redeem, value);
            // In the wrong order on purpose.
            facts.lots = vec![
                lot("2026-03-01T00:00:00Z", "50"),
                lot("2024-01-01T00:00:00Z", "10"),
                lot("2025-06-15T12:00:00Z", "20"),
            ];
        })
    };
    let year = json!({"holding_period": {"period": {"months": 12}}});
    table(
        &year,
        [
            ("from the oldest", of("100"), Verdict::Met),
            ("up to the one that is free this very moment", of("300"), Verdict::Met),
            ("into the young one", of("300.01"), Verdict::Unmet),
            ("nothing is held", changed(|facts| facts.order = order(Side::Redeem, "1")), Verdict::Missing),
        ],
    );
    let (_, until) = ask(year.clone(), &of("300.01"));
    assert_eq!(until, Some("2026-06-21T00:00:00Z".parse().unwrap()), "when the value gets old");
    let mut shares = of("300.01");
    shares.order = order_of_units(Side::Redeem, "30.001");
    let (verdict, until) = ask(year, &shares);
    assert_eq!(verdict, Verdict::Unmet);
    assert_eq!(until, Some("2027-03-01T00:00:00Z".parse().unwrap()), "when the young one gets free");
    table(
        &json!({"holding_period": {"period": {"days": 40}}}),
        [("forty days", of("800"), Verdict::Met), ("more than is held", of("800.01"), Verdict::Unmet)],
    );
}

#[test]
fn nobody_sells_what_they_do_not_hold() {
    let of = |value: &str| {
        changed(|facts| {
            facts.order = order(Side::Transfer, value);
            facts.lots = vec![lot("2026-06-01T00:00:00Z", "6"), lot("2026-06-02T00:00:00Z", "4.05")];
        })
    };
    table(
        &json!({"holds_enough": {}}),
        [("all of it", of("100.50"), Verdict::Met), ("more", of("100.51"), Verdict::Unmet)],
    );
}

#[test]
fn benefit_plans_stay_below_a_quarter() {
    let of = |plan: bool, side, value: &str| {
        let mut facts = with_register(|register| {
            register.class_units = amount("100");
            register.class_units_benefit_plans = amount("20");
        });
        facts.investor.benefit_plan = plan;
        facts.order = order(side, value);
        facts
    };
    let above = |plan: bool, side| {
        let mut facts = of(plan, side, "10");
        facts.register =
            facts.register.map(|register| Register { class_units_benefit_plans: amount("40"), ..register });
        facts
    };
    table(
        &json!({"benefit_plans_below": {"percent": "25"}}),
        [
            ("a plan, below", of(true, Side::Subscribe, "66"), Verdict::Met),
            ("a plan, above", of(true, Side::Subscribe, "67"), Verdict::Unmet),
            ("somebody else subscribes", of(false, Side::Subscribe, "1"), Verdict::Met),
            ("somebody else leaves, below", of(false, Side::Redeem, "199"), Verdict::Met),
            ("somebody else leaves, a quarter", of(false, Side::Redeem, "200"), Verdict::Unmet),
            ("a plan passes shares on", of(true, Side::Transfer, "200"), Verdict::Met),
            ("a plan leaves though there are too many", above(true, Side::Redeem), Verdict::Met),
            (
                "somebody else passes shares on though there are too many",
                above(false, Side::Transfer),
                Verdict::Met,
            ),
            ("somebody else leaves though there are too many", above(false, Side::Redeem), Verdict::Unmet),
            ("of no value", without_nav(of(true, Side::Subscribe, "1")), Verdict::Doubtful),
            ("no register", facts_of_a_plan(), Verdict::Missing),
        ],
    );
}

fn facts_of_a_plan() -> Facts {
    changed(|facts| facts.investor.benefit_plan = true)
}
