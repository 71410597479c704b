//! `Idempotency-Key`.

use std::thread;

use alloy_primitives::hex;
use fundrail_domain::auth::totp;
use fundrail_tests::{
    Environment, Response, Tenant, Value, assert_problem, json, note_secret, shared, skip, wait_until,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    mfa::{Enrolled, enrolled, step},
    support::{from_base32, join, text},
};

fn create(env: &Environment, tenant: &Tenant, key: &str, body: &Value) -> Response {
    env.post("/v1/auth/api-keys").token(tenant).header("idempotency-key", key).json(body).send()
}

fn count(env: &Environment, tenant: &Tenant) -> usize {
    let page = env.get("/v1/auth/api-keys?limit=100").token(tenant).send().expect(200);
    page["data"].as_array().expect("a page").len()
}

#[test]
fn the_same_request_gets_the_same_answer_and_is_carried_out_once() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "desk", "scopes": ["funds:read"]});
    let first = create(env, &owner, "once", &body);
    note_secret(&text(&first.expect(201), "key"));
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = create(env, &owner, "once", &body);
    assert_eq!(again.expect(201), first.json());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(count(env, &owner), 1);
}

/// What follows a commit must not come before it: a reader between the two would keep what is about to change.
#[test]
fn a_mark_is_left_once_the_answer_is_stored_and_not_before() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into Redis") };
    let owner = env.institution();
    let made = create(env, &owner, "made", &json!({"name": "a", "scopes": ["funds:read"]})).expect(201);
    let key = text(&made, "key");
    note_secret(&key);
    env.get("/v1/auth/me").token(&key).send().expect(200);
    let place = format!("apikey:{}", hex::encode(Sha256::digest(&key)));
    let record = || {
        let asked = redis::cmd("GET").arg(&place).query::<Option<String>>(&mut control.redis().connect());
        asked.expect("an answer")
    };
    let before = record().expect("the key has been looked at");

    // Somebody else has stored an answer to the same request, and does not say yet whether that counts.
    let me = env.get("/v1/auth/me").token(&owner).send().expect(200);
    let (mut holder, mut observer) = (control.database().admin(), control.database().admin());
    let pid: i32 = holder.query_one("select pg_backend_pid()", &[]).expect("a number").get(0);
    let mut held = holder.transaction().expect("a transaction");
    let stored = format!(
        "insert into idempotency_record \
            (tenant_id, principal_id, route, key, request_hash, state, status, headers, body, locked_until) \
         values ('{}', '{}', '/v1/auth/api-keys/{{id}}/rotate', 'rotated', '', 'finished', 200, '{{}}', '{{}}', now())",
        owner.id,
        text(&me["user"], "id")
    );
    held.batch_execute(&stored).expect("a row");
    let path = format!("/v1/auth/api-keys/{}/rotate", text(&made, "id"));
    let rotated = thread::scope(|scope| {
        let rotate =
            || env.post(&path).token(&owner).header("idempotency-key", "rotated").json(&json!({})).send();
        let rotation = scope.spawn(rotate);
        let waiting = "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
        wait_until("the answer waits to be stored", || {
            observer.query_one(waiting, &[&pid]).expect("a count").get::<_, i64>(0) == 1
        });
        assert_eq!(record().as_ref(), Some(&before), "marked before the commit");
        held.rollback().expect("it does not count");
        rotation.join().expect("an answer")
    });
    note_secret(&text(&rotated.expect(201), "key"));
    assert_eq!(record().as_deref(), Some("~"));
}

#[test]
fn the_same_key_with_another_body_is_refused() {
    let env = shared();
    let owner = env.institution();
    note_secret(&text(
        &create(env, &owner, "k", &json!({"name": "a", "scopes": ["funds:read"]})).expect(201),
        "key",
    ));
    let other = create(env, &owner, "k", &json!({"name": "b", "scopes": ["funds:read"]}));
    assert_problem(&other, 422, "idempotency_key_reused", &[]);
}

#[test]
fn a_key_belongs_to_one_principal_and_one_tenant() {
    let env = shared();
    let (owner, stranger) = (env.institution(), env.institution());
    let admin = join(env, &owner, &["admin"]);
    let body = json!({"name": "a", "scopes": ["funds:read"]});
    let keys: Vec<String> = [&owner, &stranger, &admin]
        .iter()
        .map(|who| text(&create(env, who, "k", &body).expect(201), "key"))
        .collect();
    for key in &keys {
        note_secret(key);
    }
    assert!(keys[0] != keys[1] && keys[0] != keys[2]);
}

#[test]
fn a_request_that_failed_leaves_its_key_free() {
    let env = shared();
    let owner = env.institution();
    let wrong = create(env, &owner, "k", &json!({"name": "a", "scopes": ["nonsense"]}));
    assert_problem(&wrong, 422, "invalid_fields", &["/scopes/0"]);
    note_secret(&text(
        &create(env, &owner, "k", &json!({"name": "a", "scopes": ["funds:read"]})).expect(201),
        "key",
    ));
}

#[test]
fn of_parallel_requests_with_one_key_one_is_carried_out() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "a", "scopes": ["funds:read"]});
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> = (0..10).map(|_| scope.spawn(|| create(env, &owner, "k", &body).status)).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&201));
    assert_eq!(count(env, &owner), 1);
}

#[test]
fn a_second_factor_enrolled_again_by_a_repeated_request_has_the_same_secret() {
    let env = shared();
    let owner = env.institution();
    let enrol = || env.post("/v1/auth/mfa/totp").token(&owner).header("idempotency-key", "k").send();
    let first = enrol().expect(201);
    note_secret(&text(&first, "secret"));
    let again = enrol();
    assert_eq!((again.expect(201), again.header("idempotency-replayed")), (first, Some("true")));
}

#[test]
fn the_answer_to_an_enrolment_is_forgotten_once_its_secret_counts() {
    let env = shared();
    let owner = env.institution();
    let enrol = || env.post("/v1/auth/mfa/totp").token(&owner).header("idempotency-key", "k").send();
    let secret = text(&enrol().expect(201), "secret");
    note_secret(&secret);
    let code = totp::code_at(&from_base32(&secret), step(-1));
    env.post("/v1/auth/mfa/totp/confirm").token(&owner).json(&json!({"code": code})).send().expect(200);
    let again = enrol();
    assert_problem(&again, 409, "mfa_enabled", &[]);
    assert!(!again.text().contains(&secret));
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&owner).send().status, 204);
    let fresh = text(&enrol().expect(201), "secret");
    note_secret(&fresh);
    assert_ne!(fresh, secret, "after the removal it is another request");
}

#[test]
fn recovery_codes_are_not_told_again_once_their_factor_is_gone() {
    let env = shared();
    let Enrolled { tenant, .. } = enrolled(env);
    let renew =
        || env.post("/v1/auth/mfa/recovery-codes").token(&tenant).header("idempotency-key", "k").send();
    let first = renew().expect(200);
    let codes: Vec<&str> =
        first["recovery_codes"].as_array().expect("codes").iter().filter_map(Value::as_str).collect();
    for code in &codes {
        note_secret(code);
    }
    assert_eq!(renew().expect(200), first, "the same while they work");
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&tenant).send().status, 204);
    let again = renew();
    assert_problem(&again, 409, "mfa_not_enabled", &[]);
    assert!(!again.text().contains(codes[0]));
}

#[test]
fn a_key_that_is_no_key_is_refused() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "a", "scopes": ["funds:read"]});
    for key in ["", "a b", &"k".repeat(256)] {
        assert_problem(&create(env, &owner, key, &body), 400, "invalid_idempotency_key", &[]);
    }
    assert_eq!(count(env, &owner), 0);
}

#[test]
fn a_stored_answer_with_a_secret_is_encrypted() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let owner = env.institution();
    let name = Uuid::new_v4().to_string();
    let made = create(env, &owner, &name, &json!({"name": "a", "scopes": ["funds:read"]})).expect(201);
    note_secret(&text(&made, "key"));
    let row = control
        .database()
        .admin()
        .query_one("select body, headers from idempotency_record where key = $1", &[&name])
        .expect("the record");
    let (body, headers): (&str, &str) = (row.get(0), row.get(1));
    assert!(!body.contains(&text(&made, "key")) && !body.contains("frk_"), "{body}");
    assert!(headers.contains("sealed-with"), "{headers}");
}

/// A registration that nobody else sends.
fn registration() -> Value {
    let name = Uuid::new_v4().simple().to_string();
    json!({
        "tenant_name": name,
        "kind": "institution",
        "email": format!("{name}@example.com"),
        "password": format!("a long one for {name}"),
    })
}

fn register(env: &Environment, key: &str, body: &Value) -> Response {
    note_secret(&text(body, "password"));
    env.post("/v1/auth/register").header("idempotency-key", key).json(body).send()
}

#[test]
fn a_registration_that_is_repeated_gets_the_answer_of_the_first() {
    let env = shared();
    let (key, body) = (Uuid::new_v4().to_string(), registration());
    let first = register(env, &key, &body);
    first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = register(env, &key, &body);
    assert_eq!(again.expect(201), first.json());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_problem(&register(env, &key, &registration()), 422, "idempotency_key_reused", &[]);
    let mut other = body.clone();
    other["password"] = json!("another that is as long");
    assert_problem(&register(env, &key, &other), 422, "idempotency_key_reused", &[]);
    assert_problem(&register(env, &Uuid::new_v4().to_string(), &body), 409, "email_taken", &[]);
    assert_problem(&register(env, "a b", &registration()), 400, "invalid_idempotency_key", &[]);
    let tenant = env.sign_in(&text(&body, "email"), &text(&body, "password"));
    assert_eq!(tenant.id.to_string(), text(&first.json()["tenant"], "id"));
}

#[test]
fn of_parallel_registrations_with_one_key_one_is_carried_out() {
    let env = shared();
    let (key, body) = (Uuid::new_v4().to_string(), registration());
    let answers: Vec<Response> = thread::scope(|scope| {
        let tries: Vec<_> = (0..5).map(|_| scope.spawn(|| register(env, &key, &body))).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let made: Vec<&Response> = answers.iter().filter(|answer| answer.status == 201).collect();
    let carried_out = made.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
    assert_eq!(carried_out, 1);
    for answer in &answers {
        if answer.status != 201 {
            assert_problem(answer, 409, "idempotency_in_progress", &[]);
        }
    }
}

#[test]
fn nothing_of_a_registration_is_readable_where_its_answer_is_kept() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let (key, body) = (Uuid::new_v4().to_string(), registration());
    register(env, &key, &body).expect(201);
    let row = control
        .database()
        .admin()
        .query_one(
            "select tenant_id::text, body, request_hash from idempotency_record where key = $1",
            &[&key],
        )
        .expect("the record");
    let (tenant, kept, hash): (Option<&str>, &str, &str) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(tenant, None);
    assert!(!kept.contains(&text(&body, "email")) && hash.len() > 64, "{kept} {hash}");
}
