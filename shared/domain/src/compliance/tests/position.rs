use super::*;

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
    use Side::{Redeem, Subscribe, Transfer};
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
    table(
        &json!({"minimum_subscription": {"first": "50", "further": "10"}}),
        [("first", of("50", false), Verdict::Met), ("further", of("9", true), Verdict::Unmet)],
    );
}

#[test]
fn nobody_holds_more_than_the_maximum() {
    let of = |side, value: &str, total: &str| {
        let mut facts = with_register(|register| register.class_amount = amount(total));
        facts.lots = vec![lot("2025-01-01T00:00:00Z", "200")];
        facts.order = order(side, value);
        facts
    };
    table(
        &json!({"maximum_holding": {"amount": "1000"}}),
        [
            ("just so much", of(Side::Subscribe, "800", "5000"), Verdict::Met),
            ("more", of(Side::Subscribe, "800.01", "5000"), Verdict::Unmet),
        ],
    );
    // 200 of 1000 held, x more: (200 + x) / (1000 + x) ≤ 25 % up to x = 66.66…
    table(
        &json!({"maximum_holding": {"percent": "25"}}),
        [
            ("below a quarter", of(Side::Subscribe, "66.66", "1000"), Verdict::Met),
            ("above a quarter", of(Side::Subscribe, "66.67", "1000"), Verdict::Unmet),
            ("going down", of(Side::Redeem, "100", "1000"), Verdict::Met),
            ("the only holder", of(Side::Subscribe, "100", "200"), Verdict::Met),
            ("no register", facts(), Verdict::Missing),
        ],
    );
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
fn lots_are_used_up_oldest_first() {
    let of = |value: &str| {
        changed(|facts| {
            facts.order = order(Side::Redeem, value);
            // In the wrong order on purpose.
            facts.lots = vec![
                lot("2026-03-01T00:00:00Z", "500"),
                lot("2024-01-01T00:00:00Z", "100"),
                lot("2025-06-15T12:00:00Z", "200"),
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
    let (_, until) = ask(year, &of("300.01"));
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
            facts.lots = vec![lot("2026-06-01T00:00:00Z", "60"), lot("2026-06-02T00:00:00Z", "40.5")];
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
            register.class_amount = amount("1000");
            register.class_amount_benefit_plans = amount("200");
        });
        facts.investor.benefit_plan = plan;
        facts.order = order(side, value);
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
            ("no register", facts_of_a_plan(), Verdict::Missing),
        ],
    );
}

fn facts_of_a_plan() -> Facts {
    changed(|facts| facts.investor.benefit_plan = true)
}
