//! Keys of machines.

use fundrail_tests::{
    Environment, Tenant, Value, assert_problem, json, note_secret, shared, skip, wait_until,
};

use crate::support::{is_let_in, join, text};

fn create(env: &Environment, tenant: &Tenant, body: &Value) -> Value {
    let made = env.post("/v1/auth/api-keys").token(tenant).json(body).send().expect(201);
    note_secret(&text(&made, "key"));
    made
}

#[test]
fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let env = shared();
    let owner = env.institution();
    let made = create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"], "expires_in_days": 7}));
    let key = text(&made, "key");
    assert!(key.starts_with("frk_dev_") && key.len() == 44, "{} characters", key.len());
    env.get("/v1/funds?limit=1").token(&key).send().expect(200);
    assert_problem(&env.get("/v1/prices?limit=1").token(&key).send(), 403, "forbidden", &[]);
    let me = env.get("/v1/auth/me").token(&key).send().expect(200);
    assert_eq!(
        (&me["user"], &me["api_key_id"], &me["tenant"]["id"]),
        (&json!(null), &made["id"], &json!(owner.id))
    );
    assert_problem(&env.get("/v1/auth/sessions").token(&key).send(), 403, "forbidden", &[]);
    let list = env.get("/v1/auth/api-keys").token(&owner).send();
    assert!(!list.text().contains(&key), "it is shown once");
    assert_eq!(list.expect(200)["data"][0]["prefix"], key[..12]);
}

#[test]
fn a_key_gets_no_scope_that_its_creator_lacks_or_that_is_for_people() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "x", "scopes": ["users:write", "funds:read", "nonsense", "secrets:rotate"]});
    let refused = env.post("/v1/auth/api-keys").token(&owner).json(&body).send();
    assert_problem(&refused, 422, "invalid_fields", &["/scopes/0", "/scopes/2", "/scopes/3"]);
    let viewer = join(env, &owner, &["viewer"]);
    let body = json!({"name": "x", "scopes": ["funds:read"]});
    let refused = env.post("/v1/auth/api-keys").token(&viewer).json(&body).send();
    assert_problem(&refused, 403, "forbidden", &[]);
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let env = shared();
    let owner = env.institution();
    let made = create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"]}));
    let key = text(&made, "key");
    assert!(is_let_in(env, &key));
    let path = format!("/v1/auth/api-keys/{}", text(&made, "id"));
    assert_problem(&env.delete(&path).token(env.institution()).send(), 404, "not_found", &[]);
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(!is_let_in(env, &key));
    assert_problem(&env.delete(&path).token(&owner).send(), 404, "not_found", &[]);
}

#[test]
fn a_rotated_key_works_on_for_its_overlap() {
    let env = shared();
    let owner = env.institution();
    let made = create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"]}));
    let rotate = |id: &str, overlap: u32| {
        let path = format!("/v1/auth/api-keys/{id}/rotate");
        env.post(&path).token(&owner).json(&json!({"overlap_seconds": overlap})).send()
    };
    let second = rotate(&text(&made, "id"), 3600).expect(201);
    note_secret(&text(&second, "key"));
    assert!(is_let_in(env, text(&made, "key")) && is_let_in(env, text(&second, "key")));
    assert_problem(&rotate(&text(&made, "id"), 3600), 409, "api_key_over", &[]);
    let third = rotate(&text(&second, "id"), 0).expect(201);
    note_secret(&text(&third, "key"));
    assert!(!is_let_in(env, text(&second, "key")), "no overlap was asked for");
    assert!(is_let_in(env, text(&third, "key")));
}

#[test]
fn a_keys_own_limit_holds() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "slow", "scopes": ["funds:read"], "requests_per_minute": 3});
    let key = text(&create(env, &owner, &body), "key");
    let statuses =
        |key: &str| -> Vec<u16> { (0..5).map(|_| env.get("/v1/auth/me").token(key).send().status).collect() };
    assert_eq!(statuses(&key), [200, 200, 200, 429, 429]);
    let refused = env.get("/v1/auth/me").token(&key).send();
    assert_problem(&refused, 429, "too_many_requests", &[]);
    assert_eq!(refused.header("ratelimit-policy"), Some("\"default\";q=3;w=60"));

    // Also while a key is being replaced.
    let old = create(env, &owner, &body);
    let path = format!("/v1/auth/api-keys/{}/rotate", text(&old, "id"));
    let new = env.post(&path).token(&owner).json(&json!({})).send().expect(201);
    note_secret(&text(&new, "key"));
    assert_eq!(statuses(&text(&old, "key")), [200, 200, 200, 429, 429]);
    assert_eq!(statuses(&text(&new, "key")), [200, 200, 200, 429, 429]);
}

#[test]
fn every_wrong_field_of_a_key_is_named() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"name": "", "scopes": ["zzz", "funds:read", "users:write"], "expires_in_days": 0});
    let refused = env.post("/v1/auth/api-keys").token(&owner).json(&body).send();
    let wrong = ["/expires_in_days", "/name", "/scopes/0", "/scopes/2"];
    assert_problem(&refused, 422, "invalid_fields", &wrong);
    let made = create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"]}));
    let path = format!("/v1/auth/api-keys/{}/rotate", text(&made, "id"));
    let refused = env.post(&path).token(&owner).json(&json!({"overlap_seconds": 99_999_999, "x": 1})).send();
    assert_problem(&refused, 422, "invalid_fields", &["/overlap_seconds", "/x"]);
}

#[test]
fn an_expired_key_is_refused_and_a_use_is_noted() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a key old") };
    let owner = env.institution();
    let made = create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"]}));
    let (id, key) = (text(&made, "id"), text(&made, "key"));
    assert!(is_let_in(env, &key));
    wait_until("the use", || {
        let list = env.get("/v1/auth/api-keys").token(&owner).send().expect(200);
        list["data"][0]["last_used_at"].is_string()
    });
    let sql = "update api_key set expires_at = now() where id = $1::text::uuid";
    control.database().admin().execute(sql, &[&id]).expect("an update");
    redis::cmd("FLUSHALL").exec(&mut control.redis().connect()).expect("a wiped Redis");
    assert!(!is_let_in(env, &key));
}

#[test]
fn a_mistyped_or_unknown_key_is_refused() {
    let env = shared();
    let owner = env.institution();
    let key = text(&create(env, &owner, &json!({"name": "desk", "scopes": ["funds:read"]})), "key");
    let mut mistyped = key.clone();
    mistyped.replace_range(10..11, if &key[10..11] == "x" { "y" } else { "x" });
    let unknown = fundrail_domain::auth::api_key::generate("dev", &[7; 64]).expect("a key");
    for wrong in [mistyped.as_str(), unknown.as_str(), "frk_", "frk_dev_", &key[..43]] {
        assert_problem(&env.get("/v1/auth/me").token(wrong).send(), 401, "unauthenticated", &[]);
    }
}
