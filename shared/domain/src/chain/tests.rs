//! Deliveries, right and wrong.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn log() -> Value {
    json!({
        "chain_id": 31337,
        "block_number": 7,
        "block_hash": format!("0x{}", "aB".repeat(32)),
        "transaction_hash": format!("0x{}", "02".repeat(32)),
        "log_index": 0,
        "address": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "topics": [format!("0x{}", "03".repeat(32))],
        "data": "0x0A",
        "removed": false,
    })
}

fn message(data: impl Into<Value>) -> Value {
    json!({"type": "chain.log", "data": data.into()})
}

fn now() -> DateTime<Utc> {
    crate::time::parse_rfc3339("2026-06-15T12:00:00Z").unwrap()
}

fn read(body: &Value) -> Result<Delivery> {
    parse_delivery(body.to_string().as_bytes(), now())
}

fn parse(body: &Value) -> Result<Vec<Delivered>> {
    read(body).map(|delivery| delivery.logs)
}

fn pointers(body: &Value) -> Vec<String> {
    match parse(body) {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_log_or_lists_of_them_are_read() {
    for (body, count) in [
        (message(log()), 1),
        (message(json!([log(), log()])), 2),
        (json!([message(log()), message(json!([log(), log()]))]), 3),
    ] {
        assert_eq!(parse(&body).unwrap().len(), count);
    }
}

#[test]
fn what_goes_into_the_database_is_in_lower_case() {
    let delivered = parse(&message(log())).unwrap();
    let mut expected = log();
    expected["block_hash"] = format!("0x{}", "ab".repeat(32)).into();
    expected["address"] = "0x5fbdb2315678afecb367f032d93f642f64180aa3".into();
    expected["data"] = "0x0a".into();
    expected["said_at"] = Value::Null;
    expected["turn"] = 1.into();
    assert_eq!(serde_json::to_value(&delivered[0]).unwrap(), expected);
}

#[test]
fn every_wrong_field_of_every_log_is_named() {
    let mut wrong = log();
    for field in [
        "chain_id",
        "block_number",
        "block_hash",
        "transaction_hash",
        "log_index",
        "address",
        "data",
        "removed",
    ] {
        wrong[field] = json!("x");
    }
    wrong["topics"] = json!(["0x", 7]);
    wrong["more"] = json!(1);
    let found =
        pointers(&json!([message(log()), message(wrong), {"type": 7, "timestamp": "today", "data": 1}]));
    let expected = [
        "/1/data/chain_id",
        "/1/data/block_number",
        "/1/data/block_hash",
        "/1/data/transaction_hash",
        "/1/data/log_index",
        "/1/data/address",
        "/1/data/topics/0",
        "/1/data/topics/1",
        "/1/data/data",
        "/1/data/removed",
        "/2/type",
        "/2/timestamp",
        "/2/data",
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_field_is_required() {
    let names: Vec<String> = log().as_object().unwrap().keys().cloned().collect();
    for name in names {
        let mut without = log();
        without.as_object_mut().unwrap().remove(&name);
        assert_eq!(pointers(&message(without)), [format!("/data/{name}")]);
    }
    assert_eq!(pointers(&json!({})), ["/type", "/data"]);
}

#[test]
fn numbers_are_whole_and_fit() {
    for wrong in
        [json!(-1), json!(1.0), json!(1.5), json!(9_223_372_036_854_775_808_u64), json!("0x1"), json!(null)]
    {
        let mut body = log();
        body["block_number"] = wrong;
        assert_eq!(pointers(&message(body)), ["/data/block_number"]);
    }
    let mut body = log();
    body["block_number"] = json!(MOST_NUMBER);
    assert!(parse(&message(body)).is_ok());
}

#[test]
fn lists_are_bounded() {
    assert_eq!(pointers(&json!([])), [""]);
    assert_eq!(pointers(&message(json!([]))), ["/data"]);
    assert_eq!(pointers(&message(json!(vec![log(); MOST_LOGS + 1]))), ["/data"]);
    assert_eq!(pointers(&json!(vec![message(log()); MOST_LOGS + 1])), [""]);
    let half = message(json!(vec![log(); MOST_LOGS / 2]));
    assert_eq!(parse(&json!([half, half])).unwrap().len(), MOST_LOGS);
    assert_eq!(pointers(&json!([half, half, message(log())])), ["/2/data"]);
    let mut body = log();
    body["topics"] = json!(vec![format!("0x{}", "03".repeat(32)); 5]);
    body["data"] = format!("0x{}", "00".repeat(MOST_DATA + 1)).into();
    assert_eq!(pointers(&message(body)), ["/data/topics", "/data/data"]);
}

#[test]
fn a_body_of_nothing_but_mistakes_is_refused_without_naming_all_of_them() {
    for wrong in [json!({}), json!(0), json!([]), json!(null)] {
        let many = json!(vec![wrong.clone(); 300_000]);
        assert_eq!(pointers(&many), [""], "too many messages of {wrong}");
        assert_eq!(pointers(&message(many)), ["/data"], "too many logs of {wrong}");
        for some in [json!(vec![wrong.clone(); MOST_LOGS]), message(json!(vec![wrong.clone(); MOST_LOGS]))] {
            assert_eq!(pointers(&some).len(), MOST_ERRORS, "{wrong}");
        }
    }
}

#[test]
fn what_we_do_not_know_is_passed_over() {
    let mut more = log();
    for number in 0..10_000 {
        more[format!("x{number}")] = json!(0);
    }
    let mut body = message(more);
    body["id"] = json!("evt_1");
    assert_eq!(parse(&body).unwrap(), parse(&message(log())).unwrap());
    let other = json!({"type": "chain.block", "data": {"anything": [1]}, "timestamp": 7});
    let delivery = read(&json!([other, message(log()), {"type": "ping"}])).unwrap();
    assert_eq!((delivery.logs.len(), delivery.ignored), (1, vec!["/0".to_owned(), "/2".to_owned()]));
    let delivery = read(&other).unwrap();
    assert_eq!((delivery.logs.len(), delivery.ignored), (0, vec![String::new()]));
}

#[test]
fn a_time_is_that_of_its_message_and_not_in_the_future() {
    let timed = |time: &str| {
        let mut body = message(log());
        body["timestamp"] = json!(time);
        body
    };
    let delivered = parse(&timed("2026-06-15T14:00:00.5+02:00")).unwrap();
    assert_eq!(delivered[0].said_at, Some(now() + TimeDelta::milliseconds(500)));
    assert!(parse(&timed("2026-06-15T12:05:00Z")).is_ok());
    for wrong in ["2026-06-15T12:05:01Z", "9999-12-31T23:59:59Z", "1614265330", ""] {
        assert_eq!(pointers(&timed(wrong)), ["/timestamp"], "{wrong}");
    }
}

#[test]
fn a_delivery_takes_a_turn_when_it_says_another_thing_of_a_log() {
    let mut gone = log();
    gone["removed"] = json!(true);
    let mut other = log();
    other["log_index"] = json!(1);
    let said = parse(&message(json!([log(), log(), other, gone, gone, log()]))).unwrap();
    let turns: Vec<(bool, i32)> = said.iter().map(|said| (said.removed, said.turn)).collect();
    assert_eq!(turns, [(false, 1), (false, 1), (false, 1), (true, 2), (true, 2), (false, 3)]);
}

#[test]
fn what_says_something_new_of_its_log_is_told_from_what_repeats() {
    let mut gone = log();
    gone["removed"] = json!(true);
    let logs = parse(&message(json!([log(), log(), gone, log()]))).unwrap();
    let never_said = (0..4).map(|place| (place, Vec::new())).collect();
    assert_eq!(statement::news(&logs, never_said, now()), [true, false, true, true]);
    let said_before = std::collections::BTreeMap::new();
    assert_eq!(statement::news(&logs, said_before, now()), [false; 4]);
}

#[test]
fn what_is_no_json_is_malformed() {
    for body in ["", "{", "[1,]", "{\"type\":1,\"type\":1}", "\u{0}"] {
        assert!(matches!(parse_delivery(body.as_bytes(), now()), Err(Error::Malformed { .. })), "{body}");
    }
    for body in ["1", "null", "\"x\"", "[1]"] {
        assert!(matches!(parse_delivery(body.as_bytes(), now()), Err(Error::Invalid(_))), "{body}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_delivery(&body, now());
    }
}
