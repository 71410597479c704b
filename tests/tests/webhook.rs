//! `POST /v1/webhooks/chain/standard`.

mod chain;

use std::thread;

use chain::{INTAKE, Story, deliver, delivery, message, new_terms, now, random_address, removal, sent};
use fundrail_tests::{
    Environment, Options, Response, Value, assert_problem, json, shared, sign_webhook, signed_webhook, skip,
};

/// A log that nobody has delivered before.
fn new_log() -> Value {
    Story::new(new_terms()).created()
}

/// Whether a log is kept, as a number; `None` where one cannot look.
fn kept(env: &Environment, log: &Value) -> Option<i64> {
    let mut admin = env.control()?.database().admin();
    let (hash, index) = (log["block_hash"].as_str().expect("a hash"), log["log_index"].as_i64());
    let sql = "select count(*) from chain_event where block_hash = $1 and log_index = $2";
    let row = admin.query_one(sql, &[&hash, &index]);
    Some(row.expect("a count").get(0))
}

#[test]
fn a_log_is_accepted_once_and_a_duplicate_from_then_on() {
    let env = shared();
    let body = message(&new_log());
    assert_eq!(chain::counts(&delivery(env, &body).send().expect(202)), (1, 0));
    for _ in 0..2 {
        assert_eq!(chain::counts(&delivery(env, &body).send().expect(202)), (0, 1));
    }
}

#[test]
fn the_same_delivery_by_many_at_once_is_accepted_once() {
    let env = shared();
    let logs: Vec<Value> = (0..5).map(|_| new_log()).collect();
    let body = message(&json!(logs));
    let answers: Vec<Value> = thread::scope(|scope| {
        let senders: Vec<_> =
            (0..16).map(|_| scope.spawn(|| delivery(env, &body).send().expect(202))).collect();
        senders.into_iter().map(|sender| sender.join().expect("no panic")).collect()
    });
    let sum = |field: &str| answers.iter().filter_map(|answer| answer[field].as_i64()).sum::<i64>();
    assert_eq!((sum("accepted"), sum("duplicates")), (5, 75));
}

#[test]
fn lists_of_messages_and_lists_of_logs_are_taken_in() {
    let env = shared();
    let (one, two, three) = (new_log(), new_log(), new_log());
    let messages = json!([message(&one), message(&json!([two, three, one]))]);
    assert_eq!(chain::counts(&delivery(env, &messages).send().expect(202)), (3, 1));
    let logs = message(&json!([one, two, new_log()]));
    assert_eq!(chain::counts(&delivery(env, &logs).send().expect(202)), (1, 2));
}

#[test]
fn a_removal_is_a_delivery_of_its_own_and_so_is_the_return_of_the_log() {
    let env = shared();
    let log = new_log();
    for _ in 0..3 {
        for said in [&log, &removal(&log)] {
            let id = format!("msg_{}", chain::random());
            for (accepted, duplicates) in [(1, 0), (0, 1)] {
                let answer = sent(env, &id, now(), &message(said)).send().expect(202);
                assert_eq!(chain::counts(&answer), (accepted, duplicates));
            }
        }
    }
    let unknown = new_log();
    deliver(env, &removal(&unknown));
    deliver(env, &unknown);
}

#[test]
fn the_answer_says_what_became_of_each_log() {
    let env = shared();
    let (one, two) = (new_log(), new_log());
    let ping = json!({"type": "ping", "data": {"at": "the door"}});
    let body = json!([message(&one), ping, message(&json!([two, one, removal(&two)]))]);
    let answer = delivery(env, &body).send().expect(202);
    let expected = json!({"accepted": 3, "duplicates": 1, "ignored": 1, "results": [
        {"pointer": "/0/data", "result": "accepted"},
        {"pointer": "/2/data/0", "result": "accepted"},
        {"pointer": "/2/data/1", "result": "duplicate"},
        {"pointer": "/2/data/2", "result": "accepted"},
        {"pointer": "/1", "result": "ignored"},
    ]});
    assert_eq!(answer, expected);
}

#[test]
fn fields_and_types_that_we_do_not_know_are_passed_over() {
    let env = shared();
    let mut log = new_log();
    log["block_timestamp"] = json!("0x65");
    log["l1"] = json!({"batch": [1, 2]});
    let mut body = message(&log);
    body["event_version"] = json!(2);
    assert_eq!(chain::counts(&delivery(env, &body).send().expect(202)), (1, 0));
    let other = json!({"type": "chain.block", "data": {"number": "0x1"}, "timestamp": 7});
    for (body, pointer) in [(other.clone(), ""), (json!([other]), "/0")] {
        let answer = delivery(env, &body).send().expect(202);
        let results = json!([{"pointer": pointer, "result": "ignored"}]);
        assert_eq!(answer, json!({"accepted": 0, "duplicates": 0, "ignored": 1, "results": results}));
    }
}

#[test]
fn a_log_that_contradicts_a_known_one_is_refused_by_name_and_kept_as_evidence() {
    let env = shared();
    let (log, good) = (new_log(), new_log());
    deliver(env, &log);
    let mut others: Vec<Value> = Vec::new();
    for (field, value) in [
        ("data", json!("0x01")),
        ("topics", json!([])),
        ("address", json!(chain::lower(random_address()))),
        ("transaction_hash", json!(chain::random().to_string())),
        ("block_number", json!(55)),
    ] {
        let mut other = log.clone();
        other[field] = value;
        others.push(other);
    }
    let mut elsewhere = new_log();
    elsewhere["block_hash"] = log["block_hash"].clone();
    elsewhere["block_number"] = json!(56);
    others.push(elsewhere);
    for other in &others {
        for other in [other, &removal(other)] {
            let body = json!([message(&good), message(&json!([log, other]))]);
            assert_problem(&delivery(env, &body).send(), 409, "log_contradicts", &["/1/data/1"]);
        }
    }
    // Two in one delivery, of which neither is known.
    let mut twin = good.clone();
    twin["data"] = json!("0x02");
    let both = delivery(env, &message(&json!([good, twin]))).send();
    assert_problem(&both, 409, "log_contradicts", &["/data/1"]);
    assert_eq!(chain::counts(&delivery(env, &message(&log)).send().expect(202)), (0, 1), "the same is none");
    let (Some(kept), Some(control)) = (kept(env, &good), env.control()) else {
        return skip("it looks into the database");
    };
    assert_eq!(kept, 0, "nothing of such a delivery is taken in");
    let sql = "select count(*) from chain_event_contradiction where block_hash = $1 and log_index = $2";
    let (hash, index) = (log["block_hash"].as_str().expect("a hash"), log["log_index"].as_i64());
    let evidence = control.database().admin().query_one(sql, &[&hash, &index]).expect("a count");
    assert_eq!(evidence.get::<_, i64>(0), 5, "each once, however often it was sent");
    fundrail_tests::wait_until("the log says so", || {
        control.host().log().contains("a log contradicts a known one and was refused")
    });
}

#[test]
fn of_logs_that_contradict_each_other_and_come_at_once_one_is_taken_in_and_the_others_are_refused_by_name() {
    let env = shared();
    let log = new_log();
    let contents: Vec<Value> =
        (0..8).map(|number| varied(&log, "data", json!(format!("0x0{number}")))).collect();
    let block = json!(chain::random().to_string());
    let heights: Vec<Value> = (0..8)
        .map(|number| {
            varied(&varied(&new_log(), "block_hash", block.clone()), "block_number", json!(300 + number))
        })
        .collect();
    for logs in [contents, heights] {
        let statuses = || -> Vec<u16> {
            thread::scope(|scope| {
                let senders: Vec<_> =
                    logs.iter().map(|log| scope.spawn(|| delivery(env, &message(log)).send())).collect();
                let answers = senders.into_iter().map(|sender| sender.join().expect("no panic"));
                answers.map(|answer| answer.status).collect()
            })
        };
        let first = statuses();
        assert_eq!(first.iter().filter(|status| **status == 202).count(), 1, "{first:?}");
        assert_eq!(first.iter().filter(|status| **status == 409).count(), 7, "{first:?}");
        // And what was taken in stays right.
        assert_eq!(statuses(), first);
    }
}

fn varied(log: &Value, field: &str, value: Value) -> Value {
    let mut other = log.clone();
    other[field] = value;
    other
}

#[test]
fn a_log_of_an_unknown_contract_is_kept() {
    let env = shared();
    let mut log = new_log();
    log["address"] = json!(chain::lower(random_address()));
    deliver(env, &log);
    let Some(kept) = kept(env, &log) else { return skip("it looks into the database") };
    assert_eq!(kept, 1);
}

/// A delivery of bytes with these headers.
#[track_caller]
fn with_headers(env: &Environment, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let request = env.post(INTAKE);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body("application/json", body).send()
}

#[test]
fn a_delivery_without_a_right_signature_is_told_what_is_wrong_and_nothing_is_written() {
    let env = shared();
    let log = new_log();
    let body = message(&log).to_string();
    let (body, secret) = (body.as_bytes(), env.webhook_secret());
    let signed = |secret: &str, time: u64, body: &[u8]| sign_webhook(secret, "msg_1", time, body);
    let send = |id: Option<&str>, time: Option<&str>, signature: Option<&str>| {
        let headers = [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)];
        let given: Vec<_> = headers.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        with_headers(env, &given, body)
    };
    let now = now();
    let right = signed(secret, now, body);
    let other_secret = signed("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now, body);
    let other_body = signed(secret, now, b"{}");
    let (old_right, early_right) = (signed(secret, now - 400, body), signed(secret, now + 400, body));
    let [time, next, old, early] = [now, now + 1, now - 400, now + 400].map(|time| time.to_string());
    let (id, time, too_long) = (Some("msg_1"), Some(time.as_str()), "a".repeat(257));
    let unmatched = "no signature in webhook-signature matches this message";
    let unformed = "the header webhook-signature has no signature of the form v1,<base64>";
    let off = "the webhook-timestamp is more than five minutes off";
    let odd_time = "the header webhook-timestamp must be a Unix time in seconds, consisting of digits only";
    let odd_id = "the header webhook-id must be 1 to 256 bytes long";
    for (response, detail) in [
        (send(None, None, None), "the header webhook-id is missing"),
        (send(id, time, None), "the header webhook-signature is missing"),
        (send(id, None, Some(&right)), "the header webhook-timestamp is missing"),
        (send(None, time, Some(&right)), "the header webhook-id is missing"),
        (send(Some(&too_long), time, Some(&right)), odd_id),
        (send(id, Some("now"), Some(&right)), odd_time),
        (send(id, Some("-1"), Some(&right)), odd_time),
        (send(Some("msg_2"), time, Some(&right)), unmatched),
        (send(id, Some(&next), Some(&right)), unmatched),
        (send(id, time, Some(right.trim_start_matches("v1,"))), unformed),
        (send(id, time, Some("v2,AAAA")), unformed),
        (send(id, time, Some(&other_secret)), unmatched),
        (send(id, time, Some(&other_body)), unmatched),
        (send(id, Some(&old), Some(&old_right)), off),
        (send(id, Some(&early), Some(&early_right)), off),
    ] {
        assert_problem(&response, 401, "unauthenticated", &[]);
        assert_eq!(response.json()["detail"], detail);
        let text = response.text();
        assert!(!text.contains(right.trim_start_matches("v1,")) && !text.contains("whsec_"), "{text}");
    }
    if let Some(kept) = kept(env, &log) {
        assert_eq!(kept, 0);
    }
    let rotated = format!("{other_secret} {right}");
    assert_eq!(send(id, time, Some(&rotated)).expect(202)["accepted"], 1);
}

#[test]
fn signatures_may_stand_in_two_headers_but_an_id_or_a_time_only_in_one() {
    let env = shared();
    let (log, now) = (new_log(), now());
    let body = message(&log).to_string();
    let right = sign_webhook(env.webhook_secret(), "msg_1", now, body.as_bytes());
    let time = now.to_string();
    let (id, time, signature) =
        (("webhook-id", "msg_1"), ("webhook-timestamp", &*time), ("webhook-signature", &*right));
    for (twice, detail) in [
        (id, "the header webhook-id is duplicated"),
        (("webhook-id", "msg_2"), "the header webhook-id is duplicated"),
        (time, "the header webhook-timestamp is duplicated"),
    ] {
        let response = with_headers(env, &[id, time, signature, twice], body.as_bytes());
        assert_problem(&response, 401, "unauthenticated", &[]);
        assert_eq!(response.json()["detail"], detail);
    }
    let other = ("webhook-signature", "v1,AAAA");
    let refused = with_headers(env, &[id, time, other, other], body.as_bytes());
    assert_problem(&refused, 401, "unauthenticated", &[]);
    let taken = with_headers(env, &[id, time, other, signature], body.as_bytes());
    assert_eq!(taken.expect(202)["accepted"], 1);
}

#[test]
fn while_a_secret_is_rotated_both_verify() {
    let old = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk";
    let new = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3";
    let variables = vec![("webhook_secrets", format!("{new},{old}"))];
    let Some(env) = Environment::start(&Options { variables, ..Options::default() }) else {
        return skip("it sets secrets of its own");
    };
    for secret in [old, new] {
        let body = message(&new_log()).to_string();
        let (time, signature) = (now(), sign_webhook(secret, "msg_1", now(), body.as_bytes()));
        let request = env.post(INTAKE).header("webhook-id", "msg_1");
        let request = request.header("webhook-timestamp", &time.to_string());
        let request = request.header("webhook-signature", &signature);
        request.body("application/json", body.as_bytes()).send().expect(202);
    }
}

#[test]
fn every_wrong_field_is_named_and_nothing_of_the_delivery_is_written() {
    let env = shared();
    let (good, mut bad) = (new_log(), new_log());
    bad["chain_id"] = json!("31337");
    bad["block_hash"] = json!("0x12");
    bad["topics"] = json!(["0x", 1]);
    bad.as_object_mut().expect("an object").remove("removed");
    let body = json!([message(&good), message(&bad)]);
    let pointers =
        ["/1/data/chain_id", "/1/data/block_hash", "/1/data/topics/0", "/1/data/topics/1", "/1/data/removed"];
    assert_problem(&delivery(env, &body).send(), 422, "invalid_fields", &pointers);
    assert_problem(
        &delivery(env, &json!({"type": 7, "data": good, "timestamp": "2999-01-01T00:00:00Z"})).send(),
        422,
        "invalid_fields",
        &["/type", "/timestamp"],
    );
    for (body, pointer) in [(json!([]), ""), (json!(7), ""), (message(&json!([])), "/data")] {
        assert_problem(&delivery(env, &body).send(), 422, "invalid_fields", &[pointer]);
    }
    if let Some(kept) = kept(env, &good) {
        assert_eq!(kept, 0);
    }
}

#[test]
fn a_number_that_json_cannot_hold_exactly_is_named() {
    let env = shared();
    for field in ["block_number", "log_index", "chain_id"] {
        for number in [9_007_199_254_740_992_i64, i64::MAX] {
            let mut log = new_log();
            log[field] = json!(number);
            let pointer = format!("/data/{field}");
            assert_problem(&delivery(env, &message(&log)).send(), 422, "invalid_fields", &[&pointer]);
        }
    }
}

#[test]
fn a_chain_that_is_not_listened_to_is_named_and_nothing_of_the_delivery_is_written() {
    let env = shared();
    let (good, mut bad) = (new_log(), new_log());
    bad["chain_id"] = json!(999_999_999);
    let body = json!([message(&json!([good, bad])), message(&bad)]);
    let pointers = ["/0/data/1/chain_id", "/1/data/chain_id"];
    assert_problem(&delivery(env, &body).send(), 422, "invalid_fields", &pointers);
    if let Some(kept) = kept(env, &good) {
        assert_eq!(kept, 0);
    }
}

#[test]
fn what_is_no_json_is_malformed_and_what_is_too_large_is_refused() {
    let env = shared();
    for body in ["", "{", "{\"type\":1,\"type\":2}", "\u{0}"] {
        let response = signed_webhook(env, INTAKE, body.as_bytes()).send();
        assert_problem(&response, 400, "malformed_json", &[]);
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_problem(&signed_webhook(env, INTAKE, &large).send(), 413, "payload_too_large", &[]);
}

#[test]
fn a_body_of_nothing_but_mistakes_is_refused_in_one_short_answer() {
    let env = shared();
    let many = |entry: &str, count: usize| vec![entry; count].join(",");
    let log = new_log();
    for (body, pointer) in [
        (format!("[{}]", many("{}", 349_000)), ""),
        (format!("[{}]", many("0", 520_000)), ""),
        (message(&json!([])).to_string().replace("[]", &format!("[{}]", many("{}", 349_000))), "/data"),
        (message(&json!(vec![&log; 1001])).to_string(), "/data"),
        (json!([message(&json!(vec![&log; 1000])), message(&log)]).to_string(), "/1/data"),
    ] {
        assert!(body.len() <= 1024 * 1024, "{}", body.len());
        assert_problem(
            &signed_webhook(env, INTAKE, body.as_bytes()).send(),
            422,
            "invalid_fields",
            &[pointer],
        );
    }
    let mistakes = signed_webhook(env, INTAKE, format!("[{}]", many("0", 1000)).as_bytes()).send();
    assert_eq!(mistakes.status, 422, "{}", mistakes.describe());
    assert_eq!(mistakes.json()["errors"].as_array().map(Vec::len), Some(100));
    if let Some(kept) = kept(env, &log) {
        assert_eq!(kept, 0);
    }
}

#[test]
fn only_post_is_answered_and_only_for_known_providers() {
    let env = shared();
    assert_problem(&env.get(INTAKE).send(), 405, "method_not_allowed", &[]);
    let other = signed_webhook(env, "/v1/webhooks/chain/other", b"{}").send();
    assert_problem(&other, 404, "not_found", &[]);
}

/// The inputs of a corpus of the fuzz targets.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fundrail_tests::workspace().join("infra/fuzz/fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("an input")))
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 5, "the corpus of {target} has only {} inputs", inputs.len());
    inputs
}

#[test]
fn no_body_of_the_fuzz_corpus_breaks_the_component() {
    let env = shared();
    for (path, body) in corpus("webhook_body") {
        let response = signed_webhook(env, INTAKE, &body).send();
        let expected = match fundrail_domain::chain::parse_delivery(&body, chrono::Utc::now()) {
            // On 32 bits as on 64: what is read natively is accepted, but for chains that are not listened to, and for logs that
            // contradict those of another input.
            Ok(read) if read.logs.iter().all(|delivered| delivered.log.key.chain_id == chain::LOCAL) => {
                [202, 409]
            }
            Ok(_) | Err(fundrail_domain::Error::Invalid(_)) => [422; 2],
            Err(_) => [400; 2],
        };
        assert!(expected.contains(&response.status), "{path}: {}", response.describe());
    }
}

#[test]
fn no_log_of_the_fuzz_corpus_breaks_the_worker() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let buyer = chain::holder_of(env, story.terms.buyer);
    deliver(env, &story.created());
    let logs: Vec<Value> = corpus("event_log").iter().map(|(_, input)| fuzzed(&mut story, input)).collect();
    let answer = delivery(env, &message(&json!(logs))).send().expect(202);
    assert_eq!(answer["accepted"], logs.len());
    // Whatever they did to the escrow: the worker has come to the end of them, and goes on.
    deliver(env, &story.funded(1));
    let timeline = format!("{}/timeline?limit=100", story.path());
    fundrail_tests::wait_until("the last log is applied", || {
        let page = env.get(&timeline).token(&buyer).send();
        let events =
            (page.status == 200).then(|| page.json()["data"].as_array().cloned().unwrap_or_default());
        events.and_then(|events| events.last().map(|event| event["block_number"] == story.height()))
            == Some(true)
    });
}

/// The log that an input stands for: the first byte chooses the event, the second how many topics follow.
fn fuzzed(story: &mut Story, input: &[u8]) -> Value {
    use fundrail_domain::escrow::Event;
    let (party, amount, reason) = (chain::Address::ZERO, chain::U256::ZERO, chain::B256::ZERO);
    let events = [
        Event::Created(story.terms),
        Event::Funded { from: party, amount },
        Event::Released { to: party, amount },
        Event::Refunded { to: party, amount },
        Event::Expired,
        Event::Disputed { by: party, reason },
        Event::Resolved { to_seller: amount, to_buyer: amount },
    ];
    let choice = input.first().map_or(0, |first| usize::from(*first));
    let mut log = story.log(events.get(choice).unwrap_or(&Event::Expired));
    let mut rest = input.get(2..).unwrap_or_default();
    let mut topics: Vec<Value> = log["topics"].as_array().expect("a list").iter().take(1).cloned().collect();
    for _ in 0..input.get(1).map_or(0, |count| (*count).min(3)) {
        let Some((topic, left)) = rest.split_first_chunk::<32>() else { break };
        topics.push(json!(chain::B256::from(*topic).to_string()));
        rest = left;
    }
    log["topics"] = json!(topics);
    log["data"] = json!(alloy_primitives::hex::encode_prefixed(rest));
    log
}
