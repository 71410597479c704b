//! Authority at the moment of use: what ends while a request is under way does not carry it any further.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use fundrail_tests::{Environment, Tenant, Value, json, note_secret, shared, skip, wait_until};
use uuid::Uuid;

use crate::support::{is_let_in, join, text};

/// A request of which the head and half of the body have been sent.
struct Begun {
    line: String,
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Begun {
    fn new(env: &Environment, token: &str, (method, path, body): &(&str, String, Value)) -> Self {
        note_secret(token);
        let body = body.to_string().into_bytes();
        let address = env.client().base().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nif-match: *\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let (first, rest) = body.split_at(body.len() / 2);
        stream.write_all(head.as_bytes()).expect("the head is sent");
        stream.write_all(first).expect("half of the body is sent");
        Self { line: format!("{method} {path}"), stream, rest: rest.to_owned() }
    }

    /// Sends the rest; answers with what was asked and the status.
    fn finish(mut self) -> (String, u16) {
        self.stream.write_all(&self.rest).expect("the rest of the body is sent");
        self.stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        let mut answer = Vec::new();
        // What came before a connection was reset counts.
        let _ = self.stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (self.line, status.unwrap_or_else(|| panic!("no answer: {answer}")))
    }
}

/// An investor of a tenant, to be asked about.
fn investor(env: &Environment, owner: &Tenant) -> String {
    let body = json!({"kind": "legal", "name": "First Ltd", "residence": "LU"});
    text(&env.post("/v1/investors").token(owner).json(&body).send().expect(201), "id")
}

/// Requests of several components that write, all of which an administrator may send.
fn writes(env: &Environment, of: &Tenant, victim: Uuid) -> Vec<(&'static str, String, Value)> {
    let known = investor(env, of);
    let late = json!({"kind": "legal", "name": "Late Ltd", "residence": "LU"});
    // Of the seed.
    let class = "0198c003-0000-7000-8000-000000000001";
    let amount = json!({"value": "1.00", "currency": "USD"});
    vec![
        ("POST", "/v1/auth/api-keys".to_owned(), json!({"name": "late", "scopes": ["funds:read"]})),
        (
            "POST",
            "/v1/auth/invitations".to_owned(),
            json!({"email": format!("late-{}@example.com", of.id.simple()), "roles": ["viewer"]}),
        ),
        ("PUT", format!("/v1/auth/users/{victim}/roles"), json!({"roles": ["admin"]})),
        ("PATCH", "/v1/auth/tenant".to_owned(), json!({"name": "Renamed late"})),
        ("POST", "/v1/investors".to_owned(), late),
        ("PATCH", format!("/v1/investors/{known}"), json!({"name": "Renamed late"})),
        (
            "POST",
            "/v1/compliance/checks".to_owned(),
            json!({"investor_id": known, "share_class_id": class, "side": "subscribe", "amount": amount}),
        ),
    ]
}

/// What a tenant's owner sees of everything that [`writes`] would have written.
fn state(env: &Environment, owner: &Tenant) -> Vec<Value> {
    let read = |path: &str| env.get(path).token(owner).send().expect(200);
    let paths = [
        "/v1/auth/api-keys",
        "/v1/auth/invitations",
        "/v1/auth/users",
        "/v1/auth/tenant",
        "/v1/investors",
        "/v1/compliance/checks",
    ];
    paths.map(read).into()
}

/// Begins all requests with `token`, has `ends` end its authority, and finishes them.
fn interrupted(
    env: &Environment,
    token: &str,
    writes: &[(&str, String, Value)],
    ends: impl FnOnce(),
) -> Vec<(String, u16)> {
    let begun: Vec<Begun> = writes.iter().map(|write| Begun::new(env, token, write)).collect();
    // So that the guard has seen the heads of all of them, however busy the machine is.
    thread::sleep(Duration::from_millis(600));
    ends();
    thread::scope(|scope| {
        let tries: Vec<_> = begun.into_iter().map(|one| scope.spawn(|| one.finish())).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    })
}

#[test]
fn who_is_removed_while_their_body_is_coming_gets_through_with_nothing() {
    let env = shared();
    let owner = env.institution();
    let (admin, victim) = (join(env, &owner, &["admin"]), join(env, &owner, &["viewer"]));
    let writes = writes(env, &owner, victim.user_id);
    let mut before = state(env, &owner);
    let remove = format!("/v1/auth/users/{}", admin.user_id);
    let answers = interrupted(env, &admin.access_token, &writes, || {
        assert_eq!(env.delete(&remove).token(&owner).send().status, 204);
    });
    assert!(answers.iter().all(|(_, status)| *status == 401), "{answers:?}");
    before[2] = state(env, &owner)[2].clone();
    assert_eq!(state(env, &owner), before, "nothing was written");
    let victim = env.get("/v1/auth/me").token(&victim).send().expect(200);
    assert_eq!(victim["roles"], json!(["viewer"]));
}

#[test]
fn who_loses_a_role_while_their_body_is_coming_gets_through_with_nothing() {
    let env = shared();
    let owner = env.institution();
    let (admin, victim) = (join(env, &owner, &["admin"]), join(env, &owner, &["viewer"]));
    let writes = writes(env, &owner, victim.user_id);
    let before = state(env, &owner);
    let roles = format!("/v1/auth/users/{}/roles", admin.user_id);
    let answers = interrupted(env, &admin.access_token, &writes, || {
        env.put(&roles).token(&owner).json(&json!({"roles": ["viewer"]})).send().expect(200);
    });
    assert!(answers.iter().all(|(_, status)| *status == 403), "{answers:?}");
    let after = state(env, &owner);
    assert_eq!((&after[..2], &after[3..]), (&before[..2], &before[3..]), "nothing was written");
    let victim = env.get("/v1/auth/me").token(&victim).send().expect(200);
    assert_eq!(victim["roles"], json!(["viewer"]));
}

#[test]
fn an_owner_who_is_made_an_administrator_meanwhile_makes_no_owner() {
    let env = shared();
    let owner = env.institution();
    let (second, victim) = (join(env, &owner, &["owner"]), join(env, &owner, &["viewer"]));
    let email = format!("late-{}@example.com", Uuid::new_v4().simple());
    let writes = [
        ("PUT", format!("/v1/auth/users/{}/roles", victim.user_id), json!({"roles": ["owner"]})),
        ("POST", "/v1/auth/invitations".to_owned(), json!({"email": email, "roles": ["owner"]})),
    ];
    let roles = format!("/v1/auth/users/{}/roles", second.user_id);
    let answers = interrupted(env, &second.access_token, &writes, || {
        env.put(&roles).token(&owner).json(&json!({"roles": ["admin"]})).send().expect(200);
    });
    assert!(answers.iter().all(|(_, status)| *status == 403), "{answers:?}");
    assert_eq!(env.get("/v1/auth/invitations").token(&owner).send().expect(200)["data"], json!([]));
}

#[test]
fn who_is_signed_out_while_their_body_is_coming_gets_through_with_nothing() {
    let env = shared();
    let owner = env.institution();
    let victim = join(env, &owner, &["viewer"]);
    let ends: [&dyn Fn(&Tenant); 3] = [
        &|tenant| assert_eq!(env.post("/v1/auth/logout").token(tenant).send().status, 204),
        &|_| {
            let id = env.get("/v1/auth/sessions").token(&owner).send().expect(200);
            let other = id["data"].as_array().expect("sessions").iter().find(|one| one["current"] == false);
            let path = format!("/v1/auth/sessions/{}", text(other.expect("another session"), "id"));
            assert_eq!(env.delete(&path).token(&owner).send().status, 204);
        },
        &|tenant| assert_eq!(env.delete("/v1/auth/sessions").token(tenant).send().status, 204),
    ];
    let writes = writes(env, &owner, victim.user_id);
    let before = state(env, &owner);
    for end in ends.iter().take(2) {
        let session = env.sign_in(&owner.email, &owner.password);
        let answers = interrupted(env, &session.access_token, &writes, || end(&session));
        assert!(answers.iter().all(|(_, status)| *status == 401), "{answers:?}");
    }
    assert_eq!(state(env, &owner), before, "nothing was written");
    // The last of the three ends the owner's own session as well.
    let session = env.sign_in(&owner.email, &owner.password);
    let answers = interrupted(env, &session.access_token, &writes, || ends[2](&session));
    assert!(answers.iter().all(|(_, status)| *status == 401), "{answers:?}");
    assert_eq!(state(env, &env.sign_in(&owner.email, &owner.password)), before, "nothing was written");
}

#[test]
fn a_key_that_is_revoked_while_its_body_is_coming_gets_through_with_nothing() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "desk", "scopes": ["investors:write", "compliance:check"]});
    let made = env.post("/v1/auth/api-keys").token(&owner).json(&body).send().expect(201);
    let (id, key) = (text(&made, "id"), text(&made, "key"));
    note_secret(&key);
    assert!(is_let_in(env, &key), "it is known before");
    let writes = writes(env, &owner, owner.user_id);
    let before = state(env, &owner);
    let answers = interrupted(env, &key, &writes[4..], || {
        assert_eq!(env.delete(&format!("/v1/auth/api-keys/{id}")).token(&owner).send().status, 204);
    });
    assert!(answers.iter().all(|(_, status)| *status == 401), "{answers:?}");
    assert_eq!(state(env, &owner)[1..], before[1..], "nothing was written");
}

#[test]
fn a_revocation_that_commits_first_wins_over_a_change_that_waits_for_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it holds a revocation back") };
    let owner = env.institution();
    assert!(is_let_in(env, &owner), "what it may do is in the cache");
    let session = text(&env.get("/v1/auth/me").token(&owner).send().expect(200), "session_id");
    let mut admin = control.database().admin();
    let mut revocation = admin.transaction().expect("a transaction");
    let sql = "update session set revoked_at = now(), revoke_reason = 'user' where id = $1::text::uuid";
    assert_eq!(revocation.execute(sql, &[&session]).expect("an update"), 1);
    let body = json!({"kind": "legal", "name": "Late Ltd", "residence": "LU"});
    let status = thread::scope(|scope| {
        let late = scope.spawn(|| env.post("/v1/investors").token(&owner).json(&body).send().status);
        let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%authority_hold%'
            and datname = current_database()";
        let mut other = control.database().admin();
        wait_until("the change waits for the revocation", || {
            other.query_one(waits, &[]).expect("a count").get::<_, i64>(0) > 0
        });
        revocation.commit().expect("the revocation");
        late.join().expect("an answer")
    });
    assert_eq!(status, 401);
    let again = env.sign_in(&owner.email, &owner.password);
    assert_eq!(env.get("/v1/investors").token(&again).send().expect(200)["data"], json!([]));
}

#[test]
fn a_stored_answer_is_not_told_to_who_has_been_signed_out() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it ends a session behind the cache") };
    let owner = env.institution();
    let key = Uuid::new_v4().to_string();
    let create = || {
        let body = json!({"kind": "legal", "name": "Once Ltd", "residence": "LU"});
        env.post("/v1/investors").token(&owner).header("idempotency-key", &key).json(&body).send()
    };
    create().expect(201);
    create().expect(201);
    let sql = "update session set revoked_at = now(), revoke_reason = 'user' where user_id = $1::text::uuid";
    control.database().admin().execute(sql, &[&owner.user_id.to_string()]).expect("an update");
    assert_eq!(create().status, 401, "though the cache still knows the session");
}
