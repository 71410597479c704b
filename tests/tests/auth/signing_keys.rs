//! The keys of access tokens.

use std::{
    thread,
    time::{Duration, Instant},
};

use fundrail_tests::{Environment, Options, assert_problem, json, shared, skip, wait_until, wait_until_some};

use crate::support::{is_let_in, refresh, text};

#[test]
fn the_published_keys_name_the_one_that_signs_and_can_be_cached() {
    let env = shared();
    let owner = env.institution();
    // Another test may rotate the keys between the two.
    let read = wait_until_some("the same keys twice", || {
        let read = env.get("/.well-known/jwks.json").send();
        let etag = read.header("etag").expect("a tag").to_owned();
        let again = env.get("/.well-known/jwks.json").header("if-none-match", &etag).send();
        (again.status == 304).then_some(read)
    });
    assert_eq!(read.header("cache-control"), Some("public, max-age=60"));
    let keys = read.expect(200)["keys"].clone();
    let header = crate::attacks::part(&owner.access_token, 0);
    let key = keys
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .expect("its key")
        .clone();
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key.get("d").is_none(), "the public half alone");
}

#[test]
fn a_rotation_needs_the_operator_and_leaves_tokens_standing() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it rotates keys for everybody") };
    let owner = env.institution();
    let rotate = || env.post("/v1/auth/signing-keys/rotate").token(&owner).json(&json!({})).send();
    assert_problem(&rotate(), 403, "forbidden", &[]);
    let mut admin = control.database().admin();
    let sql = "insert into membership_role (tenant_id, user_id, role) values ($1::text::uuid, $2::text::uuid, 'operator')";
    admin.execute(sql, &[&owner.id.to_string(), &owner.user_id.to_string()]).expect("a role");
    let operator = env.sign_in(&owner.email, &owner.password);
    let rotated =
        env.post("/v1/auth/signing-keys/rotate").token(&operator).json(&json!({})).send().expect(200);
    assert!(is_let_in(env, &operator), "what the old key signed");
    let named = text(&rotated, "kid");
    let kids = published(env);
    assert!(kids.len() >= 2 && kids.contains(&named), "published before it signs: {kids:?}");
    let again = env.sign_in(&owner.email, &owner.password);
    let kid = crate::attacks::part(&again.access_token, 0)["kid"].clone();
    assert_ne!(kid, rotated["kid"], "the old key signs until caches have seen the new one");
    let sealed: String =
        admin.query_one("select string_agg(secret_sealed, ' ') from signing_key", &[]).expect("keys").get(0);
    assert!(sealed.len() > 60, "encrypted");
}

#[test]
fn an_old_key_is_followed_by_a_new_one_on_schedule() {
    let Some(env) = Environment::start(&Options::default()) else { return skip("it ages a key") };
    let control = env.control().expect("started here");
    let owner = env.institution();
    let (before, mut admin) = (published(&env), control.database().admin());
    assert_eq!(before.len(), 1);
    admin.execute("update signing_key set created_at = created_at - interval '31 days'", &[]).expect("aged");
    admin.execute("delete from periodic_task where name = 'signing_keys.rotate'", &[]).expect("due");
    wait_until("there is a second key", || published(&env).len() == 2);
    assert!(published(&env).contains(&before[0]) && is_let_in(&env, &owner), "the first one verifies on");
}

#[test]
fn a_compromised_key_is_refused_within_a_minute() {
    let Some(env) = Environment::start(&Options::default()) else { return skip("it signs everybody out") };
    let owner = env.institution();
    let operator = env.operator(&owner).expect("started here");
    let before = published(&env);
    let rotated =
        env.post("/v1/auth/signing-keys/rotate").token(&operator).json(&json!({"compromised": true}));
    let rotated = rotated.send().expect(200);
    assert_eq!(published(&env), [text(&rotated, "kid")], "nothing that it signed counts any more");
    assert!(!before.contains(&text(&rotated, "kid")));
    for _ in 0..10 {
        let again = env.sign_in(&owner.email, &owner.password);
        let kid = crate::attacks::part(&again.access_token, 0)["kid"].clone();
        assert_eq!(kid, rotated["kid"], "nothing more is signed with the old one");
    }
    let begun = Instant::now();
    while is_let_in(&env, &owner) {
        assert!(begun.elapsed() < Duration::from_mins(1), "a removed key still verifies");
        thread::sleep(Duration::from_millis(200));
    }
    let tokens = refresh(&env, &owner.refresh_token).expect(200);
    assert!(is_let_in(&env, text(&tokens, "access_token")), "who has a session goes on with a new token");
}

fn published(env: &Environment) -> Vec<String> {
    let keys = env.get("/.well-known/jwks.json").send().expect(200);
    keys["keys"].as_array().expect("keys").iter().map(|key| text(key, "kid")).collect()
}
