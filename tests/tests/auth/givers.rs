//! Authority that somebody has given: it holds what its giver holds now, and ends with them.

use std::thread;

use fundrail_tests::{
    Environment, Response, Tenant, assert_problem, json, note_secret, shared, skip, wait_until,
};
use uuid::Uuid;

use crate::support::{is_let_in, join, mailed, text};

/// An address that nobody has, and the token of an invitation to it.
fn invited(env: &Environment, by: &Tenant, owner: &Tenant, roles: &[&str]) -> String {
    let email = format!("guest-{}@example.com", Uuid::new_v4().simple());
    let body = json!({"email": email, "roles": roles});
    env.post("/v1/auth/invitations").token(by).json(&body).send().expect(201);
    mailed(env, owner, "invitation", &email)
}

fn accept(env: &Environment, token: &str) -> Response {
    let body = json!({"token": token, "password": "violet-harbour-27-lamp"});
    env.post("/v1/auth/password/accept-invitation").json(&body).send()
}

/// Invites somebody anew who has been removed, and has them come back by their password.
fn come_back(env: &Environment, owner: &Tenant, who: &Tenant, roles: &[&str]) {
    let body = json!({"email": who.email, "roles": roles});
    env.post("/v1/auth/invitations").token(owner).json(&body).send().expect(201);
    let body = json!({"token": mailed(env, owner, "invitation", &who.email), "password": who.password});
    env.post("/v1/auth/password/accept-invitation").json(&body).send().expect(200);
}

fn key(env: &Environment, by: &Tenant, scopes: &[&str]) -> (String, String) {
    let made =
        env.post("/v1/auth/api-keys").token(by).json(&json!({"name": "desk", "scopes": scopes})).send();
    let made = made.expect(201);
    note_secret(&text(&made, "key"));
    (text(&made, "id"), text(&made, "key"))
}

fn remove(env: &Environment, by: &Tenant, whom: &Tenant) {
    let path = format!("/v1/auth/users/{}", whom.user_id);
    assert_eq!(env.delete(&path).token(by).send().status, 204);
}

fn set_roles(env: &Environment, by: &Tenant, whom: &Tenant, roles: &[&str]) {
    let path = format!("/v1/auth/users/{}/roles", whom.user_id);
    env.put(&path).token(by).json(&json!({"roles": roles})).send().expect(200);
}

#[test]
fn an_invitation_is_void_once_its_giver_is_gone() {
    let env = shared();
    let owner = env.institution();
    let second = join(env, &owner, &["owner"]);
    let token = invited(env, &second, &owner, &["owner"]);
    let known = env.institution();
    let body = json!({"email": known.email, "roles": ["owner"]});
    env.post("/v1/auth/invitations").token(&second).json(&body).send().expect(201);
    let to_known = mailed(env, &owner, "invitation", &known.email);
    remove(env, &owner, &second);
    assert_eq!(env.get("/v1/auth/invitations").token(&owner).send().expect(200)["data"], json!([]));
    assert_problem(&accept(env, &token), 422, "link_invalid", &[]);
    let by_session =
        env.post("/v1/auth/invitations/accept").token(&known).json(&json!({"token": to_known})).send();
    assert_problem(&by_session, 422, "link_invalid", &[]);
    // Who comes back does not bring it back.
    come_back(env, &owner, &second, &["owner"]);
    assert_problem(&accept(env, &token), 422, "link_invalid", &[]);
}

#[test]
fn an_invitation_gives_no_role_that_its_giver_could_not_give_any_more() {
    let env = shared();
    let owner = env.institution();
    let second = join(env, &owner, &["owner"]);
    let (to_owner, to_viewer) =
        (invited(env, &second, &owner, &["owner"]), invited(env, &second, &owner, &["viewer"]));
    set_roles(env, &owner, &second, &["admin"]);
    assert_problem(&accept(env, &to_owner), 422, "link_invalid", &[]);
    accept(env, &to_viewer).expect(200);
    let late = invited(env, &second, &owner, &["viewer"]);
    set_roles(env, &owner, &second, &["trader"]);
    set_roles(env, &owner, &second, &["owner"]);
    for token in [late, to_owner] {
        assert_problem(&accept(env, &token), 422, "link_invalid", &[]);
    }
}

#[test]
fn roles_that_were_taken_by_hand_void_an_invitation_too() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it takes a role by hand") };
    let owner = env.institution();
    let admin = join(env, &owner, &["admin", "viewer"]);
    let token = invited(env, &admin, &owner, &["viewer"]);
    let sql = "delete from membership_role where user_id = $1::text::uuid and role = 'admin'";
    control.database().admin().execute(sql, &[&admin.user_id.to_string()]).expect("a role is taken");
    assert_problem(&accept(env, &token), 422, "link_invalid", &[]);
}

#[test]
fn an_invitation_followed_while_its_giver_is_removed_is_followed_before_or_not_at_all() {
    let env = shared();
    let owner = env.institution();
    let second = join(env, &owner, &["owner"]);
    let tokens: Vec<String> = (0..3).map(|_| invited(env, &second, &owner, &["owner"])).collect();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> = tokens.iter().map(|token| scope.spawn(|| accept(env, token).status)).collect();
        let removal = scope.spawn(|| remove(env, &owner, &second));
        let statuses = tries.into_iter().map(|one| one.join().expect("an answer")).collect();
        removal.join().expect("they are removed");
        statuses
    });
    assert!(statuses.iter().all(|status| [200, 422].contains(status)), "{statuses:?}");
    let followed = statuses.iter().filter(|status| **status == 200).count();
    let users = env.get("/v1/auth/users").token(&owner).send().expect(200);
    assert_eq!(users["data"].as_array().map(Vec::len), Some(1 + followed), "{users}");
    for token in &tokens {
        assert_problem(&accept(env, token), 422, "link_invalid", &[]);
    }
}

/// An open invitation to somebody who is a member already; its token.
fn invited_again(env: &Environment, owner: &Tenant, who: &Tenant, roles: &[&str]) -> String {
    let body = json!({"email": who.email, "roles": roles});
    env.post("/v1/auth/invitations").token(owner).json(&body).send().expect(201);
    mailed(env, owner, "invitation", &who.email)
}

/// The answer to who follows an invitation by the password that they have.
fn follow_by_password(env: &Environment, token: &str, who: &Tenant) -> Response {
    let body = json!({"token": token, "password": who.password});
    env.post("/v1/auth/password/accept-invitation").json(&body).send()
}

#[test]
fn who_is_removed_does_not_come_back_by_an_invitation_from_before() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["trader"]);
    let token = invited_again(env, &owner, &member, &["owner"]);
    let to_other = invited(env, &owner, &owner, &["viewer"]);
    remove(env, &owner, &member);
    assert_problem(&follow_by_password(env, &token, &member), 422, "link_invalid", &[]);
    let elsewhere = env.institution();
    let body = json!({"token": token});
    let signed_in = env.post("/v1/auth/invitations/accept").token(&elsewhere).json(&body).send();
    assert_problem(&signed_in, 422, "link_invalid", &[]);
    let removed = env.get("/v1/audit?action=user.removed").token(&owner).send().expect(200);
    assert_eq!(removed["data"][0]["detail"]["invitations_ended"], 1, "{removed}");
    accept(env, &to_other).expect(200);
    // One from afterwards is another decision.
    come_back(env, &owner, &member, &["viewer"]);
    let leaves = join(env, &owner, &["viewer"]);
    let token = invited_again(env, &owner, &leaves, &["admin"]);
    remove(env, &leaves, &leaves);
    assert_problem(&follow_by_password(env, &token, &leaves), 422, "link_invalid", &[]);
}

#[test]
fn who_is_demoted_does_not_rise_by_an_invitation_from_before() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["admin"]);
    let token = invited_again(env, &owner, &member, &["owner"]);
    set_roles(env, &owner, &member, &["viewer"]);
    assert_problem(&follow_by_password(env, &token, &member), 422, "link_invalid", &[]);
    let body = json!({"token": token});
    let signed_in = env.post("/v1/auth/invitations/accept").token(&member).json(&body).send();
    assert_problem(&signed_in, 422, "link_invalid", &[]);
    let changed = env.get("/v1/audit?action=user.roles_changed").token(&owner).send().expect(200);
    assert_eq!(changed["data"][0]["detail"]["invitations_ended"], 1, "{changed}");
    // One that gives no more than they are to have stands.
    let token = invited_again(env, &owner, &member, &["trader"]);
    set_roles(env, &owner, &member, &["trader", "viewer"]);
    follow_by_password(env, &token, &member).expect(200);
}

#[test]
fn a_key_ends_with_the_membership_of_whoever_made_it() {
    let env = shared();
    let owner = env.institution();
    let admin = join(env, &owner, &["admin"]);
    let (_, secret) = key(env, &admin, &["investors:read", "investors:write"]);
    assert!(is_let_in(env, &secret));
    remove(env, &owner, &admin);
    assert!(!is_let_in(env, &secret), "at once");
    let list = env.get("/v1/auth/api-keys").token(&owner).send().expect(200);
    assert!(list["data"][0]["revoked_at"].is_string(), "{list}");
    let events = env.get("/v1/audit?action=user.removed").token(&owner).send().expect(200);
    assert_eq!(events["data"][0]["detail"]["api_keys_ended"], 1);
    come_back(env, &owner, &admin, &["admin"]);
    assert!(!is_let_in(env, &secret), "who comes back does not bring it back");
}

#[test]
fn a_key_allows_what_its_maker_may_do_now() {
    let env = shared();
    let owner = env.institution();
    let admin = join(env, &owner, &["admin"]);
    let (_, secret) = key(env, &admin, &["investors:read", "investors:write"]);
    let create = || {
        let body = json!({"kind": "legal", "name": "Desk Ltd", "residence": "LU"});
        env.post("/v1/investors").token(&secret).json(&body).send()
    };
    create().expect(201);
    set_roles(env, &owner, &admin, &["viewer"]);
    assert_problem(&create(), 403, "forbidden", &[]);
    let me = env.get("/v1/auth/me").token(&secret).send().expect(200);
    assert_eq!(me["permissions"], json!(["investors:read"]));
    set_roles(env, &owner, &admin, &["admin"]);
    create().expect(201);
}

#[test]
fn a_key_that_is_taken_over_outlives_whoever_made_it_and_their_copy_of_it_is_dead() {
    let env = shared();
    let owner = env.institution();
    let admin = join(env, &owner, &["admin"]);
    let (id, secret) = key(env, &admin, &["investors:read"]);
    let path = format!("/v1/auth/api-keys/{id}/take-over");
    let take_over = |token: &str, body| env.post(&path).token(token).json(&body).send();
    assert_problem(&env.post(&path).json(&json!({})).send(), 401, "unauthenticated", &[]);
    assert_problem(&take_over(&secret, json!({})), 403, "forbidden", &[]);
    assert_problem(&take_over(env.institution().as_ref(), json!({})), 404, "not_found", &[]);
    let wrong = json!({"overlap_seconds": 604_801, "x": 1});
    assert_problem(&take_over(owner.as_ref(), wrong), 422, "invalid_fields", &["/overlap_seconds", "/x"]);
    assert!(is_let_in(env, &secret));
    let taken = take_over(owner.as_ref(), json!({})).expect(201);
    note_secret(&text(&taken, "key"));
    assert_eq!((&taken["created_by"], &taken["scopes"]), (&json!(owner.user_id), &json!(["investors:read"])));
    assert!(!is_let_in(env, &secret), "what the leaver knows is dead at once");
    remove(env, &owner, &admin);
    assert!(is_let_in(env, text(&taken, "key")));
    let events = env.get("/v1/audit?action=api_key.taken_over").token(&owner).send().expect(200);
    let detail = &events["data"][0]["detail"];
    assert_eq!((&detail["before"], &detail["after"]), (&json!(admin.user_id), &json!(owner.user_id)));
    assert_eq!(detail["replaced_by"], taken["id"]);
    assert_problem(&take_over(owner.as_ref(), json!({})), 409, "api_key_over", &[]);
}

#[test]
fn a_key_that_is_taken_over_works_on_for_the_overlap_that_was_asked_for_and_no_longer() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it makes a key old") };
    let owner = env.institution();
    let admin = join(env, &owner, &["admin"]);
    let (id, secret) = key(env, &admin, &["investors:read"]);
    let path = format!("/v1/auth/api-keys/{id}/take-over");
    let taken = env.post(&path).token(&owner).json(&json!({"overlap_seconds": 3600})).send().expect(201);
    note_secret(&text(&taken, "key"));
    remove(env, &owner, &admin);
    assert!(is_let_in(env, &secret), "so that there is time to exchange it");
    let old = env.get(&format!("/v1/auth/api-keys/{id}")).token(&owner).send().expect(200);
    assert_eq!((&old["created_by"], &old["replaced_by"]), (&json!(owner.user_id), &taken["id"]));
    let sql = "update api_key set expires_at = expires_at - interval '1 hour' where id = $1::text::uuid";
    control.database().admin().execute(sql, &[&id]).expect("an hour later");
    redis::cmd("FLUSHALL").exec(&mut control.redis().connect()).expect("a wiped Redis");
    assert!(!is_let_in(env, &secret) && is_let_in(env, text(&taken, "key")));
}

#[test]
fn a_key_makes_no_keys_and_invites_nobody() {
    let env = shared();
    let owner = env.institution();
    let (id, secret) = key(env, &owner, &["users:read", "api_keys:read"]);
    let keys = json!({"name": "child", "scopes": ["api_keys:read"]});
    assert_problem(&env.post("/v1/auth/api-keys").token(&secret).json(&keys).send(), 403, "forbidden", &[]);
    let rotate = format!("/v1/auth/api-keys/{id}/rotate");
    assert_problem(&env.post(&rotate).token(&secret).json(&json!({})).send(), 403, "forbidden", &[]);
    let body = json!({"email": "a@example.com", "roles": ["viewer"]});
    assert_problem(
        &env.post("/v1/auth/invitations").token(&secret).json(&body).send(),
        403,
        "forbidden",
        &[],
    );
}

#[test]
fn a_role_that_was_given_by_hand_and_taken_again_is_gone() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it gives a role by hand") };
    let owner = env.institution();
    let operator = env.operator(&owner).expect("started here");
    let roles = || env.get("/v1/auth/me").token(&operator).send().expect(200)["roles"].clone();
    wait_until("the role counts", || roles() == json!(["operator", "owner"]));
    let sql = "delete from membership_role where user_id = $1::text::uuid and role = 'operator'";
    control.database().admin().execute(sql, &[&owner.user_id.to_string()]).expect("a role is taken");
    let rotate = env.post("/v1/auth/signing-keys/rotate").token(&operator).json(&json!({})).send();
    assert_problem(&rotate, 403, "forbidden", &[]);
    wait_until("caches forget it", || roles() == json!(["owner"]));
}
