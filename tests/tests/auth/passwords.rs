//! A new password ends what the old one began: sessions, challenges, links, and sign-ins that are under way.

use std::thread;

use fundrail_domain::auth::totp;
use fundrail_kit::password;
use fundrail_store::identity::accounts;
use fundrail_tests::{Database, Environment, Tenant, assert_problem, json, shared, skip, wait_until};

use crate::{
    mfa::{Enrolled, answer, challenge, enrolled, step},
    support::{mailed, own_address, refresh, try_login},
};

const NEW: &str = "another-lamp-of-brass";

/// Asks for a reset link.
fn link(env: &Environment, tenant: &Tenant) -> String {
    let before = env.get(&format!("/v1/ops/notifications?recipient={}", tenant.email)).token(tenant).send();
    let known = before.expect(200)["data"].as_array().expect("mails").len();
    env.post("/v1/auth/password/forgot").json(&json!({"email": tenant.email})).send().expect(202);
    wait_until("another mail", || {
        let mails =
            env.get(&format!("/v1/ops/notifications?recipient={}", tenant.email)).token(tenant).send();
        mails.expect(200)["data"].as_array().is_some_and(|mails| mails.len() > known)
    });
    mailed(env, tenant, "password_reset", &tenant.email)
}

fn reset(env: &Environment, token: &str, password: &str) -> fundrail_tests::Response {
    let body = json!({"token": token, "password": password});
    env.post("/v1/auth/password/reset").header("forwarded", &own_address()).json(&body).send()
}

fn change(env: &Environment, tenant: &Tenant, new: &str) -> fundrail_tests::Response {
    let body = json!({"current_password": tenant.password, "new_password": new});
    env.post("/v1/auth/password/change").token(tenant).json(&body).send()
}

/// Waits until a statement of this text waits for a lock.
fn wait_for_lock(database: &Database, statement: &str) {
    let mut admin = database.admin();
    let sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() \
        and strpos(query, $1) > 0";
    wait_until("it waits for a lock", || {
        admin.query_one(sql, &[&statement]).expect("a count").get::<_, i64>(0) > 0
    });
}

#[test]
fn a_challenge_from_before_a_reset_signs_nobody_in() {
    let env = shared();
    let Enrolled { tenant, secret, recovery } = enrolled(env);
    let (first, second) = (challenge(env, &tenant), challenge(env, &tenant));
    let token = link(env, &tenant);
    assert_eq!(reset(env, &token, NEW).status, 204);
    let code = totp::code_at(&secret, step(0));
    assert_problem(&answer(env, &first, &code), 401, "unauthenticated", &[]);
    assert_problem(&answer(env, &second, &recovery[0]), 401, "unauthenticated", &[]);
    let again = Tenant { password: NEW.to_owned(), ..tenant };
    answer(env, &challenge(env, &again), &totp::code_at(&secret, step(1))).expect(200);
}

#[test]
fn a_challenge_from_before_a_change_of_the_password_signs_nobody_in() {
    let env = shared();
    let Enrolled { tenant, secret, .. } = enrolled(env);
    let before = challenge(env, &tenant);
    assert_eq!(change(env, &tenant, NEW).status, 204);
    assert_problem(&answer(env, &before, &totp::code_at(&secret, step(0))), 401, "unauthenticated", &[]);
}

#[test]
fn a_reset_link_from_before_a_change_of_the_password_is_void() {
    let env = shared();
    let owner = env.institution();
    let token = link(env, &owner);
    assert_eq!(change(env, &owner, NEW).status, 204);
    assert_problem(&reset(env, &token, "third-lamp-of-copper"), 422, "link_invalid", &[]);
    try_login(env, &owner.email, NEW, &own_address()).expect(200);
}

#[test]
fn of_several_reset_links_each_works_until_one_is_used() {
    let env = shared();
    let owner = env.institution();
    let links = [link(env, &owner), link(env, &owner), link(env, &owner)];
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> =
            links[..2].iter().map(|token| scope.spawn(|| reset(env, token, NEW).status)).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let mut sorted = statuses.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [204, 422], "{statuses:?}");
    assert_problem(&reset(env, &links[2], "third-lamp-of-copper"), 422, "link_invalid", &[]);
    try_login(env, &owner.email, NEW, &own_address()).expect(200);
}

#[test]
fn a_refresh_that_began_before_a_reset_gets_nothing() {
    use sha2::Digest as _;
    let env = shared();
    let Some(control) = env.control() else { return skip("it holds a refresh token") };
    let owner = env.institution();
    let token = link(env, &owner);
    let hash = format!("{:x}", sha2::Sha256::digest(&owner.refresh_token));
    let mut admin = control.database().admin();
    let mut holding = admin.transaction().expect("a transaction");
    holding.execute("select from refresh_token where token_hash = $1 for update", &[&hash]).expect("a lock");
    thread::scope(|scope| {
        let late = scope.spawn(|| refresh(env, &owner.refresh_token));
        wait_for_lock(control.database(), "auth_find_refresh_token");
        assert_eq!(reset(env, &token, NEW).status, 204);
        holding.commit().expect("the end of the lock");
        assert_problem(&late.join().expect("an answer"), 401, "unauthenticated", &[]);
    });
}

#[test]
fn a_sign_in_that_hashes_anew_does_not_bring_the_old_password_back() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it changes a stored hash") };
    let owner = env.institution();
    let mut admin = control.database().admin();
    let (old, new) = (stored(&owner.password), stored(NEW));
    let user = owner.user_id.to_string();
    let sql = "update user_password set hash = $1 where user_id = $2::text::uuid";
    admin.execute(sql, &[&old, &user]).expect("an older hash");
    // A change of the password that has happened when the sign-in, which has seen the old one, comes to write.
    let mut changing = admin.transaction().expect("a transaction");
    let sql = "update user_password set hash = $1, version = version + 1 where user_id = $2::text::uuid";
    changing.execute(sql, &[&new, &user]).expect("a change");
    thread::scope(|scope| {
        let late = scope.spawn(|| try_login(env, &owner.email, &owner.password, &own_address()));
        wait_for_lock(control.database(), "user_password");
        changing.commit().expect("the change");
        assert_problem(&late.join().expect("an answer"), 401, "unauthenticated", &[]);
    });
    let sql = "select hash from user_password where user_id = $1::text::uuid";
    assert_eq!(admin.query_one(sql, &[&user]).expect("the hash").get::<_, String>(0), new);
    try_login(env, &owner.email, NEW, &own_address()).expect(200);
}

#[test]
fn a_sign_in_that_began_before_a_change_of_the_password_gets_nothing() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it holds a change of the password") };
    let owner = env.institution();
    let mut admin = control.database().admin();
    let mut changing = admin.transaction().expect("a transaction");
    let sql = "update user_password set hash = $1, version = version + 1 where user_id = $2::text::uuid";
    let hash = password::hash(NEW, b"sixteen bytes ..").expect("a hash");
    changing.execute(sql, &[&hash, &owner.user_id.to_string()]).expect("a change");
    thread::scope(|scope| {
        let late = scope.spawn(|| try_login(env, &owner.email, &owner.password, &own_address()));
        wait_for_lock(control.database(), "auth_may_begin");
        changing.commit().expect("the change");
        assert_problem(&late.join().expect("an answer"), 401, "unauthenticated", &[]);
    });
}

/// A hash with parameters that are not used any more.
fn stored(password: &str) -> String {
    password::hash_with(password, b"sixteen bytes ..", (64, 1, 1)).expect("a hash")
}

#[test]
fn a_reset_asked_for_while_the_address_changes_is_not_mailed_to_the_old_one() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it holds an account") };
    let owner = env.institution();
    let (mut admin, mut holder) = (control.database().admin(), control.database().admin());
    let mut change = holder.transaction().expect("a transaction");
    let sql = "update app_user set email = 'moved-' || email where email = $1";
    assert_eq!(change.execute(sql, &[&owner.email]).expect("an update"), 1);
    env.post("/v1/auth/password/forgot").json(&json!({"email": owner.email})).send().expect(202);
    wait_for_lock(control.database(), accounts::statements::lock_email.sql);
    change.commit().expect("it is changed");
    let waits = "select count(*) from job where kind = 'auth.password_reset' and payload ->> 'email' = $1 \
        and state in ('queued', 'leased')";
    wait_until("the job", || admin.query_one(waits, &[&owner.email]).expect("a count").get::<_, i64>(0) == 0);
    let sent = "select count(*) from notification where kind = 'password_reset' and recipient = $1";
    assert_eq!(admin.query_one(sent, &[&owner.email]).expect("a count").get::<_, i64>(0), 0);
}

#[test]
fn a_verification_link_is_about_the_address_that_it_was_sent_to() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it changes an address") };
    let owner = env.unverified("institution");
    let token = mailed(env, &owner, "email_verification", &owner.email);
    let other = format!("other-{}", owner.email);
    let sql = "update app_user set email = $1 where id = $2::text::uuid";
    control.database().admin().execute(sql, &[&other, &owner.user_id.to_string()]).expect("an update");
    let refused = env.post("/v1/auth/email/verify").json(&json!({"token": token})).send();
    assert_problem(&refused, 422, "link_invalid", &[]);
}
