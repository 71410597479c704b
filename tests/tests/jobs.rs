//! The worker of short jobs.

mod chain;

use chain::{Story, escrow_when, holder_of, new_terms};
use fundrail_tests::{Control, Environment, Value, json, shared, skip, wait_until};
use uuid::Uuid;

fn queue(control: &Control, kind: &str, payload: &Value, max_attempts: i32) -> Uuid {
    let id = Uuid::now_v7();
    let (mut admin, payload) = (control.database().admin(), payload.to_string());
    let sql =
        "insert into job (id, kind, payload, max_attempts) values ($1::text::uuid, $2, $3::text::jsonb, $4)";
    admin.execute(sql, &[&id.to_string(), &kind, &payload, &max_attempts]).expect("a job");
    id
}

fn state(control: &Control, job: Uuid) -> String {
    let sql = "select state from job where id = $1::text::uuid";
    control.database().admin().query_one(sql, &[&job.to_string()]).expect("the job").get(0)
}

fn controlled() -> Option<(&'static Environment, &'static Control)> {
    let env = shared();
    let control = env.control();
    if control.is_none() {
        skip("it looks into the database");
    }
    Some((env, control?))
}

#[test]
fn a_queued_drop_deletes_the_keys_from_the_cache() {
    let Some((_, control)) = controlled() else { return };
    let key = format!("cache:test-{}", Uuid::now_v7());
    let client = redis::Client::open(control.redis().url()).expect("an address");
    let mut connection = client.get_connection().expect("a connection");
    redis::cmd("SET").arg(&key).arg("x").exec(&mut connection).expect("it is set");
    let job = queue(control, "cache.drop", &json!({"keys": [key]}), 20);
    wait_until("the job is done", || state(control, job) == "done");
    let left: bool = redis::cmd("EXISTS").arg(&key).query(&mut connection).expect("an answer");
    assert!(!left);
}

#[test]
fn a_job_that_always_fails_becomes_a_dead_letter_that_the_log_names_and_stops_no_other() {
    let Some((_, control)) = controlled() else { return };
    let poisoned = queue(control, "cache.drop", &json!({"keys": 7}), 1);
    let retried = queue(control, "cache.drop", &json!({"keys": ["session:1"]}), 20);
    let good = queue(control, "cache.drop", &json!({"keys": []}), 20);
    wait_until("the good one is done", || state(control, good) == "done");
    wait_until("the poisoned one is given up", || state(control, poisoned) == "dead");
    assert_ne!(state(control, retried), "done", "what is no key of the cache is never dropped");
    let sooner = "update periodic_task set due_at = now() where name = 'dead_letters'";
    control.database().admin().execute(sooner, &[]).expect("the task is due");
    wait_until("the log says so", || {
        let log = control.host().log();
        log.lines().any(|line| line.contains("a job was given up") && line.contains(&poisoned.to_string()))
    });
}

#[test]
fn a_job_of_an_unknown_kind_waits_for_a_worker_that_knows_it() {
    let Some((_, control)) = controlled() else { return };
    let unknown = queue(control, "not.yet", &json!({}), 20);
    let good = queue(control, "cache.drop", &json!({"keys": []}), 20);
    wait_until("the good one is done", || state(control, good) == "done");
    assert_eq!(state(control, unknown), "queued");
}

#[test]
fn a_job_whose_worker_died_is_done_by_another() {
    let Some((_, control)) = controlled() else { return };
    let job = Uuid::now_v7();
    let sql = "insert into job (id, kind, payload, state, attempts, leased_until, leased_by) \
        values ($1::text::uuid, 'cache.drop', '{\"keys\": []}', 'leased', 1, now() - interval '1 second', 'dead worker')";
    control.database().admin().execute(sql, &[&job.to_string()]).expect("a job");
    wait_until("the job is done", || state(control, job) == "done");
}

#[test]
fn chain_events_without_a_job_are_swept_up() {
    let Some((env, control)) = controlled() else { return };
    let mut story = Story::new(new_terms());
    let buyer = holder_of(env, story.terms.buyer);
    let log = story.created();
    let text = |field: &str| log[field].as_str().expect("text").to_owned();
    let topics: Vec<String> = log["topics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|t| t.as_str().map(str::to_owned))
        .collect();
    let mut admin = control.database().admin();
    let sql = "insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data) \
        values (31337, $1, $2, 101, $3, $4, $5, $6)";
    let (hash, index) = (text("block_hash"), log["log_index"].as_i64());
    admin
        .execute(sql, &[&hash, &index, &text("transaction_hash"), &text("address"), &topics, &text("data")])
        .expect("an event");
    let sql = "insert into chain_event_pending (chain_id, block_hash, log_index, removal, due_at) \
        values (31337, $1, $2, false, now() - interval '1 minute')";
    admin.execute(sql, &[&hash, &index]).expect("a pending one");
    escrow_when(env, &story.path(), &buyer, "it is applied", |_| true);
}

#[test]
fn what_cannot_be_folded_is_given_up_in_the_end_and_stops_nothing_else() {
    let Some((env, control)) = controlled() else { return };
    // No delivery can bring this about: the row is not what the intake writes.
    let mut story = Story::new(new_terms());
    let (hash, address) = (chain::random().to_string(), chain::lower(story.terms.escrow));
    let mut admin = control.database().admin();
    chain::deliver(env, &story.created());
    let sql = "insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data) \
        values (31337, $1, 0, 102, 'no hash', $2, '{}', '0x')";
    admin.execute(sql, &[&hash, &address]).expect("an event");
    let sql = "insert into chain_event_pending (chain_id, block_hash, log_index, removal, attempts) values (31337, $1, 0, false, 19)";
    admin.execute(sql, &[&hash]).expect("a pending one");
    let mut other = Story::new(new_terms());
    let buyer = holder_of(env, other.terms.buyer);
    chain::deliver(env, &other.created());
    escrow_when(env, &other.path(), &buyer, "the other one is applied", |_| true);
    wait_until("the log says so", || {
        let log = control.host().log();
        log.contains("an escrow could not be folded") && log.contains("were given up")
    });
    admin.execute("delete from chain_event_pending where block_hash = $1", &[&hash]).expect("it is cleared");
}

#[test]
fn what_is_queued_wakes_the_worker_of_its_domain() {
    let Some((env, control)) = controlled() else { return };
    let client = redis::Client::open(control.redis().url()).expect("an address");
    let mut connection = client.get_connection().expect("a connection");
    let mut listening = connection.as_pubsub();
    listening.psubscribe("jobs.*").expect("a subscription");
    let mut woken = |channel: &str| {
        // The ticker says `tick`; tests beside this one wake whom they please.
        loop {
            let message = listening.get_message().expect("a message");
            if message.get_channel_name() == channel && message.get_payload_bytes() == b"wake" {
                break;
            }
        }
    };
    let forgotten = json!({ "email": "nobody@example.com" });
    env.post("/v1/auth/password/forgot").json(&forgotten).send().expect(202);
    woken("jobs.identity");
    chain::deliver(env, &Story::new(new_terms()).created());
    woken("jobs.chain");
}
