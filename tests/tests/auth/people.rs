//! People of a tenant, their roles, invitations, the tenant itself.

use std::thread;

use fundrail_tests::{assert_problem, json, shared, skip};
use uuid::Uuid;

use crate::support::{is_let_in, join, join_too, mailed, own_address, text};

#[test]
fn an_invitation_is_followed_once_by_a_new_person() {
    let env = shared();
    let owner = env.institution();
    let email = format!("new-{}@example.com", Uuid::new_v4().simple());
    let invite = || {
        let body = json!({"email": email, "roles": ["trader", "viewer"]});
        env.post("/v1/auth/invitations").token(&owner).json(&body).send()
    };
    let made = invite().expect(201);
    assert!(made.get("token").is_none(), "the link goes by mail alone");
    assert_problem(&invite(), 409, "invitation_open", &[]);
    let token = mailed(env, &owner, "invitation", &email);
    let accept = |password: &str| {
        let body = json!({"token": token, "password": password});
        env.post("/v1/auth/password/accept-invitation").json(&body).send()
    };
    assert_problem(&accept("password123"), 422, "invalid_fields", &["/password"]);
    let tokens = accept("violet-harbour-27-lamp").expect(200);
    let me = env.get("/v1/auth/me").token(text(&tokens, "access_token")).send().expect(200);
    assert_eq!(me["roles"], json!(["trader", "viewer"]));
    assert_eq!(me["user"]["email_verified"], true);
    assert_problem(&accept("violet-harbour-27-lamp"), 422, "link_invalid", &[]);
    let open = env.get("/v1/auth/invitations").token(&owner).send().expect(200);
    assert_eq!(open["data"], json!([]));
}

#[test]
fn a_person_who_has_an_account_follows_an_invitation_with_its_password() {
    let env = shared();
    let (owner, guest) = (env.institution(), env.institution());
    let body = json!({"email": guest.email, "roles": ["viewer"]});
    env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
    let token = mailed(env, &owner, "invitation", &guest.email);
    let accept = |password: &str| {
        let body = json!({"token": token, "password": password});
        env.post("/v1/auth/password/accept-invitation").json(&body).send()
    };
    assert_problem(&accept("some other password"), 401, "unauthenticated", &[]);
    let tokens = accept(&guest.password).expect(200);
    let me = env.get("/v1/auth/me").token(text(&tokens, "access_token")).send().expect(200);
    assert_eq!((&me["user"]["id"], &me["tenant"]["id"]), (&json!(guest.user_id), &json!(owner.id)));
}

#[test]
fn an_invitation_to_somebody_else_or_taken_back_is_void() {
    let env = shared();
    let (owner, stranger) = (env.institution(), env.institution());
    let email = format!("new-{}@example.com", Uuid::new_v4().simple());
    let body = json!({"email": email, "roles": ["viewer"]});
    let made = env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
    let token = mailed(env, &owner, "invitation", &email);
    let theft =
        env.post("/v1/auth/invitations/accept").token(&stranger).json(&json!({"token": token})).send();
    assert_problem(&theft, 422, "link_invalid", &[]);
    assert!(is_let_in(env, &stranger), "its session is none the worse");
    let path = format!("/v1/auth/invitations/{}", text(&made, "id"));
    assert_problem(&env.delete(&path).token(&stranger).send(), 404, "not_found", &[]);
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    let body = json!({"token": token, "password": "violet-harbour-27-lamp"});
    let late = env.post("/v1/auth/password/accept-invitation").json(&body).send();
    assert_problem(&late, 422, "link_invalid", &[]);
}

#[test]
fn a_link_that_opens_nothing_says_the_same_whatever_kind_it_is_and_why() {
    let env = shared();
    let (owner, guest) = (env.institution(), env.institution());
    let body = json!({"email": guest.email, "roles": ["viewer"]});
    let made = env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
    let revoked = mailed(env, &owner, "invitation", &guest.email);
    let path = format!("/v1/auth/invitations/{}", text(&made, "id"));
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    let with_password = |token: &str| json!({"token": token, "password": "violet-harbour-27-lamp"});
    let post = |path: &str, body| env.post(path).header("forwarded", &own_address()).json(&body).send();
    let mut said = Vec::new();
    for token in [revoked.as_str(), "fri_unknown", "frl_unknown", "x"] {
        said.extend([
            post("/v1/auth/password/reset", with_password(token)),
            post("/v1/auth/password/accept-invitation", with_password(token)),
            post("/v1/auth/email/verify", json!({"token": token})),
            post("/v1/auth/email/change/confirm", json!({"token": token})),
            env.post("/v1/auth/invitations/accept").token(&guest).json(&json!({"token": token})).send(),
        ]);
    }
    for refused in &said {
        assert_problem(refused, 422, "link_invalid", &[]);
        assert_eq!(refused.header("www-authenticate"), None, "nobody is asked to sign in");
        assert_eq!(refused.json()["detail"], said[0].json()["detail"]);
    }
}

#[test]
fn a_change_of_roles_counts_at_once() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    assert_problem(&env.get("/v1/audit").token(&member).send(), 403, "forbidden", &[]);
    let path = format!("/v1/auth/users/{}/roles", member.user_id);
    let changed = env.put(&path).token(&owner).json(&json!({"roles": ["compliance"]})).send().expect(200);
    assert_eq!(changed["roles"], json!(["compliance"]));
    env.get("/v1/audit").token(&member).send().expect(200);
    let refused = env.get("/v1/auth/users").token(&member).send();
    assert_problem(&refused, 403, "forbidden", &[]);
    assert!(text(&refused.json(), "detail").contains("users:read"), "it names the permission");
}

#[test]
fn roles_that_do_not_exist_or_are_not_to_be_given_are_named() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    let path = format!("/v1/auth/users/{}/roles", member.user_id);
    let roles = json!({"roles": ["issuer", "king", "operator", "trader"]});
    let refused = env.put(&path).token(&owner).json(&roles).send();
    assert_problem(&refused, 422, "invalid_fields", &["/roles/0", "/roles/1", "/roles/2"]);
    let stranger = env.institution();
    let roles = json!({"roles": ["viewer"]});
    assert_problem(&env.put(&path).token(&stranger).json(&roles).send(), 404, "not_found", &[]);
}

#[test]
fn owners_are_made_and_unmade_by_owners_and_the_last_one_cannot_go() {
    let env = shared();
    let owner = env.institution();
    let admin = join(env, &owner, &["admin"]);
    let roles = |who: Uuid| format!("/v1/auth/users/{who}/roles");
    let promote = env.put(&roles(admin.user_id)).token(&admin).json(&json!({"roles": ["owner"]})).send();
    assert_problem(&promote, 403, "forbidden", &[]);
    let depose = env.put(&roles(owner.user_id)).token(&admin).json(&json!({"roles": ["viewer"]})).send();
    assert_problem(&depose, 403, "forbidden", &[]);
    let itself = format!("/v1/auth/users/{}", owner.user_id);
    assert_problem(&env.delete(&itself).token(&owner).send(), 409, "last_owner", &[]);
    let step_down = env.put(&roles(owner.user_id)).token(&owner).json(&json!({"roles": ["viewer"]})).send();
    assert_problem(&step_down, 409, "last_owner", &[]);
    env.put(&roles(admin.user_id)).token(&owner).json(&json!({"roles": ["owner"]})).send().expect(200);
    assert_eq!(env.delete(&itself).token(&owner).send().status, 204);
    assert!(!is_let_in(env, &owner));
}

#[test]
fn an_operator_is_removed_and_demoted_by_operators_alone_in_their_own_tenant_too() {
    let env = shared();
    let owner = env.institution();
    let (admin, person, other) =
        (join(env, &owner, &["admin"]), join(env, &owner, &["viewer"]), join(env, &owner, &["admin"]));
    let Some(operator) = env.operator(&person) else { return skip("it gives the role operator") };
    let path = format!("/v1/auth/users/{}", operator.user_id);
    let set = |by: &fundrail_tests::Tenant, roles: &[&str]| {
        env.put(&format!("{path}/roles")).token(by).json(&json!({"roles": roles})).send()
    };
    for by in [&admin, &owner] {
        assert_problem(&env.delete(&path).token(by).send(), 403, "forbidden", &[]);
        assert_problem(&set(by, &["viewer"]), 403, "forbidden", &[]);
        set(by, &["operator", "trader"]).expect(200);
    }
    let both = env.operator(&other).expect("the role was given before");
    set(&both, &["viewer"]).expect(200);
    let again = env.operator(&person).expect("the role was given before");
    assert_eq!(env.delete(&path).token(&both).send().status, 204);
    assert!(!is_let_in(env, &again));
    let itself = format!("/v1/auth/users/{}", both.user_id);
    assert_eq!(env.delete(&itself).token(&both).send().status, 204, "anybody may leave");
}

#[test]
fn two_owners_cannot_remove_each_other_at_once() {
    let env = shared();
    let first = env.institution();
    let second = join(env, &first, &["owner"]);
    let remove = |by: &fundrail_tests::Tenant, whom: Uuid| {
        env.delete(&format!("/v1/auth/users/{whom}")).token(by).send().status
    };
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| remove(&first, second.user_id));
        let other = scope.spawn(|| remove(&second, first.user_id));
        (one.join().expect("an answer"), other.join().expect("an answer"))
    });
    assert!(one == 204 || other == 204, "{one} {other}");
    assert!(one != 204 || other != 204, "somebody is left: {one} {other}");
}

#[test]
fn people_are_listed_page_by_page() {
    let env = shared();
    let owner = env.institution();
    for _ in 0..2 {
        join(env, &owner, &["viewer"]);
    }
    let first = env.get("/v1/auth/users?limit=2").token(&owner).send().expect(200);
    assert_eq!((first["data"].as_array().map(Vec::len), &first["has_more"]), (Some(2), &json!(true)));
    let path = format!("/v1/auth/users?limit=2&starting_after={}", text(&first, "next"));
    let second = env.get(&path).token(&owner).send().expect(200);
    assert_eq!((second["data"].as_array().map(Vec::len), &second["has_more"]), (Some(1), &json!(false)));
}

#[test]
fn a_tenant_is_renamed_by_who_knows_its_version() {
    let env = shared();
    let owner = env.institution();
    let read = env.get("/v1/auth/tenant").token(&owner).send();
    let etag = read.header("etag").expect("a tag").to_owned();
    let rename = |etag: Option<&str>, name: &str| {
        let request = env.patch("/v1/auth/tenant").token(&owner);
        let request = match etag {
            Some(etag) => request.header("if-match", etag),
            None => request,
        };
        request.json(&json!({"name": name})).send()
    };
    assert_problem(&rename(None, "B"), 428, "precondition_required", &[]);
    assert_eq!(rename(Some(&etag), "B").expect(200)["name"], "B");
    assert_problem(&rename(Some(&etag), "C"), 412, "precondition_failed", &[]);
    let me = env.get("/v1/auth/me").token(&owner).send().expect(200);
    assert_eq!(me["tenant"]["name"], "B", "a session that was known before hears of it");
    let unchanged = env.get("/v1/auth/tenant").token(&owner);
    let etag = env.get("/v1/auth/tenant").token(&owner).send().header("etag").expect("a tag").to_owned();
    assert_eq!(unchanged.header("if-none-match", &etag).send().status, 304);
}

#[test]
fn roles_gained_by_another_invitation_count_in_open_sessions() {
    let env = shared();
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    assert_problem(&env.get("/v1/auth/users").token(&member).send(), 403, "forbidden", &[]);
    join_too(env, &owner, &member, &["admin"]);
    env.get("/v1/auth/users").token(&member).send().expect(200);
}

#[test]
fn of_those_who_follow_one_invitation_at_once_one_gains_its_roles_and_nobody_waits_in_vain() {
    let env = shared();
    let owner = env.institution();
    for _ in 0..3 {
        let member = join(env, &owner, &["viewer"]);
        let body = json!({"email": member.email, "roles": ["trader"]});
        env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
        let body = json!({"token": mailed(env, &owner, "invitation", &member.email)});
        let accept = || env.post("/v1/auth/invitations/accept").token(&member).json(&body).send().status;
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let tries: Vec<_> = (0..5).map(|_| scope.spawn(accept)).collect();
            tries.into_iter().map(|one| one.join().expect("an answer")).collect()
        });
        statuses.sort_unstable();
        // A deadlock would be a 503 after a second.
        assert_eq!(statuses, [200, 422, 422, 422, 422]);
    }
}

#[test]
fn a_tenant_and_the_roles_of_who_changes_it_are_changed_at_once() {
    let env = shared();
    let owner = env.institution();
    let second = join(env, &owner, &["owner"]);
    let path = format!("/v1/auth/users/{}/roles", second.user_id);
    let rename = |name: String| {
        let body = json!({"name": name});
        env.patch("/v1/auth/tenant").token(&second).header("if-match", "*").json(&body).send().status
    };
    let set = || {
        let body = json!({"roles": ["owner", "viewer"]});
        env.put(&path).token(&owner).json(&body).send().status
    };
    for _ in 0..3 {
        let statuses: Vec<u16> = thread::scope(|scope| {
            let renaming: Vec<_> = (0..4).map(|n| scope.spawn(move || rename(format!("Desk {n}")))).collect();
            let setting: Vec<_> = (0..4).map(|_| scope.spawn(set)).collect();
            renaming.into_iter().chain(setting).map(|one| one.join().expect("an answer")).collect()
        });
        assert_eq!(statuses, [200; 8]);
    }
}

#[test]
fn every_wrong_field_of_an_invitation_is_named() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"email": "nope", "roles": ["viewer", "zzz", "aaa"]});
    let refused = env.post("/v1/auth/invitations").token(&owner).json(&body).send();
    assert_problem(&refused, 422, "invalid_fields", &["/email", "/roles/1", "/roles/2"]);
    let path = format!("/v1/auth/users/{}/roles", owner.user_id);
    let refused = env.put(&path).token(&owner).json(&json!({"roles": ["owner", "zzz", "aaa"]})).send();
    assert_problem(&refused, 422, "invalid_fields", &["/roles/1", "/roles/2"]);
}

#[test]
fn an_invitation_does_not_tell_whether_there_is_an_account() {
    let env = shared();
    let (owner, known) = (env.institution(), env.institution());
    let answers: Vec<_> = [known.email.clone(), format!("{}@example.com", uuid::Uuid::new_v4().simple())]
        .iter()
        .map(|email| {
            let body = json!({"email": email, "roles": ["viewer"]});
            env.post("/v1/auth/invitations").token(&owner).json(&body).send().expect(201);
            let token = mailed(env, &owner, "invitation", email);
            let body = json!({"token": token, "password": "short"});
            env.post("/v1/auth/password/accept-invitation").json(&body).send()
        })
        .collect();
    for answer in &answers {
        assert_problem(answer, 422, "invalid_fields", &["/password"]);
    }
}
