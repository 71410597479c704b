//! `GET /v1/escrows…`: what is folded from chain logs, and who sees it.

mod chain;

use chain::{
    Address, LOCAL, Story, U256, balance, deliver, delivery, entries, escrow_when, holder_of, in_state,
    lower, made, message, new_terms, random_address, register_wallet, removal,
};
use fundrail_domain::escrow::{Event, Terms};
use fundrail_tests::{Value, assert_problem, json, shared, skip};
use uuid::Uuid;

#[test]
fn an_escrow_goes_from_created_over_funded_to_released() {
    let env = shared();
    let (mut story, buyer, created) = made(env);
    assert_eq!(created["state"], "created");
    assert_eq!(created["amount"], "1000");
    assert_eq!(created["deadline"], "2096-10-02T07:06:40.000000Z");
    assert_eq!(created["buyer"], story.terms.buyer.to_checksum(None));
    assert_eq!(created["dispute"], Value::Null);

    deliver(env, &story.funded(400));
    let part = escrow_when(env, &story.path(), &buyer, "400 are in", |escrow| escrow["funded"] == "400");
    assert_eq!(part["state"], "created");
    deliver(env, &story.funded(600));
    let funded = escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    assert_eq!((&funded["balance"], &funded["id"]), (&json!("1000"), &created["id"]));
    deliver(env, &story.released(1000));
    let released = escrow_when(env, &story.path(), &buyer, "it is released", in_state("released"));
    assert_eq!((&released["released"], &released["balance"]), (&json!("1000"), &json!("0")));

    let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
    let names = timeline["data"].as_array().expect("a list").iter().map(|event| event["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["EscrowCreated", "Funded", "Funded", "Released"]);
    let entries = entries(env, &story, &buyer);
    assert_eq!(entries.len(), 6);
    let balances = ["buyer", "escrow", "seller"].map(|account| balance(&entries, account));
    assert_eq!(balances, [-1000, 0, 1000]);
}

#[test]
fn logs_may_arrive_in_any_order() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let seller = holder_of(env, story.terms.seller);
    let logs = [story.created(), story.funded(1000), story.released(1000)];
    for log in logs.iter().rev() {
        deliver(env, log);
    }
    let escrow = escrow_when(env, &story.path(), &seller, "it is released", in_state("released"));
    assert_eq!((&escrow["anomalies"], &escrow["created_block"]), (&json!(0), &json!(101)));
}

#[test]
fn an_event_that_cannot_be_applied_is_kept_as_an_anomaly() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    deliver(env, &story.released(1000));
    let escrow =
        escrow_when(env, &story.path(), &buyer, "an anomaly shows", |escrow| escrow["anomalies"] == 1);
    assert_eq!(escrow["state"], "created");
    let timeline = env.get(&format!("{}/timeline", story.path())).token(&buyer).send().expect(200);
    let event = &timeline["data"][1];
    assert_eq!((&event["outcome"], &event["detail"]), (&json!("anomaly"), &json!("not_funded")));
    assert!(entries(env, &story, &buyer).is_empty());
}

#[test]
fn a_dispute_freezes_the_money_until_it_is_resolved() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let (by, reason) = (story.terms.buyer, chain::random());
    deliver(env, &story.funded(1000));
    deliver(env, &story.log(&Event::Disputed { by, reason }));
    let disputed =
        escrow_when(env, &story.path(), &buyer, "it is disputed", |escrow| !escrow["dispute"].is_null());
    let expected = json!({"state": "open", "by": by.to_checksum(None), "reason": reason.to_string()});
    assert_eq!(disputed["dispute"], expected);
    let (to_seller, to_buyer) = (U256::from(700), U256::from(300));
    deliver(env, &story.log(&Event::Resolved { to_seller, to_buyer }));
    let resolved = escrow_when(env, &story.path(), &buyer, "it is released", in_state("released"));
    assert_eq!(resolved["dispute"]["state"], "resolved");
    assert_eq!((&resolved["released"], &resolved["refunded"]), (&json!("700"), &json!("300")));
}

#[test]
fn amounts_of_256_bits_keep_every_digit() {
    let env = shared();
    let mut story = Story::new(Terms { amount: U256::MAX, token: None, ..new_terms() });
    let buyer = holder_of(env, story.terms.buyer);
    deliver(env, &story.created());
    deliver(env, &story.log(&Event::Funded { from: story.terms.buyer, amount: U256::MAX }));
    let escrow = escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    let all = U256::MAX.to_string();
    assert_eq!((&escrow["amount"], &escrow["balance"]), (&json!(all), &json!(all)));
    assert_eq!(escrow["token"], Value::Null);
    assert_eq!(entries(env, &story, &buyer)[0]["debit"], all);
}

#[test]
fn an_escrow_is_final_when_enough_blocks_lie_on_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let mut story = Story::new(new_terms());
    story.chain_id = chain::new_chain(control);
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, story.chain_id);
    deliver(env, &story.created());
    let first = escrow_when(env, &story.path(), &buyer, "it appears", |_| true);
    assert_eq!((&first["final"], &first["confirmations"]), (&json!(false), &json!(0)));
    let mut elsewhere = Story { chain_id: story.chain_id, ..Story::new(new_terms()) };
    deliver(env, &elsewhere.created());
    for _ in 0..3 {
        deliver(env, &elsewhere.funded(1));
    }
    let escrow = escrow_when(env, &story.path(), &buyer, "it is final", |escrow| escrow["final"] == true);
    assert_eq!(escrow["confirmations"], 3);
}

#[test]
fn no_log_of_an_unknown_contract_and_no_removal_makes_an_escrow_final() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let new_story = || {
        let mut story = Story::new(new_terms());
        story.chain_id = chain_id;
        story
    };
    let (mut story, mut stranger, mut late) = (new_story(), new_story(), new_story());
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, chain_id);
    deliver(env, &story.created());
    stranger.go_to(9_007_199_254_740_991);
    deliver(env, &stranger.log(&Event::Expired));
    story.go_to(5000);
    deliver(env, &removal(&story.funded(1)));
    story.go_to(103);
    stranger.go_to(5000);
    let mut unregistered = stranger.created();
    unregistered["address"] = json!(lower(random_address()));
    deliver(env, &unregistered);
    let [created, logs @ ..] = [late.created(), late.funded(1), late.funded(1), late.funded(1)];
    for log in &logs {
        deliver(env, log);
    }
    deliver(env, &story.funded(2));
    let apart = escrow_when(env, &story.path(), &buyer, "2 are in", |escrow| escrow["funded"] == "2");
    assert_eq!((&apart["final"], &apart["confirmations"]), (&json!(false), &json!(0)));
    // What came in before its escrow was known counts from when it is.
    deliver(env, &created);
    let beside =
        escrow_when(env, &story.path(), &buyer, "the head moves", |escrow| escrow["confirmations"] != 0);
    assert_eq!((&beside["final"], &beside["confirmations"]), (&json!(false), &json!(1)));
}

#[test]
fn an_absurd_number_of_a_block_makes_nothing_final_and_a_head_goes_down_with_what_is_removed() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let new_story = || Story { chain_id, ..Story::new(new_terms()) };
    let (mut story, mut absurd, mut other) = (new_story(), new_story(), new_story());
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, chain_id);
    register_wallet(env, &buyer, absurd.terms.buyer, chain_id);
    // Before all others, and in two blocks of its own.
    absurd.go_to(9_007_199_254_740_980);
    deliver(env, &absurd.created());
    deliver(env, &absurd.funded(1000));
    escrow_when(env, &absurd.path(), &buyer, "the absurd one is funded", in_state("funded"));
    deliver(env, &story.created());
    let first = escrow_when(env, &story.path(), &buyer, "it appears", |_| true);
    assert_eq!((&first["final"], &first["confirmations"]), (&json!(false), &json!(0)));
    // Believable, but too far ahead for one escrow to be believed.
    absurd.terms.escrow = random_address();
    absurd.go_to(2_000_000_000);
    let far = [absurd.created(), absurd.funded(1000)];
    for log in &far {
        deliver(env, log);
    }
    deliver(env, &story.released(5));
    let apart =
        escrow_when(env, &story.path(), &buyer, "an anomaly shows", |escrow| escrow["anomalies"] == 1);
    assert_eq!(
        (&apart["final"], &apart["confirmations"]),
        (&json!(false), &json!(0)),
        "nor does an anomaly raise a head"
    );
    deliver(env, &other.created());
    other.go_to(106);
    let last = other.funded(1);
    deliver(env, &last);
    let buried = escrow_when(env, &story.path(), &buyer, "it is final", |escrow| escrow["final"] == true);
    assert_eq!(buried["confirmations"], 5);
    let absurd = env.get(&absurd.path()).token(&buyer).send().expect(200);
    assert_eq!((&absurd["final"], &absurd["confirmations"]), (&json!(false), &json!(0)));
    deliver(env, &removal(&last));
    let lower =
        escrow_when(env, &story.path(), &buyer, "the head goes down", |escrow| escrow["confirmations"] == 0);
    assert_eq!(lower["final"], false);
}

#[test]
fn however_many_blocks_of_absurd_numbers_one_escrow_has_they_make_nothing_final() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let [mut story, mut absurd] = [(), ()].map(|()| Story { chain_id, ..Story::new(new_terms()) });
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, chain_id);
    register_wallet(env, &buyer, absurd.terms.buyer, chain_id);
    deliver(env, &story.created());
    absurd.go_to(2_000_000_000);
    deliver(env, &absurd.created());
    let many: Vec<Value> = (0..1000).map(|_| absurd.funded(1)).collect();
    delivery(env, &message(&json!(many))).send().expect(202);
    escrow_when(env, &absurd.path(), &buyer, "all are in", |escrow| escrow["funded"] == "1000");
    let story = env.get(&story.path()).token(&buyer).send().expect(200);
    assert_eq!((&story["final"], &story["confirmations"]), (&json!(false), &json!(0)));
}

#[test]
fn a_head_follows_once_two_escrows_have_come_so_far() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let chain_id = chain::new_chain(control);
    let new_story = || Story { chain_id, ..Story::new(new_terms()) };
    let (mut story, mut one, mut other) = (new_story(), new_story(), new_story());
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, chain_id);
    deliver(env, &story.created());
    one.go_to(5_000_000);
    deliver(env, &one.created());
    let apart = escrow_when(env, &story.path(), &buyer, "it appears", |_| true);
    assert_eq!(apart["final"], false);
    other.go_to(5_000_007);
    deliver(env, &other.created());
    let escrow = escrow_when(env, &story.path(), &buyer, "it is final", |escrow| escrow["final"] == true);
    assert_eq!(escrow["confirmations"], 5_000_007 - 101);
}

#[test]
fn what_is_taken_back_though_it_was_final_is_said_in_the_log() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let mut story = Story { chain_id: chain::new_chain(control), ..Story::new(new_terms()) };
    let buyer = env.institution();
    register_wallet(env, &buyer, story.terms.buyer, story.chain_id);
    deliver(env, &story.created());
    let funded = story.funded(400);
    deliver(env, &funded);
    for _ in 0..3 {
        deliver(env, &story.funded(1));
    }
    escrow_when(env, &story.path(), &buyer, "403 are in", |escrow| escrow["funded"] == "403");
    deliver(env, &removal(&funded));
    escrow_when(env, &story.path(), &buyer, "400 are gone", |escrow| escrow["funded"] == "3");
    let address = lower(story.terms.escrow);
    let said = |log: &str| {
        log.lines().any(|line| {
            line.contains("an event that was final has been taken back") && line.contains(&address)
        })
    };
    fundrail_tests::wait_until("the log says so", || said(&control.host().log()));
}

#[test]
fn only_its_parties_see_an_escrow() {
    let env = shared();
    let (story, buyer, escrow) = made(env);
    let seller = holder_of(env, story.terms.seller);
    let arbiter = holder_of(env, story.terms.arbiter);
    let by_id = format!("/v1/escrows/{}", escrow["id"].as_str().expect("an id"));
    let checksummed = format!("/v1/escrows/{}", story.terms.escrow.to_checksum(None));
    for path in [&story.path(), &by_id, &checksummed] {
        for below in ["", "/timeline", "/ledger"] {
            let path = format!("{path}{below}");
            for party in [&buyer, &seller] {
                env.get(&path).token(party).send().expect(200);
            }
            assert_problem(&env.get(&path).token(&arbiter).send(), 404, "not_found", &[]);
            assert_problem(&env.get(&path).send(), 401, "unauthenticated", &[]);
        }
    }
    let theirs = env.get("/v1/escrows").token(&arbiter).send().expect(200);
    assert_eq!(theirs, json!({"data": [], "has_more": false, "next": null}));
}

#[test]
fn the_demo_institution_sees_what_the_seeded_factory_makes() {
    let env = shared();
    let Some(demo) = env.demo() else { return };
    let (story, _, _) = made(env);
    escrow_when(env, &story.path(), &demo, "it appears", |_| true);
}

#[test]
fn a_factory_that_nobody_has_registered_makes_no_escrow() {
    let env = shared();
    let mut story = Story::new(new_terms());
    story.factory = random_address();
    let buyer = holder_of(env, story.terms.buyer);
    deliver(env, &story.created());
    deliver(env, &story.funded(1000));
    // What is delivered later is applied, so the first one would have been.
    let (later, later_buyer, _) = made(env);
    escrow_when(env, &later.path(), &later_buyer, "the later one appears", |_| true);
    assert_problem(&env.get(&story.path()).token(&buyer).send(), 404, "not_found", &[]);
}

#[test]
fn an_address_on_two_chains_needs_the_chain() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it registers a chain") };
    let other = chain::new_chain(control);
    let (story, buyer, _) = made(env);
    register_wallet(env, &buyer, story.terms.buyer, other);
    let mut twin = Story::new(story.terms);
    twin.chain_id = other;
    deliver(env, &twin.created());
    let there = format!("{}?chain_id={other}", story.path());
    let escrow = escrow_when(env, &there, &buyer, "the twin appears", |_| true);
    assert_eq!(escrow["chain_id"], other);
    assert_problem(&env.get(&story.path()).token(&buyer).send(), 422, "invalid_fields", &["/chain_id"]);
    let here = env.get(&format!("{}?chain_id={LOCAL}", story.path())).token(&buyer).send().expect(200);
    assert_eq!(here["chain_id"], LOCAL);
}

#[test]
fn lists_are_filtered_and_paged() {
    let env = shared();
    let wallet = random_address();
    let buyer = holder_of(env, wallet);
    let mut stories: Vec<Story> =
        (0..3).map(|_| Story::new(Terms { buyer: wallet, ..new_terms() })).collect();
    for story in &mut stories {
        deliver(env, &story.created());
        escrow_when(env, &story.path(), &buyer, "it appears", |_| true);
    }
    deliver(env, &stories[1].funded(1000));
    escrow_when(env, &stories[1].path(), &buyer, "it is funded", in_state("funded"));
    let list = |query: &str| env.get(&format!("/v1/escrows?{query}")).token(&buyer).send().expect(200);
    let addresses = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().expect("a list").iter();
        data.map(|escrow| escrow["address"].as_str().expect("an address").to_lowercase()).collect()
    };
    let at = |index: usize| lower(stories[index].terms.escrow);
    assert_eq!(addresses(&list("")), [at(2), at(1), at(0)]);
    let first = list("limit=2");
    assert_eq!((addresses(&first), &first["has_more"]), (vec![at(2), at(1)], &json!(true)));
    let next = first["next"].as_str().expect("a cursor");
    let rest = list(&format!("limit=2&starting_after={next}"));
    assert_eq!((addresses(&rest), &rest["next"]), (vec![at(0)], &Value::Null));
    assert_eq!(addresses(&list("state=funded")), [at(1)]);
    assert_eq!(addresses(&list("chain_id=1")), Vec::<String>::new());
}

#[test]
fn timelines_and_ledgers_are_paged() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    deliver(env, &story.funded(400));
    deliver(env, &story.funded(600));
    escrow_when(env, &story.path(), &buyer, "it is funded", in_state("funded"));
    for (below, count) in [("timeline", 3), ("ledger", 4)] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("{}/{below}?limit=1{after}", story.path());
            let page = env.get(&path).token(&buyer).send().expect(200);
            seen.push(page["data"][0]["id"].clone());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&starting_after={next}");
        }
        assert_eq!(seen.len(), count, "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

#[test]
fn an_unchanged_escrow_is_not_sent_again() {
    let env = shared();
    let (mut story, buyer, _) = made(env);
    let first = env.get(&story.path()).token(&buyer).send();
    let etag = first.header("etag").expect("a tag").to_owned();
    let again = env.get(&story.path()).token(&buyer).header("if-none-match", &etag).send();
    // Another test may have moved the head of the chain on meanwhile, which changes the confirmations.
    assert!(again.status == 304 || again.header("etag") != Some(etag.as_str()), "{}", again.describe());
    deliver(env, &story.funded(1));
    escrow_when(env, &story.path(), &buyer, "1 is in", |escrow| escrow["funded"] == "1");
    let changed = env.get(&story.path()).token(&buyer).header("if-none-match", &etag).send();
    assert_eq!(changed.status, 200);
}

#[test]
fn wrong_parameters_are_named() {
    let env = shared();
    let tenant = env.institution();
    let get = |path: &str| env.get(path).token(&tenant).send();
    let unknown = format!("/v1/escrows/{}", Uuid::now_v7());
    assert_problem(&get(&unknown), 404, "not_found", &[]);
    assert_problem(&get(&format!("/v1/escrows/{}", lower(Address::ZERO))), 404, "not_found", &[]);
    for name in ["x", "0x12", "0198c000", "%00"] {
        assert_problem(&get(&format!("/v1/escrows/{name}")), 422, "invalid_fields", &["/id"]);
    }
    assert_problem(
        &get("/v1/escrows?state=open&chain_id=0&limit=0&starting_after=1&x=1"),
        422,
        "invalid_fields",
        &["/state", "/chain_id", "/limit", "/starting_after", "/x"],
    );
    let path = format!("{unknown}/timeline?starting_after=1-2-3");
    assert_problem(&get(&path), 422, "invalid_fields", &["/starting_after"]);
    let path = format!("{unknown}/ledger?starting_after=-1");
    assert_problem(&get(&path), 422, "invalid_fields", &["/starting_after"]);
    assert_problem(
        &env.post("/v1/escrows").token(&tenant).json(&json!({})).send(),
        405,
        "method_not_allowed",
        &[],
    );
}

#[test]
fn a_delivery_of_a_whole_history_is_applied_at_once() {
    let env = shared();
    let mut story = Story::new(new_terms());
    let buyer = holder_of(env, story.terms.buyer);
    let logs = json!([story.funded(1000), story.created(), story.released(1000)]);
    let answer = delivery(env, &message(&logs)).send().expect(202);
    assert_eq!(chain::counts(&answer), (3, 0));
    escrow_when(env, &story.path(), &buyer, "it is released", in_state("released"));
}
