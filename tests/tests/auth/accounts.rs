//! What a person does with their account: several tenants, another address, its end.

use std::thread;

use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, shared, skip};
use uuid::Uuid;

use crate::support::{is_let_in, join, join_too, mailed, own_address, refresh, text, try_login};

/// A sign-in to a tenant of the person's choice.
fn sign_in_to(env: &Environment, who: &Tenant, tenant: &str) -> Response {
    let body = json!({"email": who.email, "password": who.password, "tenant_id": tenant});
    env.post("/v1/auth/login").header("forwarded", &own_address()).json(&body).send()
}

fn tenant_of(env: &Environment, tokens: &Value) -> String {
    let me = env.get("/v1/auth/me").token(text(tokens, "access_token")).send().expect(200);
    text(&me["tenant"], "id")
}

#[test]
fn a_tenant_is_named_at_sign_in() {
    let env = shared();
    let (person, other, foreign) = (env.institution(), env.institution(), env.institution());
    join_too(env, &other, &person, &["viewer"]);
    for tenant in [person.id, other.id, person.id] {
        let tokens = sign_in_to(env, &person, &tenant.to_string()).expect(200);
        assert_eq!(tenant_of(env, &tokens), tenant.to_string());
    }
    for nobodys in [foreign.id, Uuid::now_v7()] {
        let refused = sign_in_to(env, &person, &nobodys.to_string());
        assert_problem(&refused, 422, "invalid_fields", &["/tenant_id"]);
    }
    let body = json!({"email": person.email, "password": "wrong password", "tenant_id": foreign.id});
    let wrong = env.post("/v1/auth/login").header("forwarded", &own_address()).json(&body).send();
    assert_problem(&wrong, 401, "unauthenticated", &[]);
    let refused = sign_in_to(env, &person, "the first");
    assert_problem(&refused, 422, "invalid_fields", &["/tenant_id"]);
}

#[test]
fn a_person_who_has_an_account_makes_a_second_tenant_once_and_owns_it() {
    let env = shared();
    let person = env.institution();
    let body = json!({"name": "Second Desk", "kind": "issuer"});
    let create =
        || env.post("/v1/auth/tenants").token(&person).header("idempotency-key", "k").json(&body).send();
    let first = create();
    let made = first.expect(201);
    assert_eq!((&made["name"], &made["roles"]), (&json!("Second Desk"), &json!(["owner", "issuer"])));
    assert_eq!(create().expect(201), made, "once");
    let location = first.header("location").expect("where it is").to_owned();
    assert_eq!(env.get(&location).token(&person).send().expect(200)["id"], made["id"]);
    assert_problem(&env.get(&location).token(env.institution()).send(), 404, "not_found", &[]);
    let tokens = sign_in_to(env, &person, &text(&made, "id")).expect(200);
    let there = text(&tokens, "access_token");
    let me = env.get("/v1/auth/me").token(&there).send().expect(200);
    assert_eq!((&me["tenant"]["kind"], &me["roles"]), (&json!("issuer"), &json!(["issuer", "owner"])));
    let trail = env.get("/v1/audit?action=tenant.registered").token(&there).send().expect(200);
    assert_eq!(trail["data"].as_array().map(Vec::len), Some(1));
    let body = json!({"name": "", "kind": "bank"});
    let wrong = env.post("/v1/auth/tenants").token(&person).json(&body).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/name", "/kind"]);
}

#[test]
fn of_many_tenants_made_at_once_nobody_owns_more_than_twenty() {
    let env = shared();
    let person = env.institution();
    let create = |number: usize| {
        let body = json!({"name": format!("Desk {number}"), "kind": "institution"});
        env.post("/v1/auth/tenants").token(&person).json(&body).send().status
    };
    for number in 0..16 {
        assert_eq!(create(number), 201);
    }
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> = (16..24).map(|number| scope.spawn(move || create(number))).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let made = statuses.iter().filter(|status| **status == 201).count();
    assert!(made == 3 && statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
}

#[test]
fn nobody_stands_in_the_way_of_who_deletes_their_account() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    let email = format!("deleted-{}@deleted.invalid", member.user_id);
    let body = json!({"tenant_name": "x", "kind": "institution", "email": email, "password": "violet-harbour-27-lamp"});
    assert_problem(&env.post("/v1/auth/register").json(&body).send(), 422, "invalid_fields", &["/email"]);
    let changed = change_email(env, &owner, &email, &owner.password);
    assert_problem(&changed, 422, "invalid_fields", &["/email"]);
    assert_eq!(delete_account(env, &member, &member.password).status, 204);
}

fn change_email(env: &Environment, who: &Tenant, new: &str, password: &str) -> Response {
    let body = json!({"email": new, "current_password": password});
    env.post("/v1/auth/email/change").token(who).json(&body).send()
}

fn confirm(env: &Environment, token: &str) -> Response {
    env.post("/v1/auth/email/change/confirm").json(&json!({"token": token})).send()
}

fn new_address() -> String {
    format!("new-{}@example.com", Uuid::new_v4().simple())
}

#[test]
fn an_address_is_changed_by_the_password_and_the_new_mailbox_and_the_old_one_hears_of_it() {
    let env = shared();
    let (person, new) = (env.institution(), new_address());
    assert_problem(&change_email(env, &person, &new, "wrong password"), 422, "wrong_password", &[]);
    let same = change_email(env, &person, &person.email, &person.password);
    assert_problem(&same, 422, "invalid_fields", &["/email"]);
    env.post("/v1/auth/password/forgot").json(&json!({"email": person.email})).send().expect(202);
    let reset = mailed(env, &person, "password_reset", &person.email);
    change_email(env, &person, &new, &person.password).expect(202);
    let me = env.get("/v1/auth/me").token(&person).send().expect(200);
    assert_eq!(me["user"]["email"], person.email, "not before the link is followed");
    let token = mailed(env, &person, "email_change", &new);
    assert_eq!(confirm(env, &token).status, 204);
    assert_problem(&confirm(env, &token), 422, "link_invalid", &[]);
    let me = env.get("/v1/auth/me").token(&person).send().expect(200);
    assert_eq!((&me["user"]["email"], &me["user"]["email_verified"]), (&json!(new), &json!(true)));
    let outbox = env.get("/v1/ops/notifications?limit=100").token(&person).send().expect(200);
    let told = |kind: &str| -> Vec<String> {
        let mails = outbox["data"].as_array().expect("a page");
        mails.iter().filter(|mail| mail["kind"] == kind).map(|mail| text(mail, "recipient")).collect()
    };
    assert_eq!(told("email_change_requested"), std::slice::from_ref(&person.email));
    assert_eq!(told("email_changed"), [new.clone(), person.email.clone()], "both, the old one first");
    env.sign_in(&new, &person.password);
    assert_eq!(try_login(env, &person.email, &person.password, &own_address()).status, 401);
    let body = json!({"token": reset, "password": "another-lamp-of-brass"});
    let stale = env.post("/v1/auth/password/reset").json(&body).send();
    assert_problem(&stale, 422, "link_invalid", &[]);
    let trail = env.get("/v1/audit?action=email.changed").token(&person).send().expect(200);
    assert_eq!(trail["data"][0]["detail"], json!({"before": person.email, "after": new}));
}

#[test]
fn an_address_that_is_somebodys_is_not_told_of_and_not_taken() {
    let env = shared();
    let (person, other) = (env.institution(), env.institution());
    change_email(env, &person, &other.email, &person.password).expect(202);
    let token = mailed(env, &person, "email_change", &other.email);
    assert_problem(&confirm(env, &token), 409, "email_taken", &[]);
    env.sign_in(&other.email, &other.password);
    env.sign_in(&person.email, &person.password);
}

#[test]
fn of_two_changes_of_address_the_last_one_counts() {
    let env = shared();
    let (person, first, second) = (env.institution(), new_address(), new_address());
    change_email(env, &person, &first, &person.password).expect(202);
    change_email(env, &person, &second, &person.password).expect(202);
    assert_problem(&confirm(env, &mailed(env, &person, "email_change", &first)), 422, "link_invalid", &[]);
    assert_eq!(confirm(env, &mailed(env, &person, "email_change", &second)).status, 204);
    env.sign_in(&second, &person.password);
}

fn delete_account(env: &Environment, who: &Tenant, password: &str) -> Response {
    env.post("/v1/auth/account/deletion").token(who).json(&json!({"current_password": password})).send()
}

#[test]
fn a_deleted_account_lets_nobody_in_frees_its_address_and_leaves_its_traces() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["owner"]);
    let key = json!({"name": "desk", "scopes": ["funds:read"]});
    let key = env.post("/v1/auth/api-keys").token(&member).json(&key).send().expect(201);
    let key_token = text(&key, "key");
    assert!(is_let_in(env, &key_token));
    assert_problem(&delete_account(env, &member, "wrong password"), 422, "wrong_password", &[]);
    assert_eq!(delete_account(env, &member, &member.password).status, 204);
    assert!(!is_let_in(env, &member) && !is_let_in(env, &key_token));
    assert_problem(&refresh(env, &member.refresh_token), 401, "unauthenticated", &[]);
    let gone = try_login(env, &member.email, &member.password, &own_address());
    assert_problem(&gone, 401, "unauthenticated", &[]);
    let people = env.get("/v1/auth/users").token(&owner).send().expect(200);
    assert!(!people.to_string().contains(&member.user_id.to_string()));
    let trail = env.get(&format!("/v1/audit?subject_id={}", member.user_id)).token(&owner).send().expect(200);
    assert_eq!(
        (&trail["data"][0]["action"], &trail["data"][0]["detail"]["roles"]),
        (&json!("user.deleted"), &json!(["owner"]))
    );
    let body = json!({
        "tenant_name": "Anew", "kind": "institution", "email": member.email, "password": "violet-harbour-27-lamp",
    });
    let again = env.post("/v1/auth/register").json(&body).send().expect(201);
    assert_ne!(text(&again["user"], "id"), member.user_id.to_string(), "somebody else");
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let sql = "select email from app_user where id = $1::text::uuid";
    let row = control.database().admin().query_one(sql, &[&member.user_id.to_string()]).expect("the row");
    assert_eq!(row.get::<_, String>(0), format!("deleted-{}@deleted.invalid", member.user_id));
}

#[test]
fn who_deletes_their_account_while_others_change_their_roles_waits_for_nobody_who_waits_for_them() {
    let env = shared();
    let owner = env.institution();
    for _ in 0..6 {
        let member = join(env, &owner, &["trader"]);
        let path = format!("/v1/auth/users/{}", member.user_id);
        let set = || {
            let roles = json!({"roles": ["viewer"]});
            env.put(&format!("{path}/roles")).token(&owner).json(&roles).send().status
        };
        let statuses: Vec<u16> = thread::scope(|scope| {
            let deletion = scope.spawn(|| delete_account(env, &member, &member.password).status);
            let others: Vec<_> = (0..4).map(|_| scope.spawn(set)).collect();
            let removal = scope.spawn(|| env.delete(&path).token(&owner).send().status);
            others.into_iter().chain([removal, deletion]).map(|one| one.join().expect("an answer")).collect()
        });
        // A deadlock would be a 503 after a second.
        assert!(statuses.iter().all(|status| [200, 204, 401, 403, 404].contains(status)), "{statuses:?}");
        assert!(!is_let_in(env, &member));
    }
}

#[test]
fn the_last_owner_of_a_tenant_cannot_delete_their_account() {
    let env = shared();
    let (owner, other) = (env.institution(), env.institution());
    join_too(env, &other, &owner, &["viewer"]);
    let refused = delete_account(env, &owner, &owner.password);
    assert_problem(&refused, 409, "last_owner", &[]);
    assert!(is_let_in(env, &owner), "nothing has happened");
    let people = env.get("/v1/auth/users").token(&other).send().expect(200);
    assert_eq!(people["data"].as_array().map(Vec::len), Some(2), "there neither");
    join(env, &owner, &["owner"]);
    assert_eq!(delete_account(env, &owner, &owner.password).status, 204);
}

#[test]
fn of_two_owners_who_delete_their_accounts_at_once_one_stays() {
    let env = shared();
    let first = env.institution();
    let second = join(env, &first, &["owner"]);
    let statuses = std::thread::scope(|scope| {
        let tries =
            [&first, &second].map(|who| scope.spawn(|| delete_account(env, who, &who.password).status));
        tries.map(|one| one.join().expect("an answer"))
    });
    let mut sorted = statuses;
    sorted.sort_unstable();
    assert_eq!(sorted, [204, 409], "{statuses:?}");
}

#[test]
fn one_key_invitation_user_or_session_is_read_by_its_id() {
    let env = shared();
    let (owner, stranger) = (env.institution(), env.institution());
    let body = json!({"name": "desk", "scopes": ["funds:read"]});
    let made = env.post("/v1/auth/api-keys").token(&owner).json(&body).send();
    let key = made.expect(201);
    let invited = env
        .post("/v1/auth/invitations")
        .token(&owner)
        .json(&json!({"email": new_address(), "roles": ["viewer"]}));
    let invited = invited.send();
    let invitation = invited.expect(201);
    let sessions = env.get("/v1/auth/sessions").token(&owner).send().expect(200);
    let paths = [
        made.header("location").expect("where").to_owned(),
        invited.header("location").expect("where").to_owned(),
        format!("/v1/auth/users/{}", owner.user_id),
        format!("/v1/auth/sessions/{}", text(&sessions["data"][0], "id")),
    ];
    for path in &paths {
        let found = env.get(path).token(&owner).send().expect(200);
        assert!(path.ends_with(&text(&found, "id")), "{found}");
        assert!(found.get("key").is_none() && found.get("token").is_none(), "{found}");
        assert_problem(&env.get(path).token(&stranger).send(), 404, "not_found", &[]);
        assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
    }
    let viewer = join(env, &owner, &["viewer"]);
    for path in &paths[..3] {
        assert_problem(&env.get(path).token(&viewer).send(), 403, "forbidden", &[]);
    }
    let path = format!("/v1/auth/invitations/{}", text(&invitation, "id"));
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(env.get(&path).token(&owner).send().expect(200)["revoked_at"].is_string());
    let path = format!("/v1/auth/api-keys/{}", text(&key, "id"));
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(env.get(&path).token(&owner).send().expect(200)["revoked_at"].is_string());
}

/// All ids of a list, page by page.
fn ids(env: &Environment, who: &Tenant, list: &str, order: &str) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = env.get(&format!("{list}?limit=2{order}{after}")).token(who).send().expect(200);
        found.extend(page["data"].as_array().expect("a page").iter().map(|row| text(row, "id")));
        match page["next"].as_str() {
            Some(next) => after = format!("&starting_after={next}"),
            None => return found,
        }
    }
}

#[test]
fn lists_go_up_and_down_and_page_by_page_in_either_order() {
    let env = shared();
    let owner = env.institution();
    for _ in 0..3 {
        join(env, &owner, &["viewer"]);
        let key = json!({"name": "desk", "scopes": ["funds:read"]});
        env.post("/v1/auth/api-keys").token(&owner).json(&key).send().expect(201);
        let body = json!({"email": new_address(), "roles": ["viewer"]});
        env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
        env.sign_in(&owner.email, &owner.password);
    }
    for list in ["/v1/auth/users", "/v1/auth/api-keys", "/v1/auth/invitations", "/v1/auth/sessions"] {
        let up = ids(env, &owner, list, "&order=asc");
        assert!(up.len() >= 3 && up.is_sorted(), "{list}: {up:?}");
        let down: Vec<String> = up.iter().rev().cloned().collect();
        assert_eq!(ids(env, &owner, list, "&order=desc"), down, "{list}");
        let otherwise = if list == "/v1/auth/users" { &up } else { &down };
        assert_eq!(&ids(env, &owner, list, ""), otherwise, "{list}");
        let wrong = env.get(&format!("{list}?order=random")).token(&owner).send();
        assert_problem(&wrong, 422, "invalid_fields", &["/order"]);
    }
}
