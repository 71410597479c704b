//! Registration, sign-in by password, lock-out, reset.

use fundrail_tests::{Control, Environment, Options, Tenant, assert_problem, json, shared, skip, wait_until};
use sha2::Digest as _;
use uuid::Uuid;

use crate::support::{is_let_in, join, mailed, own_address, refresh, text, try_login};

fn new_tenant(email: &str, password: &str) -> fundrail_tests::Value {
    json!({"tenant_name": "T", "kind": "institution", "email": email, "password": password})
}

#[test]
fn an_address_registers_once_whatever_its_case() {
    let env = shared();
    let email = format!("Case-{}@Example.com", Uuid::new_v4().simple());
    let password = "violet-harbour-27-lamp";
    let made = env.post("/v1/auth/register").json(&new_tenant(&email, password)).send().expect(201);
    assert_eq!(made["user"]["email"], email.to_lowercase());
    assert_eq!(made["user"]["email_verified"], false);
    let again = env.post("/v1/auth/register").json(&new_tenant(&email.to_uppercase(), password)).send();
    assert_problem(&again, 409, "email_taken", &[]);
    assert!(is_let_in(env, env.sign_in(&email.to_uppercase(), password)));
}

#[test]
fn every_wrong_field_of_a_registration_is_named() {
    let env = shared();
    let body = json!({"kind": "bank", "email": "nobody", "password": "Password123!", "extra": 1});
    let refused = env.post("/v1/auth/register").json(&body).send();
    assert_problem(
        &refused,
        422,
        "invalid_fields",
        &["/email", "/extra", "/kind", "/password", "/tenant_name"],
    );
}

#[test]
fn common_passwords_are_refused_and_long_plain_ones_are_not() {
    let env = shared();
    for password in ["short", "password1234", "qwertyuiop", "Football2026!"] {
        let email = format!("weak-{}@example.com", Uuid::new_v4().simple());
        let refused = env.post("/v1/auth/register").json(&new_tenant(&email, password)).send();
        assert_problem(&refused, 422, "invalid_fields", &["/password"]);
    }
    let email = format!("strong-{}@example.com", Uuid::new_v4().simple());
    env.post("/v1/auth/register")
        .json(&new_tenant(&email, "seven plain words of no renown"))
        .send()
        .expect(201);
}

#[test]
fn an_issuers_owner_keeps_its_catalogue() {
    let env = shared();
    let me = env.get("/v1/auth/me").token(env.issuer()).send().expect(200);
    assert_eq!(me["roles"], json!(["issuer", "owner"]));
    let me = env.get("/v1/auth/me").token(env.institution()).send().expect(200);
    assert_eq!(me["roles"], json!(["owner"]));
    let permissions: Vec<&str> =
        me["permissions"].as_array().unwrap().iter().filter_map(|p| p.as_str()).collect();
    assert!(
        permissions.contains(&"users:write") && !permissions.contains(&"secrets:rotate"),
        "{permissions:?}"
    );
}

#[test]
fn known_and_unknown_accounts_get_the_same_answer() {
    let env = shared();
    let known = env.institution();
    let unknown = format!("nobody-{}@example.com", Uuid::new_v4().simple());
    let strip = |response: &fundrail_tests::Response| {
        let mut json = response.json();
        json["request_id"] = json!(null);
        let mut headers =
            response.all_headers().into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>();
        headers.retain(|(name, _)| !["x-request-id", "date", "ratelimit"].contains(&name.as_str()));
        (response.status, json, headers)
    };
    let answers = [known.email.as_str(), unknown.as_str()].map(|email| {
        let address = own_address();
        let login: Vec<_> =
            (0..7).map(|_| strip(&try_login(env, email, "wrong password", &address))).collect();
        let forgot = env.post("/v1/auth/password/forgot").json(&json!({"email": email})).send();
        (login, strip(&forgot))
    });
    let statuses: Vec<u16> = answers[0].0.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429], "five tries are free, then a pause");
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_stranger_cannot_lock_an_owner_out() {
    let env = shared();
    let owner = env.institution();
    let home = own_address();
    try_login(env, &owner.email, &owner.password, &home).expect(200);
    // Twenty wrong tries from many places pause the account for whoever comes from a new place.
    for _ in 0..21 {
        try_login(env, &owner.email, "wrong password", &own_address());
    }
    let paused = try_login(env, &owner.email, &owner.password, &own_address());
    assert_problem(&paused, 429, "too_many_requests", &[]);
    try_login(env, &owner.email, &owner.password, &home).expect(200);
}

/// How often a password was wrong at an account.
fn failures(control: &Control, email: &str) -> i32 {
    let sql = "select failures from sign_in_failure where scope = 'account' and key_hash = $1";
    let account = format!("{:x}", sha2::Sha256::digest(email));
    control.database().admin().query_one(sql, &[&account]).expect("the number").get(0)
}

/// Sets how often a password was wrong at an account from an address, as `own_address` writes it, just now.
fn set_failures(control: &Control, email: &str, address: &str, failures: i32) {
    let address = address.trim_start_matches("for=\"[").trim_end_matches("]\"").parse().expect("an address");
    let pair = format!("{email}\n{}", fundrail_kit::client_address::network(address));
    let pair = format!("{:x}", sha2::Sha256::digest(pair));
    let sql = "update sign_in_failure set failures = $2, last_failed_at = now() where scope = 'pair' and key_hash = $1";
    assert_eq!(control.database().admin().execute(sql, &[&pair, &failures]).expect("an update"), 1);
}

#[test]
fn a_neighbour_behind_the_same_address_does_not_make_an_owner_wait() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it counts what a neighbour tries") };
    let (owner, office) = (env.institution(), own_address());
    let sign_in = |who: &Tenant, password: &str, device: Option<&str>| {
        let body = json!({"email": who.email, "password": password, "device_token": device});
        env.post("/v1/auth/login").header("forwarded", &office).json(&body).send()
    };
    let device = text(&sign_in(&owner, &owner.password, None).expect(200), "device_token");
    set_failures(control, &owner.email, &office, 12);
    assert_problem(&sign_in(&owner, &owner.password, None), 429, "too_many_requests", &[]);
    let foreign = Some("frd_of-nobody");
    assert_problem(&sign_in(&owner, &owner.password, foreign), 429, "too_many_requests", &[]);
    let answer = sign_in(&owner, &owner.password, Some(&device)).expect(200);
    assert!(answer.get("device_token").is_none(), "it is known already");
    assert_problem(&sign_in(&owner, &owner.password, None), 429, "too_many_requests", &[]);
    // It is a device of one account, and a stolen one guesses no faster.
    let other = env.institution();
    sign_in(&other, &other.password, None).expect(200);
    set_failures(control, &other.email, &office, 12);
    assert_problem(&sign_in(&other, &other.password, Some(&device)), 429, "too_many_requests", &[]);
    let statuses: Vec<u16> =
        (0..12).map(|_| sign_in(&owner, "wrong password", Some(&device)).status).collect();
    assert!(statuses[..5].iter().all(|status| *status == 401) && statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_reset_ends_the_pause_and_every_session_and_works_once() {
    let env = shared();
    let owner = env.institution();
    let address = own_address();
    for _ in 0..6 {
        try_login(env, &owner.email, "wrong password", &address);
    }
    env.post("/v1/auth/password/forgot").json(&json!({"email": owner.email})).send().expect(202);
    let token = mailed(env, &owner, "password_reset", &owner.email);
    let own = json!({"token": token, "password": owner.email});
    let refused = env.post("/v1/auth/password/reset").json(&own).send();
    assert_problem(&refused, 422, "invalid_fields", &["/password"]);
    let body = json!({"token": token, "password": "another-lamp-of-brass"});
    let reset = || env.post("/v1/auth/password/reset").header("forwarded", &address).json(&body).send();
    assert_eq!(reset().status, 204);
    assert_problem(&reset(), 422, "link_invalid", &[]);
    assert!(!is_let_in(env, &owner), "its session is over");
    assert_problem(&refresh(env, &owner.refresh_token), 401, "unauthenticated", &[]);
    assert_eq!(try_login(env, &owner.email, &owner.password, &own_address()).status, 401);
    try_login(env, &owner.email, "another-lamp-of-brass", &address).expect(200);
}

#[test]
fn a_changed_password_ends_the_other_sessions() {
    let env = shared();
    let owner = env.institution();
    let other = env.sign_in(&owner.email, &owner.password);
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        env.post("/v1/auth/password/change").token(&owner).json(&body).send()
    };
    assert_problem(&change("wrong password", "another-lamp-of-brass"), 422, "wrong_password", &[]);
    assert_problem(&change(&owner.password, "password123"), 422, "invalid_fields", &["/new_password"]);
    assert_eq!(change(&owner.password, "another-lamp-of-brass").status, 204);
    assert!(is_let_in(env, &owner) && !is_let_in(env, &other));
    env.sign_in(&owner.email, "another-lamp-of-brass");
}

#[test]
fn an_address_is_verified_by_its_mail_once() {
    let env = shared();
    let owner = env.unverified("institution");
    let token = mailed(env, &owner, "email_verification", &owner.email);
    let verify = || env.post("/v1/auth/email/verify").json(&json!({"token": token})).send();
    assert_eq!(verify().status, 204);
    assert_problem(&verify(), 422, "link_invalid", &[]);
    let me = env.get("/v1/auth/me").token(&owner).send().expect(200);
    assert_eq!(me["user"]["email_verified"], true, "a session that was known before hears of it");
    env.post("/v1/auth/email/verification").token(&owner).send().expect(202);
}

#[test]
fn a_password_lets_its_owner_in_from_every_keyboard() {
    let env = shared();
    let name = Uuid::new_v4().simple().to_string();
    let email = format!("{name}@example.com");
    let (composed, decomposed) =
        ("Z\u{fc}rich \u{e9}t\u{e9} 1889", "Zu\u{308}rich\u{a0}e\u{301}te\u{301} 1889");
    let body = json!({"tenant_name": name, "kind": "institution", "email": email, "password": decomposed});
    env.post("/v1/auth/register").json(&body).send().expect(201);
    let owner = env.sign_in(&email, composed);
    env.sign_in(&email, decomposed);
    assert_eq!(try_login(env, &email, "Zurich ete 1889", &own_address()).status, 401);
    let body = json!({"current_password": decomposed, "new_password": "violet-harbour-27-lamp"});
    assert_eq!(env.post("/v1/auth/password/change").token(&owner).json(&body).send().status, 204);
    let Some(control) = env.control() else { return skip("it changes a stored hash") };
    // As it was stored before passwords were normalised.
    let (old, user) = (old_hash(decomposed), owner.user_id.to_string());
    let sql = "update user_password set hash = $1 where user_id = $2::text::uuid";
    control.database().admin().execute(sql, &[&old, &user]).expect("an update");
    env.sign_in(&email, decomposed);
    env.sign_in(&email, composed);
}

#[test]
fn a_long_password_is_as_long_from_every_keyboard() {
    let env = shared();
    let name = Uuid::new_v4().simple().to_string();
    let email = format!("{name}@example.com");
    // 250 characters, most of which are two where letters and accents are written apart.
    let composed = format!("{} 1889 and on", "\u{e9}\u{fc}\u{f4}\u{e0}\u{f1}".repeat(48));
    let decomposed = format!("{} 1889 and on", "e\u{301}u\u{308}o\u{302}a\u{300}n\u{303}".repeat(48));
    assert!(decomposed.chars().count() > 480);
    let body = json!({"tenant_name": name, "kind": "institution", "email": email, "password": composed});
    env.post("/v1/auth/register").json(&body).send().expect(201);
    env.sign_in(&email, &composed);
    env.sign_in(&email, &decomposed);
    let long = "z\u{301}".repeat(260);
    assert_problem(&try_login(env, &email, &long, &own_address()), 422, "invalid_fields", &["/password"]);
}

#[test]
fn a_stolen_session_tried_from_many_places_has_no_more_tries_at_the_password() {
    let env = shared();
    let owner = env.institution();
    let home = own_address();
    try_login(env, &owner.email, &owner.password, &home).expect(200);
    let change = |current: &str, address: &str| {
        let body = json!({"current_password": current, "new_password": "another-lamp-of-brass"});
        env.post("/v1/auth/password/change").token(&owner).header("forwarded", address).json(&body).send()
    };
    let statuses: Vec<u16> = (0..9).map(|_| change("wrong password", &own_address()).status).collect();
    assert!(statuses[..5].iter().all(|status| *status == 422) && statuses.contains(&429), "{statuses:?}");
    // Signing in is not theirs to stop, and a reset ends the pause.
    try_login(env, &owner.email, &owner.password, &home).expect(200);
    env.post("/v1/auth/password/forgot").json(&json!({"email": owner.email})).send().expect(202);
    let token = mailed(env, &owner, "password_reset", &owner.email);
    let body = json!({"token": token, "password": "violet-harbour-27-lamp"});
    assert_eq!(env.post("/v1/auth/password/reset").json(&body).send().status, 204);
    let back = env.sign_in(&owner.email, "violet-harbour-27-lamp");
    let body = json!({"current_password": "violet-harbour-27-lamp", "new_password": "another-lamp-of-brass"});
    assert_eq!(env.post("/v1/auth/password/change").token(&back).json(&body).send().status, 204);
}

#[test]
fn a_failed_sign_in_is_written_into_the_trail() {
    let env = shared();
    let owner = env.institution();
    try_login(env, &owner.email, "wrong password", &own_address());
    wait_until("the audit row", || {
        let page = env.get("/v1/audit?action=user.sign_in_failed").token(&owner).send().expect(200);
        page["data"].as_array().is_some_and(|events| events.len() == 1)
    });
}

#[test]
fn a_password_stored_with_older_parameters_is_hashed_anew_at_sign_in() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it changes a stored hash") };
    let owner = env.institution();
    let mut admin = control.database().admin();
    // Of "violet-harbour-27-lamp", with 64 KiB and one pass.
    let old = old_hash("violet-harbour-27-lamp");
    let user = owner.user_id.to_string();
    admin
        .execute("update user_password set hash = $1 where user_id = $2::text::uuid", &[&old, &user])
        .expect("an update");
    env.sign_in(&owner.email, "violet-harbour-27-lamp");
    let row = admin
        .query_one("select hash from user_password where user_id = $1::text::uuid", &[&user])
        .expect("the hash");
    let now: &str = row.get(0);
    assert!(now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{now}");
    env.sign_in(&owner.email, "violet-harbour-27-lamp");
}

fn old_hash(password: &str) -> String {
    fundrail_kit::password::hash_with(password, b"sixteen bytes ..", (64, 1, 1)).expect("a hash")
}

/// Somebody who was removed from the only tenant that they were in.
fn removed(env: &fundrail_tests::Environment) -> fundrail_tests::Tenant {
    let owner = env.institution();
    let member = join(env, &owner, &["viewer"]);
    let path = format!("/v1/auth/users/{}", member.user_id);
    assert_eq!(env.delete(&path).token(&owner).send().status, 204);
    assert!(!is_let_in(env, &member));
    member
}

#[test]
fn who_was_removed_from_their_only_tenant_is_told_so_by_their_password_alone() {
    let env = shared();
    let member = removed(env);
    let refused = try_login(env, &member.email, &member.password, &own_address());
    assert_problem(&refused, 409, "no_tenant", &[]);
    let wrong = try_login(env, &member.email, "wrong password", &own_address());
    assert_problem(&wrong, 401, "unauthenticated", &[]);
    assert_eq!(text(&wrong.json(), "detail"), "the credentials are missing or not valid");
}

#[test]
fn who_left_their_last_tenant_registers_another_by_their_password_alone() {
    let env = shared();
    let member = removed(env);
    let address = own_address();
    let register = |key: &str, password: &str| {
        let body = json!({
            "tenant_name": "Anew", "kind": "institution", "email": member.email, "password": password,
        });
        let request = env.post("/v1/auth/register").header("forwarded", &address);
        request.header("idempotency-key", key).json(&body).send()
    };
    for number in 0..2 {
        let key = format!("wrong-{number}");
        assert_problem(&register(&key, "not-the-password-27"), 409, "email_taken", &[]);
        let again = register(&key, "not-the-password-27");
        assert_eq!((again.status, again.header("idempotency-replayed")), (409, Some("true")));
    }
    if let Some(control) = env.control() {
        assert_eq!(failures(control, &member.email), 2, "each of them counts once, and is committed");
        set_failures(control, &member.email, &address, 12);
        assert_problem(&register("paused", &member.password), 429, "too_many_requests", &[]);
        set_failures(control, &member.email, &address, 0);
    }
    let made = register("right", &member.password).expect(201);
    assert_eq!(made["user"]["id"], member.user_id.to_string(), "the same account");
    assert_eq!(made["user"]["email_verified"], true);
    let again = env.sign_in(&member.email, &member.password);
    assert_eq!((again.id.to_string(), again.user_id), (text(&made["tenant"], "id"), member.user_id));
    assert_problem(&register("twice", &member.password), 409, "email_taken", &[]);
}

#[test]
fn who_left_their_last_tenant_gets_a_reset_link_all_the_same() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the outbox") };
    let member = removed(env);
    env.post("/v1/auth/password/forgot").json(&json!({"email": member.email})).send().expect(202);
    let sql = "select count(*) from notification where kind = 'password_reset' and recipient = $1 \
        and tenant_id is null and user_id = $2::text::uuid";
    let user = member.user_id.to_string();
    let mut admin = control.database().admin();
    wait_until("the mail", || {
        admin.query_one(sql, &[&member.email, &user]).expect("a count").get::<_, i64>(0) == 1
    });
}

#[test]
fn a_storm_of_sign_ins_is_turned_away_and_nobody_is_counted_as_having_failed() {
    // One core, whose places are few beside the storm, however fast it hashes.
    let host_arguments = vec!["--threads".to_owned(), "1".to_owned()];
    let options = Options { host_arguments, ..Options::default() };
    let Some(env) = Environment::start(&options) else { return skip("others sign in too") };
    let owner = env.institution();
    let address = own_address();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let login = || try_login(&env, &owner.email, &owner.password, &address);
        let storm: Vec<_> = (0..120).map(|_| scope.spawn(login)).collect();
        storm.into_iter().map(|one| one.join().expect("every one was answered")).collect()
    });
    let turned_away: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!((1..120).contains(&turned_away.len()), "{} of 120", turned_away.len());
    for answer in turned_away {
        assert_problem(answer, 503, "unavailable", &[]);
    }
    assert_eq!(try_login(&env, &owner.email, &owner.password, &address).status, 200);
}
