//! What is taken back because its block is no longer part of the chain, and what comes back.

mod chain;

use std::thread;

use chain::{
    Story, balance, deliver, delivery, entries, escrow_when, holder_of, in_state, made, message, new_terms,
    now, removal, sent,
};
use fundrail_tests::{Value, json, shared};

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
        assert_eq!(answer, json!({"accepted": 2, "duplicates": 0}));
        fundrail_tests::wait_until("it is gone", || {
            env.get(&story.path()).token(&buyer).send().status == 404
        });
        let answer = delivery(env, &message(&logs)).send().expect(202);
        assert_eq!(answer, json!({"accepted": 2, "duplicates": 0}));
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
fn a_removal_that_arrives_before_its_log_is_cancelled_by_it() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let funded = story.funded(1000);
    deliver(env, &removal(&funded));
    deliver(env, &funded);
    escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
}

#[test]
fn messages_that_arrive_in_any_order_come_to_what_they_say_in_the_order_of_their_times() {
    let env = shared();
    let now = now();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut story, buyer, _) = made(env);
        let (out, back) = (story.funded(7), story.funded(40));
        // One log is taken back and stays so; the other one, said in the same messages, returns.
        let says = [json!([out, back]), json!([removal(&out), removal(&back)]), json!([back])];
        for index in order {
            let (id, at) = (format!("{index}-{}", chain::random()), now - 30 + 10 * index as u64);
            sent(env, &id, at, &message(&says[index])).send().expect(202);
        }
        deliver(env, &story.funded(500));
        let what = format!("{order:?} come to the last that was said");
        escrow_when(env, &story.path(), &buyer, &what, |escrow| escrow["funded"] == "540");
    }
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
    assert_eq!(again, json!({"accepted": 0, "duplicates": 1}));
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
    assert_eq!(answer, json!({"accepted": 5, "duplicates": 1}));
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
        assert_eq!(answer, json!({"accepted": accepted, "duplicates": 1 - accepted}), "{id} at {at}");
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
