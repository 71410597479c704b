//! Sessions: refreshing, ending, switching tenants.

use std::{collections::BTreeSet, thread, time::Duration};

use fundrail_tests::{assert_problem, json, shared, skip, wait_until};

use crate::support::{is_let_in, join, join_too, refresh, text};

#[test]
fn a_refresh_gives_a_new_pair_and_the_old_token_its_successor_for_ten_seconds() {
    let env = shared();
    let owner = env.institution();
    let first = refresh(env, &owner.refresh_token).expect(200);
    let again = refresh(env, &owner.refresh_token).expect(200);
    assert_eq!(first["refresh_token"], again["refresh_token"], "the same successor");
    assert_ne!(text(&first, "refresh_token"), owner.refresh_token);
    assert!(is_let_in(env, text(&first, "access_token")) && is_let_in(env, text(&again, "access_token")));
    let second = refresh(env, &text(&first, "refresh_token")).expect(200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
}

#[test]
fn fifty_parallel_refreshes_of_one_token_have_one_successor_and_are_no_theft() {
    let env = shared();
    let owner = env.institution();
    let successors: BTreeSet<String> = thread::scope(|scope| {
        let tries: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| text(&refresh(env, &owner.refresh_token).expect(200), "refresh_token")))
            .collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert_eq!(successors.len(), 1, "{} successors", successors.len());
    assert!(is_let_in(env, &owner), "nobody took it for a theft");
    let successor = successors.first().expect("one");
    refresh(env, successor).expect(200);
}

#[test]
fn a_refresh_token_used_twice_revokes_its_family() {
    let env = shared();
    let owner = env.institution();
    let other = env.sign_in(&owner.email, &owner.password);
    let successor = text(&refresh(env, &owner.refresh_token).expect(200), "refresh_token");
    assert!(is_let_in(env, &owner));
    make_old(env, &owner.refresh_token);
    assert_problem(&refresh(env, &owner.refresh_token), 401, "unauthenticated", &[]);
    assert!(!is_let_in(env, &owner), "its access token is refused at once");
    assert_problem(&refresh(env, &successor), 401, "unauthenticated", &[]);
    assert!(is_let_in(env, &other), "another sign-in is another family");
    let page = env.get("/v1/audit?action=session.revoked").token(&other).send().expect(200);
    assert_eq!(page["data"][0]["detail"]["reason"], "refresh_token_reused");
}

/// Moves the use of a refresh token into the past; where the database cannot be reached, waits.
fn make_old(env: &fundrail_tests::Environment, token: &str) {
    use sha2::Digest as _;
    let Some(control) = env.control() else { return thread::sleep(Duration::from_secs(11)) };
    let hash = format!("{:x}", sha2::Sha256::digest(token));
    let sql = "update refresh_token set used_at = used_at - interval '11 s' where token_hash = $1";
    assert_eq!(control.database().admin().execute(sql, &[&hash]).expect("an update"), 1);
}

#[test]
fn sessions_are_listed_and_ended_one_by_one() {
    let env = shared();
    let owner = env.institution();
    let other = env.sign_in(&owner.email, &owner.password);
    let list = env.get("/v1/auth/sessions").token(&owner).header("user-agent", "x").send().expect(200);
    let sessions = list["data"].as_array().expect("a page");
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    assert!(sessions.iter().all(|session| session["client_address"].is_string()));
    let theirs = sessions.iter().find(|session| session["current"] == false).expect("the other");
    let path = format!("/v1/auth/sessions/{}", text(theirs, "id"));
    let stranger = env.institution();
    assert_problem(&env.delete(&path).token(&stranger).send(), 404, "not_found", &[]);
    assert!(is_let_in(env, &other));
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(!is_let_in(env, &other) && is_let_in(env, &owner));
    assert_problem(&env.delete(&path).token(&owner).send(), 404, "not_found", &[]);
}

#[test]
fn logging_out_ends_the_session_and_its_refresh_token() {
    let env = shared();
    let owner = env.institution();
    assert_eq!(env.post("/v1/auth/logout").token(&owner).send().status, 204);
    assert!(!is_let_in(env, &owner));
    assert_problem(&refresh(env, &owner.refresh_token), 401, "unauthenticated", &[]);
}

#[test]
fn ending_all_sessions_ends_them_in_every_tenant() {
    let env = shared();
    let (first, second) = (env.institution(), env.issuer());
    let body = json!({"email": second.email, "roles": ["viewer"]});
    env.post("/v1/auth/invitations").token(&first).json(&body).send().expect(201);
    let token = crate::support::mailed(env, &first, "invitation", &second.email);
    let there = env.post("/v1/auth/invitations/accept").token(&second).json(&json!({"token": token}));
    let there = text(&there.send().expect(200), "access_token");
    assert!(is_let_in(env, &there));
    assert_eq!(env.delete("/v1/auth/sessions").token(&there).send().status, 204);
    assert!(!is_let_in(env, &there) && !is_let_in(env, &second));
    assert!(is_let_in(env, &first), "of this user alone");
}

#[test]
fn a_revoked_session_is_refused_within_a_second_when_redis_is_wiped_too() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it wipes Redis") };
    let owner = env.institution();
    assert!(is_let_in(env, &owner));
    assert_eq!(env.post("/v1/auth/logout").token(&owner).send().status, 204);
    let mut redis = control.redis().connect();
    redis::cmd("FLUSHALL").exec(&mut redis).expect("a wiped Redis");
    assert!(!is_let_in(env, &owner));
    let other = env.sign_in(&owner.email, &owner.password);
    redis::cmd("FLUSHALL").exec(&mut redis).expect("a wiped Redis");
    assert!(is_let_in(env, &other), "what stands is read anew");
}

#[test]
fn a_late_writer_cannot_bring_a_revoked_session_back() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into Redis") };
    let owner = env.institution();
    let session = text(&env.get("/v1/auth/me").token(&owner).send().expect(200), "session_id");
    let key = format!("session:{session}");
    let mut redis = control.redis().connect();
    let record: String = redis::cmd("GET").arg(&key).query(&mut redis).expect("a record");
    assert!(record.contains(&owner.email));
    assert_eq!(env.post("/v1/auth/logout").token(&owner).send().status, 204);
    let mark: String = redis::cmd("GET").arg(&key).query(&mut redis).expect("a mark");
    assert_eq!(mark, "!", "a mark that the script which stores records respects");
    assert!(!is_let_in(env, &owner));
}

#[test]
fn tenants_are_listed_and_switched_between() {
    let env = shared();
    let (home, away) = (env.institution(), env.issuer());
    let member = join(env, &home, &["trader"]);
    let body = json!({"email": member.email, "roles": ["viewer", "compliance"]});
    env.post("/v1/auth/invitations").token(&away).json(&body).send().expect(201);
    let token = crate::support::mailed(env, &away, "invitation", &member.email);
    env.post("/v1/auth/invitations/accept").token(&member).json(&json!({"token": token})).send().expect(200);
    let own = env.get("/v1/auth/tenants").token(&member).send().expect(200);
    assert_eq!(own["data"].as_array().map(Vec::len), Some(2));
    let switch = |to: uuid::Uuid| {
        env.post("/v1/auth/tenants/switch").token(&member).json(&json!({"tenant_id": to})).send()
    };
    let there = text(&switch(away.id).expect(200), "access_token");
    let me = env.get("/v1/auth/me").token(&there).send().expect(200);
    assert_eq!((&me["tenant"]["id"], &me["roles"]), (&json!(away.id), &json!(["compliance", "viewer"])));
    assert_problem(&switch(env.institution().id), 404, "not_found", &[]);
}

#[test]
fn the_trail_of_sessions_is_kept_for_their_owner() {
    let env = shared();
    let owner = env.institution();
    wait_until("the audit row", || {
        let page = env.get("/v1/audit?action=session.created").token(&owner).send().expect(200);
        page["data"].as_array().is_some_and(|events| !events.is_empty())
    });
}

#[test]
fn sessions_in_every_tenant_are_seen_and_ended() {
    let env = shared();
    let (person, other) = (env.institution(), env.institution());
    let there = text(&join_too(env, &other, &person, &["viewer"]), "access_token");
    let page = env.get("/v1/auth/sessions").token(&person).send().expect(200);
    let tenants: BTreeSet<String> =
        page["data"].as_array().expect("sessions").iter().map(|one| text(one, "tenant_id")).collect();
    assert_eq!(tenants, BTreeSet::from([person.id.to_string(), other.id.to_string()]));
    let id = text(&env.get("/v1/auth/me").token(&there).send().expect(200), "session_id");
    assert_problem(
        &env.delete(&format!("/v1/auth/sessions/{id}")).token(&other).send(),
        404,
        "not_found",
        &[],
    );
    assert_eq!(env.delete(&format!("/v1/auth/sessions/{id}")).token(&person).send().status, 204);
    assert!(!is_let_in(env, &there) && is_let_in(env, &person));
    let events = env.get("/v1/audit?action=session.revoked").token(&other).send().expect(200);
    assert_eq!(events["data"][0]["subject_id"].as_str(), Some(id.as_str()), "{events}");
}

/// A person who is a member of two tenants, and signed in to their own.
struct TwoTenants {
    person: fundrail_tests::Tenant,
    away: fundrail_tests::Tenant,
}

fn two_tenants(env: &fundrail_tests::Environment) -> TwoTenants {
    let (person, away) = (env.institution(), env.issuer());
    join_too(env, &away, &person, &["viewer"]);
    TwoTenants { person, away }
}

fn switch(env: &fundrail_tests::Environment, token: &str, to: uuid::Uuid) -> (String, String) {
    let tokens = env.post("/v1/auth/tenants/switch").token(token).json(&json!({"tenant_id": to})).send();
    let tokens = tokens.expect(200);
    (text(&tokens, "access_token"), text(&tokens, "refresh_token"))
}

#[test]
fn a_session_that_grew_out_of_another_ends_when_that_one_would_have() {
    let env = shared();
    let TwoTenants { person, away } = two_tenants(env);
    // As if it were about to end.
    if let Some(control) = env.control() {
        let sql = "update session set expires_at = now() + interval '1 hour' where user_id = $1::text::uuid";
        control.database().admin().execute(sql, &[&person.user_id.to_string()]).expect("an update");
    }
    let home = text(&env.get("/v1/auth/me").token(&person).send().expect(200)["tenant"], "id");
    let mut token = person.access_token.clone();
    for _ in 0..3 {
        token = switch(env, &token, away.id).0;
        token = switch(env, &token, home.parse().expect("an id")).0;
    }
    let page = env.get("/v1/auth/sessions").token(&token).send().expect(200);
    let sessions = page["data"].as_array().expect("sessions");
    let ends: BTreeSet<String> = sessions.iter().map(|one| text(one, "expires_at")).collect();
    // The first one, the one of the invitation, and those of six switches.
    assert_eq!((sessions.len(), ends.len()), (8, 1), "{page}");
}

#[test]
fn logging_out_ends_the_whole_family_in_every_tenant() {
    let env = shared();
    let TwoTenants { person, away } = two_tenants(env);
    let elsewhere = env.sign_in(&person.email, &person.password);
    let (there, renews) = switch(env, &person.access_token, away.id);
    assert!(is_let_in(env, &there));
    assert_eq!(env.post("/v1/auth/logout").token(&there).send().status, 204);
    assert!(!is_let_in(env, &there) && !is_let_in(env, &person), "both of one sign-in");
    assert_problem(&refresh(env, &renews), 401, "unauthenticated", &[]);
    assert_problem(&refresh(env, &person.refresh_token), 401, "unauthenticated", &[]);
    assert!(is_let_in(env, &elsewhere), "another sign-in is another family");
    let events = env.get("/v1/audit?action=session.revoked").token(&away).send().expect(200);
    assert_eq!(events["data"][0]["detail"]["reason"], "logout", "in the trail of the tenant that it was in");
}

#[test]
fn ending_a_session_ends_what_grew_out_of_it_and_not_what_it_grew_out_of() {
    let env = shared();
    let TwoTenants { person, away } = two_tenants(env);
    let (first, _) = switch(env, &person.access_token, away.id);
    let (second, _) = switch(env, &first, person.id);
    let id = text(&env.get("/v1/auth/me").token(&first).send().expect(200), "session_id");
    assert_eq!(env.delete(&format!("/v1/auth/sessions/{id}")).token(&person).send().status, 204);
    assert!(!is_let_in(env, &first) && !is_let_in(env, &second) && is_let_in(env, &person));
    let (third, _) = switch(env, &person.access_token, away.id);
    let id = text(&env.get("/v1/auth/me").token(&person).send().expect(200), "session_id");
    assert_eq!(env.delete(&format!("/v1/auth/sessions/{id}")).token(&third).send().status, 204);
    assert!(!is_let_in(env, &third) && !is_let_in(env, &person));
}

#[test]
fn a_stolen_refresh_token_ends_the_family_in_every_tenant() {
    let env = shared();
    let TwoTenants { person, away } = two_tenants(env);
    let (there, renews) = switch(env, &person.access_token, away.id);
    refresh(env, &renews).expect(200);
    make_old(env, &renews);
    assert_problem(&refresh(env, &renews), 401, "unauthenticated", &[]);
    assert!(!is_let_in(env, &there) && !is_let_in(env, &person));
}
