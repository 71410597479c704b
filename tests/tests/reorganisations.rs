//! What is taken back because its block is no longer part of the chain, and what comes back.

mod chain;

use std::thread;

use chain::{
    Story, balance, deliver, delivery, entries, escrow_when, holder_of, in_state, made, message, new_terms,
    now, removal, sent,
};
use fundrail_tests::{Value, json, shared, skip};

#[test]
fn a_block_that_disappears_takes_its_effect_back_by_reversal() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let funded = story.funded(1000);
    deliver(env, &funded);
    escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    let before = entries(env, &story, &buyer);
    deliver(env, &removal(&funded));
    let taken_back = escrow_when(env, &story.path(), &buyer, "it is created again", in_state("created"));
    assert_eq!((&taken_back["funded"], &taken_back["balance"]), (&json!("0"), &json!("0")));
    let after = entries(env, &story, &buyer);
    assert_eq!(after[..2], before[..], "what was written stays as it was");
    assert_eq!((after.len(), balance(&after, "escrow"), balance(&after, "buyer")), (4, 0, 0));
    assert_eq!(after[2]["reverses"], after[0]["id"]);
    let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
    assert_eq!(timeline["data"][1]["outcome"], "removed");

    // The same transaction in another block.
    deliver(env, &story.funded(1000));
    escrow_when(env, &story.path(), &buyer, "it is funded again", in_state("funded"));
    assert_eq!(balance(&entries(env, &story, &buyer), "escrow"), 1000);
}

#[test]
fn a_block_that_comes_back_counts_again_by_new_rows_of_the_ledger() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let buyer = holder_of(env, story.terms.buyer);
    let logs = json!([story.created(), story.funded(1000)]);
    delivery(env, &message(&logs)).send().expect(202);
    let escrow = escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    let taken_back = json!([removal(&logs[0]), removal(&logs[1])]);
    for round in 1..=2 {
        let answer = delivery(env, &message(&taken_back)).send().expect(202);
        assert_eq!(chain::counts(&answer), (2, 0));
        fundrail_tests::wait_until("it is gone", || {
            env.get(&story.path()).token(&buyer).send().status == 404
        });
        let answer = delivery(env, &message(&logs)).send().expect(202);
        assert_eq!(chain::counts(&answer), (2, 0));
        let back = escrow_when(env, &story.path(), &buyer, "it is funded again", in_state("funded"));
        assert_eq!(
            (&back["id"], &back["balance"], &back["anomalies"]),
            (&escrow["id"], &json!("1000"), &json!(0))
        );
        let entries = entries(env, &story, &buyer);
        assert_eq!(
            entries.len(),
            2 + 4 * round,
            "two rows, and in each round two that reverse and two that renew"
        );
        assert_eq!((balance(&entries, "escrow"), balance(&entries, "buyer")), (1000, -1000));
    }
}

#[test]
fn an_escrow_whose_making_is_taken_back_is_not_found_until_it_is_made_again() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let buyer = holder_of(env, story.terms.buyer);
    let first = story.created();
    deliver(env, &first);
    let escrow = escrow_when(env, &story.path(), &buyer, "it appears", |_| true);
    deliver(env, &removal(&first));
    fundrail_tests::wait_until("it is gone", || env.get(&story.path()).token(&buyer).send().status == 404);
    deliver(env, &story.created());
    let again = escrow_when(env, &story.path(), &buyer, "it is back", |_| true);
    assert_eq!((&again["id"], &again["created_block"]), (&escrow["id"], &json!(102)));
}

#[test]
fn a_removal_that_overtakes_its_log_takes_it_back_and_only_a_further_inclusion_brings_it_back() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let (funded, beside) = (story.funded(1000), story.funded(5));
    deliver(env, &removal(&funded));
    deliver(env, &funded);
    deliver(env, &beside);
    let escrow = escrow_when(env, &story.path(), &buyer, "5 are in", |escrow| escrow["funded"] != "0");
    assert_eq!(escrow["funded"], "5");
    deliver(env, &funded);
    escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
}

/// What messages say of a log, in the order of their events, and whether it is there in the end.
const HISTORIES: [(&[bool], bool); 4] = [
    (&[true], true),
    (&[true, false], false),
    (&[true, false, true], true),
    (&[true, false, true, false], false),
];

/// Every order in which that many messages can arrive.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(count - 1) {
        for place in 0..count {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn any_order_of_arrival_any_repetition_and_any_clock_of_an_attempt_end_in_one_state() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let mut expected = 0;
    let mut amount = 1;
    for (history, there) in HISTORIES {
        for named in [true, false] {
            for (number, order) in orders(history.len()).into_iter().enumerate() {
                let log = story.funded(amount);
                expected += if there { amount } else { 0 };
                amount += 1;
                let messages: Vec<(String, Value)> = (0..)
                    .zip(history)
                    .map(|(place, included)| {
                        let data = if *included { log.clone() } else { removal(&log) };
                        // Events of one second, as a reorganisation brings them.
                        let body =
                            if named { chain::timed(&data, -2000 + 250 * place) } else { message(&data) };
                        (format!("msg_{}", chain::random()), body)
                    })
                    .collect();
                for (attempt, index) in order.iter().chain(&order[..number % (order.len() + 1)]).enumerate() {
                    let (id, body) = &messages[*index];
                    // The clock of an attempt runs against the order of events.
                    let at = now() + 60 - 7 * (*index as u64) - attempt as u64;
                    sent(env, id, at, body).send().expect(202);
                }
            }
        }
    }
    deliver(env, &story.funded(1_000_000));
    let all = (expected + 1_000_000).to_string();
    let escrow = escrow_when(env, &story.path(), &buyer, "the last is in", |escrow| {
        escrow["funded"].as_str().is_some_and(|funded| funded.len() >= 7)
    });
    assert_eq!((&escrow["funded"], &escrow["anomalies"]), (&json!(all), &json!(0)));
}

#[test]
fn a_retried_inclusion_does_not_overtake_the_removal_that_followed_it_nor_a_retried_removal_the_return() {
    let env = shared();
    for named in [true, false] {
        let (mut story, buyer, _) = made(env);
        let (gone, back) = (story.funded(7), story.funded(40));
        let body = |data: &Value, millis| if named { chain::timed(data, millis) } else { message(data) };
        let ids: Vec<String> = (0..3).map(|_| format!("msg_{}", chain::random())).collect();
        let said = [
            body(&json!([gone, back]), -30_000),
            body(&json!([removal(&gone), removal(&back)]), -20_000),
            body(&back, -10_000),
        ];
        for (index, at) in [(0, 3), (1, 2), (2, 1), (1, 20), (0, 30)] {
            sent(env, &ids[index], now() + at, &said[index]).send().expect(202);
        }
        deliver(env, &story.funded(500));
        let escrow = escrow_when(env, &story.path(), &buyer, "500 are in", |escrow| {
            escrow["funded"].as_str().is_some_and(|funded| funded.len() == 3)
        });
        assert_eq!(escrow["funded"], "540", "with times: {named}");
    }
}

#[test]
fn of_two_blocks_of_one_height_the_one_said_last_counts_and_nothing_is_final_until_the_other_is_removed() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let mut story = Story::new(new_terms());
    story.chain_id = chain::new_chain(control);
    let buyer = env.institution();
    chain::register_wallet(env, &buyer, story.terms.buyer, story.chain_id);
    deliver(env, &story.created());
    let right = story.funded(600);
    let mut wrong = chain::in_block(&story.funded(600), chain::B256::repeat_byte(0xff));
    wrong["block_number"] = right["block_number"].clone();
    // Said first, though it arrives last and has the greater hash.
    delivery(env, &chain::timed(&right, -1000)).send().expect(202);
    delivery(env, &chain::timed(&wrong, -2000)).send().expect(202);
    for _ in 0..4 {
        deliver(env, &story.funded(1));
    }
    let escrow = escrow_when(env, &story.path(), &buyer, "4 more are in", |escrow| escrow["funded"] == "604");
    assert_eq!((&escrow["state"], &escrow["contradicted"]), (&json!("created"), &json!(true)));
    assert_eq!((&escrow["final"], &escrow["anomalies"]), (&json!(false), &json!(1)));
    let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
    let events = timeline["data"].as_array().expect("a list");
    assert!(events.iter().all(|event| event["final"] == false), "nothing is: {timeline}");
    let superseded: Vec<&Value> = events.iter().filter(|event| event["detail"] == "superseded").collect();
    assert_eq!(superseded.len(), 1);
    assert_eq!(superseded[0]["block_hash"], wrong["block_hash"]);

    deliver(env, &removal(&wrong));
    let settled =
        escrow_when(env, &story.path(), &buyer, "it is settled", |escrow| escrow["contradicted"] == false);
    assert_eq!((&settled["funded"], &settled["anomalies"]), (&json!("604"), &json!(0)));
    let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
    assert_eq!(timeline["data"][0]["final"], true);
}

#[test]
fn a_transaction_in_two_blocks_counts_in_the_one_said_last_whatever_their_hashes() {
    let env = shared();
    for (first, second) in [(0xfe, 0x01), (0x01, 0xfe)] {
        let (mut story, buyer, _) = made(env);
        let log = story.funded(1000);
        let blocks = [first, second].map(|byte| {
            let mut hash = chain::random();
            hash[0] = byte;
            chain::in_block(&log, hash)
        });
        for block in &blocks {
            deliver(env, block);
        }
        deliver(env, &story.funded(1));
        let escrow =
            escrow_when(env, &story.path(), &buyer, "1001 are in", |escrow| escrow["funded"] == "1001");
        assert_eq!((&escrow["final"], &escrow["contradicted"]), (&json!(false), &json!(true)));
        let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
        let events = timeline["data"].as_array().expect("a list");
        let superseded = events.iter().find(|event| event["detail"] == "superseded").expect("an anomaly");
        assert_eq!(superseded["block_hash"], blocks[0]["block_hash"]);
        deliver(env, &removal(&blocks[0]));
    }
}

#[test]
fn a_block_that_others_contradict_makes_an_escrow_final_no_more() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let buyer = env.institution();
    let [mut one, mut other] = [(), ()].map(|()| Story { chain_id, ..Story::new(new_terms()) });
    chain::register_wallet(env, &buyer, one.terms.buyer, chain_id);
    deliver(env, &one.created());
    let rival = chain::in_block(&other.created(), chain::random());
    for _ in 0..3 {
        deliver(env, &other.funded(1));
    }
    deliver(env, &rival);
    let escrow =
        escrow_when(env, &one.path(), &buyer, "it is contradicted", |escrow| escrow["contradicted"] == true);
    assert_eq!((&escrow["state"], &escrow["final"]), (&json!("created"), &json!(false)));
    deliver(env, &removal(&rival));
    deliver(env, &chain::in_block(&rival, chain::block_hash(chain_id, 101)));
    let settled = escrow_when(env, &one.path(), &buyer, "it is final", |escrow| escrow["final"] == true);
    assert_eq!(settled["contradicted"], false);
}

#[test]
fn of_two_blocks_of_one_height_and_one_moment_the_same_one_counts_whichever_arrives_first() {
    let env = shared();
    let seen: Vec<Value> = [[0, 1], [1, 0]]
        .into_iter()
        .map(|order| {
            let (mut story, buyer, _) = made(env);
            let log = story.funded(600);
            let moment = chain::timed(&log, -1000)["timestamp"].clone();
            let rivals = [(0x01, 600), (0xfe, 700)].map(|(byte, amount)| {
                let mut hash = chain::random();
                hash[0] = byte;
                let mut rival = chain::in_block(&story.funded(amount), hash);
                rival["block_number"] = log["block_number"].clone();
                json!({ "type": "chain.log", "timestamp": moment, "data": rival })
            });
            for place in order {
                delivery(env, &rivals[place]).send().expect(202);
            }
            deliver(env, &story.funded(1));
            let escrow = escrow_when(env, &story.path(), &buyer, "the last is in", |escrow| {
                escrow["funded"].as_str().is_some_and(|funded| funded.ends_with('1'))
            });
            let shown =
                json!([escrow["funded"], escrow["anomalies"], escrow["contradicted"], escrow["final"]]);
            for rival in &rivals {
                deliver(env, &removal(&rival["data"]));
            }
            shown
        })
        .collect();
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], json!(["701", 1, true, false]), "the greater hash, and nothing is final");
}

#[test]
fn a_block_of_which_one_log_is_removed_counts_with_none_and_the_other_order_ends_alike() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    for order in [[0, 1], [1, 0]] {
        let mut story = Story { chain_id: chain::new_chain(control), ..Story::new(new_terms()) };
        let buyer = env.institution();
        chain::register_wallet(env, &buyer, story.terms.buyer, story.chain_id);
        deliver(env, &story.created());
        let one = story.funded(10);
        let mut other = chain::in_block(&story.funded(20), chain::random());
        other["block_number"] = one["block_number"].clone();
        let block = other["block_hash"].as_str().and_then(|hash| hash.parse().ok()).expect("a hash");
        let logs = [chain::in_block(&one, block), other];
        delivery(env, &message(&json!(logs))).send().expect(202);
        escrow_when(env, &story.path(), &buyer, "both are in", |escrow| escrow["funded"] == "30");
        deliver(env, &removal(&logs[order[0]]));
        let half = escrow_when(env, &story.path(), &buyer, "none is in", |escrow| escrow["funded"] == "0");
        assert_eq!(
            json!([half["contradicted"], half["final"], half["anomalies"], half["balance"]]),
            json!([true, false, 1, "0"])
        );
        assert_eq!(balance(&entries(env, &story, &buyer), "escrow"), 0);
        let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
        let events = timeline["data"].as_array().expect("a list");
        let details: Vec<&Value> = events.iter().map(|event| &event["detail"]).collect();
        assert!(
            details.contains(&&json!("block_removed")) && details.contains(&&json!("removed")),
            "{timeline}"
        );
        deliver(env, &removal(&logs[order[1]]));
        let gone =
            escrow_when(env, &story.path(), &buyer, "all is said", |escrow| escrow["contradicted"] == false);
        assert_eq!((&gone["funded"], &gone["anomalies"]), (&json!("0"), &json!(0)));
    }
}

#[test]
fn a_block_that_one_escrow_has_lost_is_final_for_no_other() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let buyer = env.institution();
    let [mut one, mut other, mut later] =
        [(), (), ()].map(|()| Story { chain_id, ..Story::new(new_terms()) });
    chain::register_wallet(env, &buyer, one.terms.buyer, chain_id);
    let (made, beside) = (one.created(), other.created());
    assert_eq!(made["block_hash"], beside["block_hash"]);
    delivery(env, &message(&json!([made, beside]))).send().expect(202);
    deliver(env, &later.created());
    for _ in 0..3 {
        deliver(env, &later.funded(1));
    }
    escrow_when(env, &one.path(), &buyer, "it is final", |escrow| escrow["final"] == true);
    deliver(env, &removal(&beside));
    let half =
        escrow_when(env, &one.path(), &buyer, "it is contradicted", |escrow| escrow["contradicted"] == true);
    assert_eq!(half["final"], false);
    deliver(env, &beside);
    escrow_when(env, &one.path(), &buyer, "the block is back", |escrow| escrow["final"] == true);
}

#[test]
fn changes_are_followed_in_the_order_in_which_they_were_recorded() {
    let env = shared();
    let (mut story, buyer, escrow) = made(env);
    let (early, late) = (story.funded(400), story.funded(600));
    let path = format!("/v1/escrows/changes?escrow_id={}", escrow["id"].as_str().expect("an id"));
    let seen = |after: i64| {
        let page = env.get(&format!("{path}&starting_after={after}")).token(&buyer).send().expect(200);
        page["data"].as_array().expect("a list").clone()
    };
    deliver(env, &late);
    escrow_when(env, &story.path(), &buyer, "600 are in", |escrow| escrow["funded"] == "600");
    let position = seen(0).last().and_then(|change| change["position"].as_i64()).expect("a change");
    // Sorted into the timeline before what has been seen; here it comes after.
    deliver(env, &early);
    escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    deliver(env, &removal(&late));
    escrow_when(env, &story.path(), &buyer, "600 are gone", |escrow| escrow["funded"] == "400");
    let news: Vec<(Value, Value)> =
        seen(position).iter().map(|change| (change["outcome"].clone(), change["detail"].clone())).collect();
    let expected = [("applied", "created"), ("applied", "funded"), ("removed", "removed")]
        .map(|(outcome, detail)| (json!(outcome), json!(detail)));
    assert_eq!(news, expected);
    let stranger = env.institution();
    let none = env.get(&path).token(&stranger).send().expect(200);
    assert_eq!(none["data"], json!([]));
    let wrong = env.get("/v1/escrows/changes?starting_after=-1&escrow_id=x&y=1").token(&buyer).send();
    fundrail_tests::assert_problem(&wrong, 422, "invalid_fields", &["/escrow_id", "/starting_after", "/y"]);
    fundrail_tests::assert_problem(&env.get("/v1/escrows/changes").send(), 401, "unauthenticated", &[]);
}

#[test]
fn a_redelivered_message_does_not_bring_back_what_was_taken_back() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let (funded, now, id) = (story.funded(7), now(), format!("msg_{}", chain::random()));
    sent(env, &id, now - 20, &message(&funded)).send().expect(202);
    escrow_when(env, &story.path(), &buyer, "7 are in", |escrow| escrow["funded"] == "7");
    deliver(env, &removal(&funded));
    let again = sent(env, &id, now, &message(&funded)).send().expect(202);
    assert_eq!(chain::counts(&again), (0, 1));
    deliver(env, &story.funded(500));
    escrow_when(env, &story.path(), &buyer, "only 500 are in", |escrow| escrow["funded"] == "500");
}

#[test]
fn of_what_one_delivery_says_of_a_log_the_last_holds() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let (out, back) = (story.funded(7), story.funded(40));
    let said = json!([out, back, removal(&back), removal(&out), back, back]);
    let answer = delivery(env, &message(&said)).send().expect(202);
    assert_eq!(chain::counts(&answer), (5, 1));
    escrow_when(env, &story.path(), &buyer, "40 are in", |escrow| escrow["funded"] == "40");
}

#[test]
fn a_message_says_a_thing_once_however_often_it_is_delivered() {
    let env = shared();
    let (log, now, unique) = (Story::new(new_terms()).created(), now(), chain::random());
    let [first, second, third] = ["first", "second", "third"].map(|name| format!("{name}-{unique}"));
    let (included, gone) = (message(&log), message(&removal(&log)));
    for (id, at, body, accepted) in [
        (&first, now - 9, &included, 1),
        (&first, now - 8, &included, 0),
        (&second, now - 7, &gone, 1),
        (&first, now - 6, &included, 0),
        (&second, now - 5, &gone, 0),
        (&third, now - 4, &included, 1),
        (&second, now - 3, &gone, 0),
        (&third, now - 2, &included, 0),
    ] {
        let answer = sent(env, id, at, body).send().expect(202);
        assert_eq!(chain::counts(&answer), (accepted, 1 - accepted), "{id} at {at}");
    }
}

#[test]
fn the_same_removal_by_many_at_once_is_accepted_once() {
    let env = shared();
    let log = Story::new(new_terms()).created();
    deliver(env, &log);
    for said in [removal(&log), log] {
        let body = message(&json!([said, said]));
        let answers: Vec<Value> = thread::scope(|scope| {
            let senders: Vec<_> =
                (0..8).map(|_| scope.spawn(|| delivery(env, &body).send().expect(202))).collect();
            senders.into_iter().map(|sender| sender.join().expect("no panic")).collect()
        });
        let sum = |field: &str| answers.iter().filter_map(|answer| answer[field].as_i64()).sum::<i64>();
        assert_eq!((sum("accepted"), sum("duplicates")), (1, 15));
    }
}
