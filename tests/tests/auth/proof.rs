//! Proof of identity before effects: the mailbox, a fresh sign-in, second factors that are demanded or lost.

use fundrail_domain::auth::totp;
use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, note_secret, shared, skip};
use uuid::Uuid;

use crate::{
    mfa::{Enrolled, answer, challenge, enrolled, step},
    support::{from_base32, is_let_in, join, join_too, mailed, own_address, refresh, text},
};

const NEW: &str = "another-lamp-of-brass";

fn verify(env: &Environment, tenant: &Tenant) {
    let token = mailed(env, tenant, "email_verification", &tenant.email);
    let verified = env.post("/v1/auth/email/verify").json(&json!({"token": token})).send();
    assert_eq!(verified.status, 204, "{}", verified.describe());
}

fn reset_by_mail(env: &Environment, tenant: &Tenant) {
    env.post("/v1/auth/password/forgot").json(&json!({"email": tenant.email})).send().expect(202);
    let token = mailed(env, tenant, "password_reset", &tenant.email);
    let body = json!({"token": token, "password": NEW});
    let reset = env.post("/v1/auth/password/reset").header("forwarded", &own_address()).json(&body).send();
    assert_eq!(reset.status, 204, "{}", reset.describe());
}

/// Everything of weight that an owner may do, and that has to wait for a verified address.
fn of_weight(env: &Environment, owner: &Tenant) -> Vec<Response> {
    let post = |path: &str, body: &Value| env.post(path).token(owner).json(body).send();
    let own_roles = format!("/v1/auth/users/{}/roles", owner.user_id);
    let factor = format!("/v1/auth/users/{}/mfa", owner.user_id);
    let some = Uuid::now_v7();
    vec![
        post("/v1/auth/mfa/totp", &json!({})),
        post("/v1/auth/mfa/totp/confirm", &json!({"code": "123456"})),
        post("/v1/auth/mfa/recovery-codes", &json!({})),
        post("/v1/auth/api-keys", &json!({"name": "k", "scopes": ["funds:read"]})),
        post(&format!("/v1/auth/api-keys/{some}/rotate"), &json!({})),
        post(&format!("/v1/auth/api-keys/{some}/take-over"), &json!({})),
        post("/v1/auth/invitations", &json!({"email": format!("{some}@example.com"), "roles": ["owner"]})),
        post("/v1/auth/tenants/switch", &json!({"tenant_id": owner.id})),
        env.put(&own_roles).token(owner).json(&json!({"roles": ["owner", "viewer"]})).send(),
        env.delete(&factor).token(owner).send(),
        env.patch("/v1/auth/tenant").token(owner).header("if-match", "*").json(&json!({"name": "B"})).send(),
    ]
}

#[test]
fn nothing_of_weight_is_done_before_the_address_is_verified() {
    let env = shared();
    let owner = env.unverified("institution");
    for refused in of_weight(env, &owner) {
        assert_problem(&refused, 403, "email_unverified", &[]);
    }
    env.get("/v1/investors").token(&owner).send().expect(200);
    verify(env, &owner);
    for done in of_weight(env, &owner) {
        assert_ne!(done.status, 403, "{}", done.describe());
    }
}

#[test]
fn an_unverified_account_mails_nobody_in_the_name_of_a_tenant() {
    let env = shared();
    let owner = env.unverified("institution");
    for number in 0..3 {
        let body = json!({"email": format!("stranger-{number}@example.com"), "roles": ["viewer"]});
        let refused = env.post("/v1/auth/invitations").token(&owner).json(&body).send();
        assert_problem(&refused, 403, "email_unverified", &[]);
    }
    let mails = env.get("/v1/ops/notifications").token(&owner).send().expect(200);
    let mails = mails["data"].as_array().expect("mails").clone();
    assert!(mails.iter().all(|mail| mail["recipient"] == json!(owner.email)), "{mails:?}");
}

/// An account as it may have been left by whoever registered a stranger's address before that was of no use.
struct Hijacked {
    owner: Tenant,
    secret: Vec<u8>,
    key: String,
    guest: Tenant,
    invitation: String,
}

fn hijacked(env: &Environment) -> Option<Hijacked> {
    let control = env.control()?;
    let Enrolled { tenant: owner, secret, .. } = enrolled(env);
    let made =
        env.post("/v1/auth/api-keys").token(&owner).json(&json!({"name": "k", "scopes": ["funds:read"]}));
    let key = text(&made.send().expect(201), "key");
    note_secret(&key);
    let guest = join(env, &owner, &["owner"]);
    let email = format!("late-{}@example.com", Uuid::new_v4().simple());
    let body = json!({"email": email, "roles": ["owner"]});
    env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
    let invitation = mailed(env, &owner, "invitation", &email);
    let sql = "update app_user set email_verified_at = null where id = $1::text::uuid";
    control.database().admin().execute(sql, &[&owner.user_id.to_string()]).expect("an update");
    Some(Hijacked { owner, secret, key, guest, invitation })
}

fn follow(env: &Environment, invitation: &str) -> Response {
    let body = json!({"token": invitation, "password": NEW});
    env.post("/v1/auth/password/accept-invitation").json(&body).send()
}

#[test]
fn a_reset_that_proves_the_mailbox_first_drops_all_that_was_there_before() {
    let env = shared();
    let Some(Hijacked { owner, secret, key, guest, invitation }) = hijacked(env) else {
        return skip("it makes an address unverified again");
    };
    let before = challenge(env, &owner);
    assert!(is_let_in(env, &key) && is_let_in(env, &guest));
    reset_by_mail(env, &owner);
    assert!(!is_let_in(env, &owner) && !is_let_in(env, &key) && !is_let_in(env, &guest));
    assert_problem(&refresh(env, &owner.refresh_token), 401, "unauthenticated", &[]);
    assert_problem(&follow(env, &invitation), 422, "link_invalid", &[]);
    assert_problem(&answer(env, &before, &totp::code_at(&secret, step(0))), 401, "unauthenticated", &[]);
    let again = env.sign_in(&owner.email, NEW);
    let me = env.get("/v1/auth/me").token(&again).send().expect(200);
    assert_eq!((&me["user"]["mfa_enabled"], &me["user"]["email_verified"]), (&json!(false), &json!(true)));
    let users = env.get("/v1/auth/users").token(&again).send().expect(200);
    assert_eq!(users["data"].as_array().map(Vec::len), Some(1), "{users}");
}

#[test]
fn a_link_that_proves_the_mailbox_first_drops_factor_keys_and_invitations() {
    let env = shared();
    let Some(Hijacked { owner, key, invitation, .. }) = hijacked(env) else {
        return skip("it makes an address unverified again");
    };
    env.post("/v1/auth/email/verification").token(&owner).send().expect(202);
    verify(env, &owner);
    assert!(!is_let_in(env, &key));
    assert_problem(&follow(env, &invitation), 422, "link_invalid", &[]);
    let me = env.get("/v1/auth/me").token(&owner).send().expect(200);
    assert_eq!(me["user"]["mfa_enabled"], false);
}

#[test]
fn a_later_proof_of_the_mailbox_drops_nothing() {
    let env = shared();
    let Enrolled { tenant: owner, secret, .. } = enrolled(env);
    let guest = join(env, &owner, &["viewer"]);
    reset_by_mail(env, &owner);
    let again = Tenant { password: NEW.to_owned(), ..owner };
    answer(env, &challenge(env, &again), &totp::code_at(&secret, step(0))).expect(200);
    assert!(is_let_in(env, &guest));
}

/// Moves the sign-ins of somebody so far into the past that they are not fresh any more.
fn make_stale(env: &Environment, tenant: &Tenant) -> bool {
    let Some(control) = env.control() else { return false };
    let sql = "update session set authenticated_at = authenticated_at - interval '6 minutes', \
        mfa_at = mfa_at - interval '6 minutes' where user_id = $1::text::uuid";
    control.database().admin().execute(sql, &[&tenant.user_id.to_string()]).expect("an update");
    redis::cmd("FLUSHALL").exec(&mut control.redis().connect()).expect("a wiped Redis");
    true
}

#[test]
fn a_first_factor_wants_a_fresh_sign_in_and_a_refreshed_token_is_none() {
    let env = shared();
    let owner = env.institution();
    if !make_stale(env, &owner) {
        return skip("it makes a sign-in old");
    }
    let enrol = |token: &str| env.post("/v1/auth/mfa/totp").token(token).send();
    assert_problem(&enrol(&owner.access_token), 401, "step_up_required", &[]);
    let renewed = text(&refresh(env, &owner.refresh_token).expect(200), "access_token");
    assert_problem(&enrol(&renewed), 401, "step_up_required", &[]);
    let switched = env.post("/v1/auth/tenants/switch").token(&renewed).json(&json!({"tenant_id": owner.id}));
    let switched = text(&switched.send().expect(200), "access_token");
    assert_problem(&enrol(&switched), 401, "step_up_required", &[]);
    let fresh = env.sign_in(&owner.email, &owner.password);
    enrol(&fresh.access_token).expect(201);
}

#[test]
fn every_grant_of_lasting_authority_wants_a_fresh_proof_also_of_who_has_no_second_factor() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    let body = json!({"name": "k", "scopes": ["funds:read"]});
    let key = env.post("/v1/auth/api-keys").token(&owner).json(&body).send().expect(201);
    note_secret(&text(&key, "key"));
    if !make_stale(env, &owner) {
        return skip("it makes a sign-in old");
    }
    let email = format!("late-{}@example.com", Uuid::new_v4().simple());
    let path = |what: &str| format!("/v1/auth/api-keys/{}/{what}", text(&key, "id"));
    let roles = format!("/v1/auth/users/{}/roles", member.user_id);
    let grants = |by: &str| {
        let post = |path: &str, body: &Value| env.post(path).token(by).json(body).send();
        [
            post("/v1/auth/api-keys", &body),
            post(&path("rotate"), &json!({})),
            post(&path("take-over"), &json!({})),
            post("/v1/auth/invitations", &json!({"email": email, "roles": ["owner"]})),
            env.put(&roles).token(by).json(&json!({"roles": ["owner"]})).send(),
            env.patch("/v1/auth/tenant").token(by).header("if-match", "*").json(&json!({"name": "B"})).send(),
        ]
    };
    for refused in grants(&owner.access_token) {
        assert_problem(&refused, 401, "step_up_required", &[]);
    }
    let keys = env.get("/v1/auth/api-keys").token(&owner).send().expect(200);
    assert_eq!(keys["data"].as_array().map(Vec::len), Some(1), "nothing was written: {keys}");
    let fresh = env.sign_in(&owner.email, &owner.password);
    let statuses = grants(&fresh.access_token).map(|answer| answer.status);
    assert_eq!(statuses, [201, 201, 409, 201, 200, 200], "what was rotated is not taken over");
}

#[test]
fn a_key_holds_only_while_whoever_answers_for_it_has_the_factor_that_the_tenant_demands() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it takes a factor by hand") };
    let Enrolled { tenant: owner, .. } = enrolled(env);
    let admin = join(env, &owner, &["admin"]);
    let make = |by: &Tenant| {
        let body = json!({"name": "k", "scopes": ["investors:read", "investors:write"]});
        let key = text(&env.post("/v1/auth/api-keys").token(by).json(&body).send().expect(201), "key");
        note_secret(&key);
        key
    };
    let (of_owner, of_admin) = (make(&owner), make(&admin));
    let read = |key: &str| env.get("/v1/investors?limit=1").token(key).send();
    for key in [&of_owner, &of_admin] {
        read(key).expect(200);
    }
    let demand = |wanted: bool| {
        let body = json!({"mfa_required": wanted});
        env.patch("/v1/auth/tenant").token(&owner).header("if-match", "*").json(&body).send().expect(200)
    };
    demand(true);
    read(&of_owner).expect(200);
    assert_problem(&read(&of_admin), 403, "mfa_required", &[]);
    enrol(env, &admin);
    read(&of_admin).expect(200);
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&admin).send().status, 204);
    assert_problem(&read(&of_admin), 403, "mfa_required", &[]);
    demand(false);
    read(&of_admin).expect(200);

    // At the moment of use, whatever caches know.
    demand(true);
    redis::cmd("FLUSHALL").exec(&mut control.redis().connect()).expect("a wiped Redis");
    read(&of_owner).expect(200);
    let sql = "delete from user_totp where user_id = $1::text::uuid";
    control.database().admin().execute(sql, &[&owner.user_id.to_string()]).expect("a factor is taken");
    let body = json!({"kind": "legal", "name": "Desk Ltd", "residence": "LU"});
    let write = env.post("/v1/investors").token(&of_owner).json(&body).send();
    assert_eq!(write.status, 403, "{}", write.describe());
}

fn enrol(env: &Environment, who: &Tenant) -> Vec<u8> {
    let made = env.post("/v1/auth/mfa/totp").token(who).send().expect(201);
    let secret = from_base32(&text(&made, "secret"));
    let body = json!({"code": totp::code_at(&secret, step(-1))});
    env.post("/v1/auth/mfa/totp/confirm").token(who).json(&body).send().expect(200);
    secret
}

#[test]
fn an_owner_resets_the_factor_of_a_member_who_has_lost_it() {
    let env = shared();
    let owner = env.institution();
    let (admin, member) = (join(env, &owner, &["admin"]), join(env, &owner, &["viewer"]));
    let path = format!("/v1/auth/users/{}/mfa", member.user_id);
    assert_problem(&env.delete(&path).token(&owner).send(), 404, "not_found", &[]);
    enrol(env, &member);
    assert_problem(&env.delete(&path).token(&admin).send(), 403, "forbidden", &[]);
    assert_problem(&env.delete(&path).token(&member).send(), 403, "forbidden", &[]);
    assert_problem(&env.delete(&path).token(env.institution()).send(), 404, "not_found", &[]);
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(!is_let_in(env, &member), "their sessions end");
    env.sign_in(&member.email, &member.password);
    let mails = env.get(&format!("/v1/ops/notifications?recipient={}", member.email)).token(&owner).send();
    let mails = mails.expect(200)["data"].as_array().expect("mails").clone();
    assert!(mails.iter().any(|mail| mail["kind"] == "mfa_reset"), "{mails:?}");
    let events = env.get("/v1/audit?action=mfa.reset").token(&owner).send().expect(200);
    assert_eq!(events["data"][0]["subject_id"], json!(member.user_id.to_string()));
}

#[test]
fn resetting_a_factor_wants_a_fresh_proof_of_whoever_does_it() {
    let env = shared();
    let Enrolled { tenant: owner, secret, .. } = enrolled(env);
    let member = join(env, &owner, &["viewer"]);
    enrol(env, &member);
    let path = format!("/v1/auth/users/{}/mfa", member.user_id);
    if !make_stale(env, &owner) {
        return skip("it makes a proof old");
    }
    assert_problem(&env.delete(&path).token(&owner).send(), 401, "step_up_required", &[]);
    let body = json!({"code": totp::code_at(&secret, step(0))});
    assert_eq!(env.post("/v1/auth/mfa/verify").token(&owner).json(&body).send().status, 204);
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    let plain = env.institution();
    assert!(make_stale(env, &plain));
    let path = format!("/v1/auth/users/{}/mfa", plain.user_id);
    assert_problem(&env.delete(&path).token(&plain).send(), 401, "step_up_required", &[]);
}

#[test]
fn the_factor_of_who_belongs_to_another_tenant_too_is_reset_by_an_operator_alone() {
    let env = shared();
    let (owner, person) = (env.institution(), env.institution());
    join_too(env, &owner, &person, &["viewer"]);
    enrol(env, &person);
    let path = format!("/v1/auth/users/{}/mfa", person.user_id);
    assert_problem(&env.delete(&path).token(&owner).send(), 409, "member_elsewhere", &[]);
    assert!(is_let_in(env, &person));
    let Some(operator) = env.operator(&env.institution()) else { return skip("it gives the role operator") };
    assert_eq!(env.delete(&path).token(&operator).send().status, 204);
    assert!(!is_let_in(env, &person));
    env.sign_in(&person.email, &person.password);
}

#[test]
fn the_factor_of_an_operator_is_reset_by_an_operator_alone() {
    let env = shared();
    let owner = env.institution();
    let person = join(env, &owner, &["viewer"]);
    let Some(operator) = env.operator(&person) else { return skip("it gives the role operator") };
    enrol(env, &operator);
    let path = format!("/v1/auth/users/{}/mfa", operator.user_id);
    assert_problem(&env.delete(&path).token(&owner).send(), 403, "forbidden", &[]);
    assert!(is_let_in(env, &operator));
    let other = env.operator(&env.institution()).expect("the role was given before");
    assert_eq!(env.delete(&path).token(&other).send().status, 204);
    assert!(!is_let_in(env, &operator));
}

#[test]
fn a_tenant_demands_a_second_factor_of_everybody() {
    let env = shared();
    let plain = env.institution();
    let demand = |by: &Tenant, wanted: bool| {
        let body = json!({"mfa_required": wanted});
        env.patch("/v1/auth/tenant").token(by).header("if-match", "*").json(&body).send()
    };
    assert_problem(&demand(&plain, true), 409, "mfa_not_enabled", &[]);
    let Enrolled { tenant: owner, .. } = enrolled(env);
    let member = join(env, &owner, &["viewer"]);
    let changed = demand(&owner, true).expect(200);
    assert_eq!(changed["mfa_required"], true);
    let funds = |who: &Tenant| env.get("/v1/funds?limit=1").token(who).send();
    assert_problem(&funds(&member), 403, "mfa_required", &[]);
    let me = env.get("/v1/auth/me").token(&member).send().expect(200);
    assert_eq!(me["tenant"]["mfa_required"], true, "it can find out why");
    funds(&owner).expect(200);
    // A session that has not shown the factor is not let in either, whoever's it is.
    let other = env.sign_in(&member.email, &member.password);
    let secret = enrol(env, &member);
    funds(&member).expect(200);
    assert_problem(&funds(&other), 403, "mfa_required", &[]);
    let body = json!({"code": totp::code_at(&secret, step(0))});
    assert_eq!(env.post("/v1/auth/mfa/verify").token(&other).json(&body).send().status, 204);
    funds(&other).expect(200);
    let late = join(env, &owner, &["viewer"]);
    assert_problem(&funds(&late), 403, "mfa_required", &[]);
    assert_eq!(demand(&owner, false).expect(200)["mfa_required"], false);
    funds(&late).expect(200);
}
