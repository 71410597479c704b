//! What the trail says, and what a person is told, of what happens to how they are let in.

use fundrail_domain::auth::totp;
use fundrail_tests::{
    Environment, Tenant, Value, assert_problem, json, note_secret, shared, skip, wait_until,
};
use sha2::Digest as _;

use crate::{
    mfa::{Enrolled, answer, challenge, enrolled, step},
    support::{mailed, own_address, text, try_login},
};

/// The newest entry of a kind in the trail.
fn entry(env: &Environment, tenant: &Tenant, action: &str) -> Value {
    let page = env.get(&format!("/v1/audit?action={action}")).token(tenant).send().expect(200);
    page["data"][0].clone()
}

/// Mails of a kind to somebody, the newest first.
fn mails(env: &Environment, tenant: &Tenant, kind: &str) -> Vec<Value> {
    mails_to(env, tenant, &tenant.email, kind)
}

fn mails_to(env: &Environment, tenant: &Tenant, recipient: &str, kind: &str) -> Vec<Value> {
    let path = format!("/v1/ops/notifications?limit=100&recipient={recipient}");
    let page = env.get(&path).token(tenant).send().expect(200);
    let all = page["data"].as_array().expect("a page");
    all.iter().filter(|mail| mail["kind"] == kind).cloned().collect()
}

#[test]
fn wrong_codes_a_wrong_password_and_used_recovery_codes_stand_in_the_trail() {
    let env = shared();
    let Enrolled { tenant, recovery, .. } = enrolled(env);
    assert_problem(&answer(env, &challenge(env, &tenant), "000000"), 422, "wrong_code", &[]);
    let failed = entry(env, &tenant, "mfa.failed");
    assert_eq!(failed["detail"], json!({"at": "challenge", "factor": "totp"}));
    assert_eq!(
        (&failed["subject_id"], &failed["actor_kind"]),
        (&json!(tenant.user_id.to_string()), &json!("system"))
    );
    let body = json!({"code": "AAAA-AAAA-AAAA-AAAA"});
    let wrong = env.post("/v1/auth/mfa/verify").token(&tenant).json(&body).send();
    assert_problem(&wrong, 422, "wrong_code", &[]);
    assert_eq!(
        entry(env, &tenant, "mfa.failed")["detail"],
        json!({"at": "verify", "factor": "recovery_code"})
    );
    answer(env, &challenge(env, &tenant), &recovery[0]).expect(200);
    let used = entry(env, &tenant, "mfa.recovery_code_used");
    assert_eq!(used["detail"], json!({"at": "challenge", "left": 9}));
    let body = json!({"current_password": "not the password", "new_password": "violet-harbour-27-lamp"});
    let wrong = env.post("/v1/auth/password/change").token(&tenant).json(&body).send();
    assert_problem(&wrong, 422, "wrong_password", &[]);
    let failed = entry(env, &tenant, "password.check_failed");
    assert_eq!(failed["actor_id"], json!(tenant.user_id.to_string()));
    for event in [used, failed] {
        assert!(!event.to_string().contains(&recovery[0]), "no code stands there");
    }
}

#[test]
fn a_person_is_told_of_every_change_of_how_they_are_let_in() {
    let env = shared();
    let Enrolled { tenant, recovery, secret } = enrolled(env);
    assert_eq!(mails(env, &tenant, "mfa_enabled").len(), 1);
    answer(env, &challenge(env, &tenant), &recovery[0]).expect(200);
    assert_eq!(mails(env, &tenant, "recovery_code_used")[0]["payload"]["left"], 9);
    let code = json!({"code": totp::code_at(&secret, step(0))});
    assert_eq!(env.post("/v1/auth/mfa/verify").token(&tenant).json(&code).send().status, 204);
    env.post("/v1/auth/mfa/recovery-codes").token(&tenant).send().expect(200);
    assert_eq!(mails(env, &tenant, "recovery_codes_replaced").len(), 1);
    assert_eq!(env.delete("/v1/auth/mfa/totp").token(&tenant).send().status, 204);
    let told = mails(env, &tenant, "mfa_disabled");
    assert!(
        told.len() == 1 && told[0]["payload"]["at"].is_string() && told[0]["token"].is_null(),
        "{told:?}"
    );
    let body = json!({"current_password": tenant.password, "new_password": "violet-harbour-27-lamp"});
    assert_eq!(env.post("/v1/auth/password/change").token(&tenant).json(&body).send().status, 204);
    assert_eq!(mails(env, &tenant, "password_changed")[0]["payload"]["by"], "user");
    let token = reset_link(env, &tenant);
    let body = json!({"token": token, "password": "another-lamp-of-brass"});
    assert_eq!(env.post("/v1/auth/password/reset").json(&body).send().status, 204);
    let again = env.sign_in(&tenant.email, "another-lamp-of-brass");
    let told = mails(env, &again, "password_changed");
    assert_eq!((told.len(), &told[0]["payload"]["by"]), (2, &json!("reset")));
}

fn reset_link(env: &Environment, tenant: &Tenant) -> String {
    env.post("/v1/auth/password/forgot").json(&json!({"email": tenant.email})).send().expect(202);
    crate::support::mailed(env, tenant, "password_reset", &tenant.email)
}

#[test]
fn resets_for_one_mailbox_are_few_from_wherever_and_each_link_works_until_one_is_used() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the queue") };
    let owner = env.institution();
    let queued = "select count(*) from job where kind = 'auth.password_reset' and payload ->> 'email' = $1 \
        and state in ('queued', 'leased')";
    let mut admin = control.database().admin();
    for _ in 0..12 {
        let forgot = env.post("/v1/auth/password/forgot").header("forwarded", &own_address());
        forgot.json(&json!({"email": owner.email})).send().expect(202);
        wait_until("the job", || {
            admin.query_one(queued, &[&owner.email]).expect("a count").get::<_, i64>(0) == 0
        });
    }
    let links = mails(env, &owner, "password_reset");
    assert_eq!(links.len(), 3, "three an hour, whoever asks from wherever");
    let requested = env.get("/v1/audit?action=password.reset_requested").token(&owner).send().expect(200);
    assert_eq!(requested["data"].as_array().map(Vec::len), Some(3));
    let reset = |link: &Value| {
        let token = text(link, "token");
        note_secret(&token);
        let body = json!({"token": token, "password": "another-lamp-of-brass"});
        env.post("/v1/auth/password/reset").json(&body).send()
    };
    assert_eq!(reset(&links[2]).status, 204, "the oldest one");
    for link in &links {
        assert_problem(&reset(link), 422, "link_invalid", &[]);
    }
}

#[test]
fn a_reset_asked_for_while_an_earlier_one_waits_to_be_tried_again_is_mailed_all_the_same() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it queues a job") };
    let owner = env.institution();
    let sql = "insert into job (id, kind, dedupe_key, payload, attempts, run_at) values (gen_random_uuid(), \
        'auth.password_reset', $1, jsonb_build_object('email', $2::text), 3, now() + interval '1 hour')";
    let key = format!("{:x}", sha2::Sha256::digest(&owner.email));
    control.database().admin().execute(sql, &[&key, &owner.email]).expect("a job");
    reset_link(env, &owner);
    assert_eq!(mails(env, &owner, "password_reset").len(), 1);
}

#[test]
fn every_failed_sign_in_stands_in_the_trail_however_closely_they_follow_each_other() {
    let env = shared();
    let (owner, address) = (env.institution(), own_address());
    for _ in 0..3 {
        let refused = try_login(env, &owner.email, "not the password", &address);
        assert_problem(&refused, 401, "unauthenticated", &[]);
    }
    wait_until("all are in the trail", || {
        let page = env.get("/v1/audit?action=user.sign_in_failed").token(&owner).send().expect(200);
        page["data"].as_array().is_some_and(|events| events.len() == 3)
    });
}

#[test]
fn strangers_who_ask_for_resets_leave_some_for_who_asks_from_home() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the queue") };
    let (owner, home) = (env.institution(), own_address());
    try_login(env, &owner.email, &owner.password, &home).expect(200);
    let queued = "select count(*) from job where kind = 'auth.password_reset' and payload ->> 'email' = $1 \
        and state in ('queued', 'leased')";
    let mut admin = control.database().admin();
    let mut ask = |address: &str| {
        let forgot = env.post("/v1/auth/password/forgot").header("forwarded", address);
        forgot.json(&json!({"email": owner.email})).send().expect(202);
        wait_until("the job", || {
            admin.query_one(queued, &[&owner.email]).expect("a count").get::<_, i64>(0) == 0
        });
        mails(env, &owner, "password_reset").len()
    };
    let sent: Vec<usize> = (0..5).map(|_| ask(&own_address())).collect();
    assert_eq!(sent, [1, 2, 3, 3, 3]);
    let sent: Vec<usize> = (0..4).map(|_| ask(&home)).collect();
    assert_eq!(sent, [4, 5, 6, 6], "as many from home, and no more");
}

#[test]
fn a_changed_password_ends_the_reset_links_from_before() {
    let env = shared();
    let owner = env.institution();
    let token = reset_link(env, &owner);
    let body = json!({"current_password": owner.password, "new_password": "violet-harbour-27-lamp"});
    assert_eq!(env.post("/v1/auth/password/change").token(&owner).json(&body).send().status, 204);
    let body = json!({"token": token, "password": "another-lamp-of-brass"});
    assert_problem(&env.post("/v1/auth/password/reset").json(&body).send(), 422, "link_invalid", &[]);
}

#[test]
fn links_to_verify_an_address_are_few() {
    let env = shared();
    let owner = env.institution();
    let send = || env.post("/v1/auth/email/verification").token(&owner).send();
    let statuses: Vec<u16> = (0..4).map(|_| send().status).collect();
    assert!(statuses.ends_with(&[429]) && statuses.contains(&202), "{statuses:?}");
    let refused = send();
    assert_problem(&refused, 429, "too_many_requests", &[]);
}

#[test]
fn an_address_that_is_registered_again_and_again_gets_few_links() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it counts the mails of several tenants") };
    let unique = || format!("mailbox-{}@example.com", uuid::Uuid::new_v4().simple());
    let (email, password) = (unique(), "violet-harbour-27-lamp");
    for _ in 0..5 {
        let body = json!({"tenant_name": "T", "kind": "institution", "email": email, "password": password});
        env.post("/v1/auth/register").json(&body).send().expect(201);
        let stranger = env.sign_in(&email, password);
        // Whoever moves to another address leaves this one free.
        let other = unique();
        let body = json!({"email": other, "current_password": password});
        env.post("/v1/auth/email/change").token(&stranger).json(&body).send().expect(202);
        let body = json!({"token": mailed(env, &stranger, "email_change", &other)});
        assert_eq!(env.post("/v1/auth/email/change/confirm").json(&body).send().status, 204);
    }
    let sql = "select count(*) from notification where kind = 'email_verification' and recipient = $1";
    let mails: i64 = control.database().admin().query_one(sql, &[&email]).expect("a count").get(0);
    assert_eq!(mails, 3, "three an hour, for whatever accounts");
}

#[test]
fn invitations_of_a_tenant_to_one_mailbox_are_few() {
    let env = shared();
    let owner = env.institution();
    let email = format!("new-{}@example.com", uuid::Uuid::new_v4().simple());
    let invite = || {
        let body = json!({"email": email, "roles": ["viewer"]});
        env.post("/v1/auth/invitations").token(&owner).json(&body).send()
    };
    for _ in 0..3 {
        let path = format!("/v1/auth/invitations/{}", text(&invite().expect(201), "id"));
        assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    }
    assert_problem(&invite(), 429, "too_many_requests", &[]);
    assert_eq!(mails_to(env, &owner, &email, "invitation").len(), 3);
}
