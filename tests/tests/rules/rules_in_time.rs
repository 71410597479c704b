//! What passes, what changes, and what a decision then says of itself.

use chrono::{Duration, Utc};
use fundrail_tests::{Value, json, shared, skip};

use crate::support::{
    Class, amount, ask, days_ago, investor, lot, message, outcomes, own_rule, person, today,
};

#[test]
fn a_list_whose_review_is_overdue_lets_nobody_in() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes rules into the database") };
    let tenant = env.institution();
    let set = own_rule(control, "not", r#"{"of": {"resident_in": {"areas": ["AQ"]}}}"#);
    let rule = format!("test.{}", set.replace('-', "_"));
    let class = Class::new(control, "USD", &[&set], "10");
    let id = investor(env, &tenant, &person(json!({})));
    let question = amount(&id, &class, "subscribe", "100", "USD");
    let review = |reviewed: i32, next: i32| {
        let sql = format!(
            "insert into compliance_rule_review (rule_id, rule_version, reviewed_on, next_review_on, source)
             values ('{rule}', 1, current_date - {reviewed}, current_date - {next}, 'a test')"
        );
        control.database().admin().batch_execute(&sql).expect("a review");
    };
    assert_eq!(ask(env, &tenant, &question)["outcome"], "allow", "a rule without a review does not grow old");
    review(100, 1);
    let overdue = ask(env, &tenant, &question);
    assert_eq!(overdue["outcome"], "review", "{overdue}");
    assert!(message(&overdue, &rule).contains(&days_ago(1)), "{overdue}");
    review(0, -90);
    assert_eq!(ask(env, &tenant, &question)["outcome"], "allow", "somebody has looked again");
}

#[test]
fn what_the_reader_takes_as_of_today_the_rules_take_as_well() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions"], "10");
    // Wherever on Earth it is latest, less a minute so that it is still so when the request arrives.
    let auckland = (Utc::now() + Duration::hours(14) - Duration::minutes(1)).date_naive();
    let ahead = (Utc::now() + Duration::minutes(4)).to_rfc3339();
    let body = person(json!({
        "kyc": {"status": "verified", "verified_on": auckland.to_string()},
        "screening": {"outcome": "clear", "screened_at": ahead, "source": "a test"},
    }));
    let id = investor(env, &tenant, &body);
    let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
    let said = outcomes(&check);
    assert_eq!((said["identity.kyc_current"], said["sanctions.screening"]), ("allow", "allow"), "{check}");
}

#[test]
fn a_decision_says_whether_it_still_stands() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions"], "10");
    let id = investor(env, &tenant, &person(json!({})));
    let question = amount(&id, &class, "subscribe", "100", "USD");
    let post = || {
        env.post("/v1/compliance/checks")
            .token(&tenant)
            .header("idempotency-key", "stands")
            .json(&question)
            .send()
    };
    let first = post().expect(201);
    assert_eq!((&first["superseded"], &first["stale_since"]), (&json!(false), &Value::Null));
    let path = format!("/v1/compliance/checks/{}", first["id"].as_str().unwrap());
    let read = || env.get(&path).token(&tenant).send().expect(200);
    assert_eq!(read(), first);
    assert_eq!(post().expect(201), first, "the same answer, while it is true");
    let found = json!({"screening":
        {"outcome": "match", "screened_at": format!("{}T00:00:00Z", today()), "source": "a test"}});
    env.patch(&format!("/v1/investors/{id}"))
        .token(&tenant)
        .header("if-match", "*")
        .json(&found)
        .send()
        .expect(200);
    let replayed = post();
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    for answer in [read(), replayed.expect(201)] {
        assert_eq!(
            (&answer["id"], &answer["outcome"]),
            (&first["id"], &json!("allow")),
            "what was decided stays"
        );
        assert_eq!(answer["superseded"], true, "{answer}");
        let since = answer["stale_since"].as_str().expect("a time");
        assert!(since >= first["decided_at"].as_str().unwrap(), "{answer}");
    }
    let anew = ask(env, &tenant, &question);
    assert_eq!((&anew["outcome"], &anew["superseded"]), (&json!("deny"), &json!(false)));
    assert_ne!(anew["id"], first["id"]);
}

#[test]
fn lists_and_replays_say_whether_a_decision_still_stands_as_reading_it_does() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions", "us-3c1"], "10");
    let without_register = Class::new(control, "USD", &["sanctions"], "10");
    let [changing, later, steady] = [(); 3].map(|()| investor(env, &tenant, &person(json!({}))));
    let of_changing = ask(env, &tenant, &amount(&changing, &class, "subscribe", "100", "USD"));
    let of_later = ask(env, &tenant, &amount(&later, &without_register, "subscribe", "100", "USD"));
    let of_steady = ask(env, &tenant, &amount(&steady, &class, "subscribe", "100", "USD"));
    let old = ask(env, &tenant, &amount(&steady, &class, "subscribe", "200", "USD"));
    let of_earlier_engine = ask(env, &tenant, &amount(&steady, &class, "subscribe", "300", "USD"));
    let nonsense = ask(env, &tenant, &amount(&steady, &class, "subscribe", "400", "USD"));
    let again = ask(env, &tenant, &amount(&steady, &without_register, "subscribe", "500", "USD"));
    let id = |check: &Value| check["id"].as_str().expect("an id").to_owned();
    let listed = || {
        let page = env.get("/v1/compliance/checks").token(&tenant).send().expect(200);
        page["data"].as_array().expect("a list").clone()
    };
    for one in listed() {
        assert_eq!((&one["superseded"], &one["stale_since"]), (&json!(false), &Value::Null), "{one}");
    }
    for investor in [&changing, &later] {
        let path = format!("/v1/investors/{investor}");
        let renamed = json!({"name": "Ada King"});
        env.patch(&path).token(&tenant).header("if-match", "*").json(&renamed).send().expect(200);
    }
    let by_hand = format!(
        "update compliance_decision set valid_until = decided_at + interval '1 millisecond' where id = '{}';
         update compliance_decision set basis = b.text, basis_sha256 = encode(sha256(convert_to(b.text, 'UTF8')), 'hex')
         from (select replace(basis, '\"engine\":3', '\"engine\":1') as text from compliance_decision where id = '{1}') b
         where id = '{1}';
         update compliance_decision set currency = 'none' where id = '{2}'",
        id(&old),
        id(&of_earlier_engine),
        id(&nonsense),
    );
    control
        .database()
        .admin()
        .batch_execute(&by_hand)
        .expect("an old decision, one of an earlier engine, and one that makes no sense");
    for (check, superseded) in [
        (&of_changing, true),
        (&of_later, true),
        (&of_steady, false),
        (&old, true),
        (&of_earlier_engine, true),
        (&nonsense, true),
        (&again, false),
    ] {
        let path = format!("/v1/compliance/checks/{}", id(check));
        let read = env.get(&path).token(&tenant).send().expect(200);
        let replayed = env.get(&format!("{path}/replay")).token(&tenant).send().expect(200);
        let listed = listed().into_iter().find(|one| one["id"] == check["id"]).expect("it is listed");
        for answer in [&read, &replayed, &listed] {
            assert_eq!(answer["superseded"], superseded, "{answer}");
            assert_eq!(answer["stale_since"].is_string(), superseded, "{answer}");
        }
        if check["id"] == of_earlier_engine["id"] {
            assert_eq!(replayed["verdict"], "other_engine", "{replayed}");
        } else if check["id"] == nonsense["id"] {
            assert_eq!(replayed["verdict"], "different", "{replayed}");
        } else {
            assert_eq!(read["stale_since"], listed["stale_since"]);
            assert_eq!(replayed["verdict"], "same", "as of then nothing else comes of it: {replayed}");
        }
    }
}

#[test]
fn a_decision_that_rests_on_nothing_that_changed_still_stands() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions"], "10");
    let (newcomer, holder) =
        (investor(env, &tenant, &person(json!({}))), investor(env, &tenant, &person(json!({}))));
    lot(control, &tenant, &holder, &class, "100", 10);
    let of_newcomer = ask(env, &tenant, &amount(&newcomer, &class, "subscribe", "100", "USD"));
    let of_holder = ask(env, &tenant, &amount(&holder, &class, "redeem", "1000", "USD"));
    assert_eq!(of_holder["outcome"], "allow", "{of_holder}");
    class.value(control, "9.99", 0);
    let read = |check: &Value| {
        let path = format!("/v1/compliance/checks/{}", check["id"].as_str().unwrap());
        env.get(&path).token(&tenant).send().expect(200)
    };
    assert_eq!(read(&of_newcomer)["superseded"], false, "nothing of it was valued");
    assert_eq!(read(&of_holder)["superseded"], true, "the shares are worth less by now");
    let set_status = |status: &str| {
        let sql = format!(
            "update share_class set status = '{status}', updated_at = now() where id = '{}'",
            class.id
        );
        control.database().admin().batch_execute(&sql).expect("a status");
    };
    set_status("suspended");
    assert_eq!(read(&of_newcomer)["superseded"], true);
    set_status("open");
    assert_eq!(read(&of_newcomer)["superseded"], false, "what it rested on holds again");
    let over = format!(
        "update compliance_decision set decided_at = now() - interval '3 hours', valid_until = now() - interval '1 hour' \
         where id = '{}'",
        of_newcomer["id"].as_str().unwrap()
    );
    control.database().admin().batch_execute(&over).expect("an old decision");
    let expired = read(&of_newcomer);
    assert_eq!((&expired["superseded"], &expired["stale_since"]), (&json!(true), &expired["valid_until"]));
}

#[test]
fn a_changed_rule_binds_at_once_whoever_changes_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes rules into the database") };
    let tenant = env.institution();
    let set = own_rule(control, "resident_in", r#"{"areas": ["LU"]}"#);
    let rule = format!("test.{}", set.replace('-', "_"));
    let class = Class::new(control, "USD", &[&set], "10");
    let id = investor(env, &tenant, &person(json!({})));
    let question = amount(&id, &class, "subscribe", "100", "USD");
    let by_hand = |sql: &str| control.database().admin().batch_execute(sql).expect("a change of rules");
    let first = ask(env, &tenant, &question);
    assert_eq!(first["outcome"], "allow", "{first}");
    by_hand(&format!("update compliance_rule set params = '{{\"areas\": [\"FR\"]}}' where id = '{rule}'"));
    let corrected = ask(env, &tenant, &question);
    assert_eq!(corrected["outcome"], "deny", "{corrected}");
    let path = format!("/v1/compliance/checks/{}", first["id"].as_str().unwrap());
    let before = env.get(&path).token(&tenant).send().expect(200);
    assert_eq!(before["superseded"], true, "{before}");
    by_hand(&format!("delete from rule_set_rule where rule_set = '{set}'"));
    assert!(!outcomes(&ask(env, &tenant, &question)).contains_key(rule.as_str()), "it binds no more");
    by_hand(&format!("insert into rule_set_rule (rule_set, rule_id) values ('{set}', '{rule}')"));
    assert_eq!(outcomes(&ask(env, &tenant, &question))[rule.as_str()], "deny", "and binds again");
}

#[test]
fn a_rule_that_is_announced_bounds_what_was_decided_before() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes rules into the database") };
    let tenant = env.institution();
    let set = own_rule(control, "resident_in", r#"{"areas": ["LU"]}"#);
    let rule = format!("test.{}", set.replace('-', "_"));
    let class = Class::new(control, "USD", &[&set], "10");
    let id = investor(env, &tenant, &person(json!({})));
    let question = amount(&id, &class, "subscribe", "100", "USD");
    let first = ask(env, &tenant, &question);
    assert_eq!(ask(env, &tenant, &question)["id"], first["id"]);
    let sql = format!(
        "insert into compliance_rule (id, version, source, applies_to, predicate, params, effective_from, on_fail, message)
         select id, 2, source, applies_to, predicate, '{{\"areas\": [\"FR\"]}}', now() + interval '2 hours', on_fail, message
         from compliance_rule where id = '{rule}'"
    );
    control.database().admin().batch_execute(&sql).expect("a rule of the future");
    let bounded = ask(env, &tenant, &question);
    assert_ne!(bounded["id"], first["id"], "the first one would outlive the rule");
    assert_eq!(bounded["outcome"], "allow");
    let latest = (Utc::now() + Duration::hours(2)).to_rfc3339();
    assert!(bounded["valid_until"].as_str().unwrap() <= latest.as_str(), "{bounded}");
}
