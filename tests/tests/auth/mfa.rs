//! Second factors.

use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fundrail_domain::auth::totp;
use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, note_secret, shared, skip};

use crate::support::{from_base32, is_let_in, join_too, text};

fn code(env: &Environment, tenant: &Tenant, path: &str, code: &str) -> Response {
    env.post(path).token(tenant).json(&json!({"code": code})).send()
}

/// A step whose code is taken now, and those after it, so that a test has several codes. Not one that is about to end:
/// the oldest code that is taken would be too old when it arrives.
pub(crate) fn step(offset: i64) -> i64 {
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
        let now = i64::try_from(now).expect("a time");
        if now % totp::STEP < totp::STEP - 3 {
            return now / totp::STEP + offset;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

pub(crate) struct Enrolled {
    pub(crate) tenant: Tenant,
    pub(crate) secret: Vec<u8>,
    pub(crate) recovery: Vec<String>,
}

/// A new tenant's owner with a confirmed second factor. The code of the step before now is used up.
pub(crate) fn enrolled(env: &Environment) -> Enrolled {
    let tenant = env.institution();
    let made = env.post("/v1/auth/mfa/totp").token(&tenant).send().expect(201);
    let secret = from_base32(&text(&made, "secret"));
    assert!(text(&made, "otpauth_uri").starts_with("otpauth://totp/Fundrail:"));
    let confirmed = code(env, &tenant, "/v1/auth/mfa/totp/confirm", &totp::code_at(&secret, step(-1)));
    let recovery = confirmed.expect(200)["recovery_codes"].as_array().expect("codes").clone();
    let recovery: Vec<String> = recovery.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    for code in &recovery {
        note_secret(code);
    }
    Enrolled { tenant, secret, recovery }
}

pub(crate) fn challenge(env: &Environment, tenant: &Tenant) -> String {
    let body = json!({"email": tenant.email, "password": tenant.password});
    let answer = env.post("/v1/auth/login").json(&body).send().expect(200);
    assert_eq!(answer["mfa_required"], true, "{answer}");
    assert!(answer.get("access_token").is_none());
    text(&answer, "challenge_token")
}

pub(crate) fn answer(env: &Environment, token: &str, code: &str) -> Response {
    env.post("/v1/auth/mfa/challenge").json(&json!({"challenge_token": token, "code": code})).send()
}

#[test]
fn signing_in_asks_for_the_second_factor_and_a_code_is_good_once() {
    let env = shared();
    let Enrolled { tenant, secret, recovery } = enrolled(env);
    assert_eq!(recovery.len(), 10);
    let now = totp::code_at(&secret, step(0));
    let token = challenge(env, &tenant);
    let tokens = answer(env, &token, &now).expect(200);
    assert!(is_let_in(env, text(&tokens, "access_token")));
    assert_problem(&answer(env, &token, &totp::code_at(&secret, step(1))), 401, "unauthenticated", &[]);
    let other = challenge(env, &tenant);
    assert_problem(&answer(env, &other, &now), 422, "wrong_code", &[]);
    answer(env, &other, &totp::code_at(&secret, step(1))).expect(200);
}

#[test]
fn a_recovery_code_works_once_and_new_ones_replace_the_old() {
    let env = shared();
    let Enrolled { tenant, recovery, .. } = enrolled(env);
    answer(env, &challenge(env, &tenant), &recovery[0].to_lowercase()).expect(200);
    assert_problem(&answer(env, &challenge(env, &tenant), &recovery[0]), 422, "wrong_code", &[]);
    let fresh = env.post("/v1/auth/mfa/recovery-codes").token(&tenant).send().expect(200);
    assert_problem(&answer(env, &challenge(env, &tenant), &recovery[1]), 422, "wrong_code", &[]);
    let code = fresh["recovery_codes"][0].as_str().expect("a code").to_owned();
    answer(env, &challenge(env, &tenant), &code).expect(200);
}

#[test]
fn five_wrong_codes_end_a_challenge_and_then_codes_have_to_wait() {
    let env = shared();
    let Enrolled { tenant, secret, .. } = enrolled(env);
    let token = challenge(env, &tenant);
    for _ in 0..5 {
        assert_problem(&answer(env, &token, "000000"), 422, "wrong_code", &[]);
    }
    assert_problem(&answer(env, &token, &totp::code_at(&secret, step(0))), 401, "unauthenticated", &[]);
    let paused = answer(env, &challenge(env, &tenant), &totp::code_at(&secret, step(0)));
    assert_problem(&paused, 429, "too_many_requests", &[]);
}

#[test]
fn dangerous_actions_want_a_fresh_second_factor() {
    let env = shared();
    let Enrolled { tenant, secret, .. } = enrolled(env);
    let Some(control) = env.control() else { return skip("it makes a second factor old") };
    let create = || {
        let body = json!({"name": "k", "scopes": ["funds:read"]});
        env.post("/v1/auth/api-keys").token(&tenant).json(&body).send()
    };
    create().expect(201);
    // As if five minutes had passed, with nothing of it in the cache.
    let user = tenant.user_id.to_string();
    let sql = "update session set mfa_at = mfa_at - interval '6 minutes' where user_id = $1::text::uuid";
    control.database().admin().execute(sql, &[&user]).expect("an update");
    redis::cmd("FLUSHALL").exec(&mut control.redis().connect()).expect("a wiped Redis");
    assert_problem(&create(), 401, "step_up_required", &[]);
    assert_problem(&code(env, &tenant, "/v1/auth/mfa/verify", "000000"), 422, "wrong_code", &[]);
    assert_eq!(code(env, &tenant, "/v1/auth/mfa/verify", &totp::code_at(&secret, step(0))).status, 204);
    create().expect(201);
}

#[test]
fn a_second_factor_is_enrolled_once_and_can_be_removed() {
    let env = shared();
    let Enrolled { tenant, .. } = enrolled(env);
    assert_problem(&env.post("/v1/auth/mfa/totp").token(&tenant).send(), 409, "mfa_enabled", &[]);
    let me = env.get("/v1/auth/me").token(&tenant).send().expect(200);
    assert_eq!(me["user"]["mfa_enabled"], true);
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&tenant).send().status, 204);
    assert_problem(&env.delete("/v1/auth/mfa/totp").token(&tenant).send(), 404, "not_found", &[]);
    env.sign_in(&tenant.email, &tenant.password);
}

#[test]
fn a_secret_that_was_not_confirmed_counts_for_nothing() {
    let env = shared();
    let tenant = env.institution();
    assert_problem(&code(env, &tenant, "/v1/auth/mfa/totp/confirm", "123456"), 409, "mfa_not_enrolled", &[]);
    env.post("/v1/auth/mfa/totp").token(&tenant).send().expect(201);
    assert_problem(&code(env, &tenant, "/v1/auth/mfa/totp/confirm", "000000"), 422, "wrong_code", &[]);
    env.sign_in(&tenant.email, &tenant.password);
}

#[test]
fn a_second_factor_counts_in_every_tenant_at_once() {
    let env = shared();
    let (person, other) = (env.institution(), env.institution());
    let there = text(&join_too(env, &other, &person, &["viewer"]), "access_token");
    assert!(is_let_in(env, &person) && is_let_in(env, &there), "both sessions are known");
    let made = env.post("/v1/auth/mfa/totp").token(&there).send().expect(201);
    let secret = from_base32(&text(&made, "secret"));
    let first = json!({"code": totp::code_at(&secret, step(-1))});
    env.post("/v1/auth/mfa/totp/confirm").token(&there).json(&first).send().expect(200);
    let me = env.get("/v1/auth/me").token(&person).send().expect(200);
    assert_eq!(me["user"]["mfa_enabled"], true);
    let key = json!({"name": "desk", "scopes": ["funds:read"]});
    let dangerous = env.post("/v1/auth/api-keys").token(&person).json(&key).send();
    assert_problem(&dangerous, 401, "step_up_required", &[]);
    assert_problem(&env.delete("/v1/auth/mfa/totp").token(&person).send(), 401, "step_up_required", &[]);
    let owner = json!({"email": "somebody@example.com", "roles": ["owner"]});
    let invited = env.post("/v1/auth/invitations").token(&person).json(&owner).send();
    assert_problem(&invited, 401, "step_up_required", &[]);
}

#[test]
fn of_recovery_codes_asked_for_at_once_one_set_works() {
    let env = shared();
    let Enrolled { tenant, .. } = enrolled(env);
    let replace = || env.post("/v1/auth/mfa/recovery-codes").token(&tenant).send().expect(200);
    let sets: Vec<Value> = thread::scope(|scope| {
        let tries: Vec<_> = (0..4).map(|_| scope.spawn(replace)).collect();
        tries.into_iter().map(|one| one.join().expect("codes")).collect()
    });
    let works = |set: &&Value| {
        let one = set["recovery_codes"][0].as_str().expect("a code");
        note_secret(one);
        code(env, &tenant, "/v1/auth/mfa/verify", one).status == 204
    };
    assert_eq!(sets.iter().filter(works).count(), 1);
}

#[test]
fn a_code_of_a_secret_that_is_not_confirmed_proves_nothing() {
    let env = shared();
    let tenant = env.institution();
    let made = env.post("/v1/auth/mfa/totp").token(&tenant).send().expect(201);
    let secret = from_base32(&text(&made, "secret"));
    let verified = code(env, &tenant, "/v1/auth/mfa/verify", &totp::code_at(&secret, step(0)));
    assert_problem(&verified, 422, "wrong_code", &[]);
    let confirmed = code(env, &tenant, "/v1/auth/mfa/totp/confirm", &totp::code_at(&secret, step(0)));
    confirmed.expect(200);
}

#[test]
fn a_step_up_says_as_rfc_9470_does_what_is_wanted_and_is_no_dead_session() {
    let env = shared();
    let (person, other) = (env.institution(), env.institution());
    let there = text(&join_too(env, &other, &person, &["admin"]), "access_token");
    let made = env.post("/v1/auth/mfa/totp").token(&person).send().expect(201);
    let secret = from_base32(&text(&made, "secret"));
    let first = json!({"code": totp::code_at(&secret, step(-1))});
    env.post("/v1/auth/mfa/totp/confirm").token(&person).json(&first).send().expect(200);
    let refused = env.delete("/v1/auth/mfa/totp").token(&there).send();
    assert_problem(&refused, 401, "step_up_required", &[]);
    let challenge = refused.header("www-authenticate").expect("a challenge");
    let parameters: Vec<&str> = challenge.strip_prefix("Bearer ").expect("the scheme").split(", ").collect();
    assert!(parameters.contains(&"error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(parameters.contains(&"acr_values=\"urn:fundrail:acr:mfa\""), "{challenge}");
    assert!(parameters.contains(&"max_age=\"300\""), "{challenge}");
    assert!(is_let_in(env, &there), "the session is good");
    let second = json!({"code": totp::code_at(&secret, step(0))});
    assert_eq!(env.post("/v1/auth/mfa/verify").token(&there).json(&second).send().status, 204);
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&there).send().status, 204);
}
