//! Holdings and orders in one measure: by value or by number.

use fundrail_tests::{assert_problem, json, shared, skip};
use uuid::Uuid;

use crate::support::{
    Class, amount, ask, changed, investor, lot, message, outcomes, own_rule, person, units,
};

#[test]
fn holdings_are_worth_what_the_net_asset_value_says() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["sanctions"], "1106.57");
    let id = investor(env, &tenant, &person(json!({})));
    lot(control, &tenant, &id, &class, "100", 400);
    for (question, expected) in [
        (amount(&id, &class, "redeem", "110657", "EUR"), "allow"),
        (amount(&id, &class, "redeem", "110657.01", "EUR"), "deny"),
        (units(&id, &class, "redeem", "100"), "allow"),
        (units(&id, &class, "transfer", "100.000000000000000001"), "deny"),
    ] {
        let check = ask(env, &tenant, &question);
        assert_eq!(outcomes(&check)["holding.covers_order"], expected, "{question}: {check}");
    }
    let further = ask(env, &tenant, &units(&id, &class, "subscribe", "0.009"));
    assert_eq!(
        outcomes(&further)["class.minimum_subscription"],
        "deny",
        "0.009 shares are worth 9.96: {further}"
    );
    assert_eq!(further["units"], "0.009");
    assert!(further["amount"].is_null());
}

#[test]
fn without_a_value_of_these_days_a_person_decides() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let id = investor(env, &tenant, &person(json!({})));
    let none = Class::of(control, Uuid::now_v7(), "EUR", &["sanctions"]);
    let old = Class::of(control, Uuid::now_v7(), "EUR", &["sanctions"]);
    old.value(control, "1000", 30);
    for (class, why) in [(&none, "no net asset value"), (&old, "days old")] {
        lot(control, &tenant, &id, class, "100", 400);
        let check = ask(env, &tenant, &amount(&id, class, "redeem", "1", "EUR"));
        assert_eq!(outcomes(&check)["holding.covers_order"], "review", "{check}");
        assert!(message(&check, "holding.covers_order").contains(why), "{check}");
        let shares = ask(env, &tenant, &units(&id, class, "redeem", "100"));
        assert_eq!(outcomes(&shares)["holding.covers_order"], "allow", "shares of shares need no value");
        let newcomer = investor(env, &tenant, &person(json!({})));
        let first = ask(env, &tenant, &amount(&newcomer, class, "subscribe", "100", "EUR"));
        assert_eq!(first["outcome"], "allow", "no valuation is needed: {first}");
    }
}

#[test]
fn benefit_plans_and_concentration_are_measured_by_value() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-erisa", "concentration-25"], "1000");
    let plan = investor(env, &tenant, &person(json!({"benefit_plan": true})));
    let others = investor(env, &tenant, &person(json!({})));
    lot(control, &tenant, &plan, &class, "20", 10);
    lot(control, &tenant, &others, &class, "80", 10);
    // 20 of 100 shares; with x more it is a quarter at (20 + x) / (100 + x) = 25 %: 6.66…
    for (question, plans, concentration) in [
        (amount(&plan, &class, "subscribe", "6660", "USD"), "allow", "allow"),
        (amount(&plan, &class, "subscribe", "6670", "USD"), "review", "review"),
        (units(&plan, &class, "subscribe", "6.66"), "allow", "allow"),
        (units(&plan, &class, "subscribe", "6.67"), "review", "review"),
        (amount(&others, &class, "subscribe", "1000", "USD"), "allow", "review"),
    ] {
        let check = ask(env, &tenant, &question);
        let said = outcomes(&check);
        assert_eq!(
            (said["us.erisa.benefit_plans"], said["fund.concentration"]),
            (plans, concentration),
            "{question}: {check}"
        );
    }
    let leaving = ask(env, &tenant, &units(&others, &class, "redeem", "20"));
    assert_eq!(outcomes(&leaving)["us.erisa.benefit_plans"], "review", "20 of 80 are a quarter: {leaving}");
    let plan_leaving = ask(env, &tenant, &units(&plan, &class, "redeem", "1"));
    assert_eq!(outcomes(&plan_leaving)["us.erisa.benefit_plans"], "allow", "{plan_leaving}");
}

#[test]
fn an_order_is_for_an_amount_or_for_shares() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["sanctions"], "10");
    let id = investor(env, &tenant, &person(json!({})));
    let both = changed(amount(&id, &class, "subscribe", "100", "EUR"), json!({"units": "10"}));
    let neither = json!({"investor_id": id, "share_class_id": class.id, "side": "subscribe"});
    for (wrong, pointer) in [
        (both, "/units"),
        (neither, "/amount"),
        (units(&id, &class, "subscribe", "0"), "/units"),
        (units(&id, &class, "subscribe", "-1"), "/units"),
        (units(&id, &class, "subscribe", "1e3"), "/units"),
        (units(&id, &class, "subscribe", "0.0000000000000000001"), "/units"),
        (units(&id, &class, "subscribe", "123456789012345678.12345678901"), "/units"),
    ] {
        let refused = env.post("/v1/compliance/checks").token(&tenant).json(&wrong).send();
        assert_problem(&refused, 422, "invalid_fields", &[pointer]);
    }
    let first = ask(env, &tenant, &units(&id, &class, "subscribe", "10"));
    assert_eq!(ask(env, &tenant, &units(&id, &class, "subscribe", "10.0"))["id"], first["id"]);
    let path = format!("/v1/compliance/checks/{}/replay", first["id"].as_str().unwrap());
    assert_eq!(env.get(&path).token(&tenant).send().expect(200)["verdict"], "same");
}

#[test]
fn who_takes_over_of_another_holder_makes_no_new_shares() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-erisa", "concentration-25", "reg-s-1"], "1000");
    let plan = investor(env, &tenant, &person(json!({"benefit_plan": true})));
    let others = investor(env, &tenant, &person(json!({})));
    lot(control, &tenant, &plan, &class, "20", 10);
    lot(control, &tenant, &others, &class, "80", 10);
    // 20 of 100 shares: with x more of these it is a quarter at x = 5, with x new ones at 6.66…
    for (question, plans, concentration) in [
        (units(&plan, &class, "receive", "4.99"), "allow", "allow"),
        (units(&plan, &class, "receive", "5"), "review", "allow"),
        (units(&plan, &class, "receive", "5.01"), "review", "review"),
        (amount(&plan, &class, "receive", "4990", "USD"), "allow", "allow"),
        (amount(&plan, &class, "receive", "5010", "USD"), "review", "review"),
        (units(&plan, &class, "subscribe", "6.66"), "allow", "allow"),
    ] {
        let check = ask(env, &tenant, &question);
        let said = outcomes(&check);
        assert_eq!(
            (said["us.erisa.benefit_plans"], said["fund.concentration"]),
            (plans, concentration),
            "{question}: {check}"
        );
    }
    let newcomer = investor(env, &tenant, &person(json!({})));
    let american = investor(env, &tenant, &person(json!({"residence": "US"})));
    let close =
        format!("update share_class set status = 'closed', updated_at = now() where id = '{}'", class.id);
    control.database().admin().batch_execute(&close).expect("a closed class");
    for (id, side, rule, expected) in [
        (&newcomer, "subscribe", "class.takes_orders", "deny"),
        (&newcomer, "receive", "class.takes_orders", "allow"),
        (&others, "transfer", "class.takes_orders", "allow"),
        (&newcomer, "receive", "class.minimum_subscription", "allow"),
        (&american, "receive", "us.reg_s.not_us_person", "deny"),
    ] {
        let check = ask(env, &tenant, &units(id, &class, side, "0.01"));
        assert_eq!(outcomes(&check)[rule], expected, "{side}: {check}");
        assert_eq!(check["side"], side);
    }
}

#[test]
fn who_holds_too_much_may_sell_down() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes rules into the database") };
    let tenant = env.institution();
    let set = own_rule(control, "maximum_holding", r#"{"percent": "25"}"#);
    let rule = format!("test.{}", set.replace('-', "_"));
    let class = Class::new(control, "USD", &[&set], "10");
    let (large, small) =
        (investor(env, &tenant, &person(json!({}))), investor(env, &tenant, &person(json!({}))));
    lot(control, &tenant, &large, &class, "80", 10);
    lot(control, &tenant, &small, &class, "20", 10);
    for (side, expected) in [("transfer", "allow"), ("redeem", "allow"), ("subscribe", "deny")] {
        let check = ask(env, &tenant, &units(&large, &class, side, "10"));
        assert_eq!(outcomes(&check)[rule.as_str()], expected, "{side}: {check}");
    }
}
