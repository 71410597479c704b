//! Rate limits.

use fundrail_tests::{Environment, Options, assert_problem, json, shared, skip};

use crate::support::{join, own_address, text};

fn limited(limits: &str) -> Option<Environment> {
    let variables = vec![("rate_limits", limits.to_owned())];
    let env = Environment::start(&Options { variables, ..Options::default() });
    if env.is_none() {
        skip("it needs limits of its own");
    }
    env
}

#[test]
fn an_answer_says_where_the_caller_stands() {
    let env = shared();
    let read = env.get("/v1/auth/me").token(env.institution()).send();
    let policy = read.header("ratelimit-policy").expect("a policy").to_owned();
    assert!(policy.starts_with("\"default\";q=") && policy.ends_with(";w=60"), "{policy}");
    let state = read.header("ratelimit").expect("a state").to_owned();
    assert!(state.starts_with("\"default\";r="), "{state}");
}

#[test]
fn who_asks_too_much_has_to_wait_and_others_do_not() {
    let Some(env) = limited("default=5,login=1000,register=1000") else { return };
    let (busy, other) = (env.institution(), env.institution());
    let statuses: Vec<u16> = (0..7)
        .map(|_| env.get("/v1/auth/me").token(&busy).header("forwarded", &own_address()).send().status)
        .collect();
    assert!(statuses.contains(&200) && statuses.ends_with(&[429]), "{statuses:?}");
    let refused = env.get("/v1/auth/me").token(&busy).send();
    assert_problem(&refused, 429, "too_many_requests", &[]);
    assert_eq!(refused.header("ratelimit-policy"), Some("\"default\";q=5;w=60"));
    assert!(refused.header("ratelimit").is_some_and(|state| state.starts_with("\"default\";r=0;")));
    let wait: u64 = refused.header("retry-after").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=12).contains(&wait), "{wait}");
    let free = env.get("/v1/auth/me").token(&other).header("forwarded", &own_address()).send();
    assert_eq!(free.status, 200, "{}", free.describe());
}

#[test]
fn who_is_not_signed_in_is_counted_by_address_and_class() {
    let Some(env) = limited("default=1000,login=3,register=1000") else { return };
    let (first, second) = (own_address(), own_address());
    let login =
        |address: &str| crate::support::try_login(&env, "a@example.com", "wrong password", address).status;
    let statuses: Vec<u16> = (0..4).map(|_| login(&first)).collect();
    assert_eq!(statuses, [401, 401, 401, 429]);
    assert_ne!(login(&second), 429, "from elsewhere");
    assert_eq!(
        env.get("/.well-known/jwks.json").header("forwarded", &first).send().status,
        200,
        "another class"
    );
}

#[test]
fn an_address_that_only_claims_to_be_another_is_counted_as_itself() {
    let Some(env) = Environment::start(&Options {
        variables: vec![
            ("rate_limits", "default=1000,login=3,register=1000".to_owned()),
            ("trusted_proxies", "10.0.0.0/8".to_owned()),
        ],
        ..Options::default()
    }) else {
        return skip("it trusts no proxy");
    };
    let statuses: Vec<u16> = (0..4)
        .map(|_| crate::support::try_login(&env, "a@example.com", "wrong password", &own_address()).status)
        .collect();
    assert_eq!(statuses, [401, 401, 401, 429]);
}

#[test]
fn tokens_that_do_not_hold_are_counted_by_address() {
    let Some(env) = limited("default=3") else { return };
    let address = own_address();
    let tries: Vec<_> = (0..4)
        .map(|_| env.get("/v1/auth/me").token("not-a-token").header("forwarded", &address).send())
        .collect();
    for refused in &tries[..3] {
        assert_problem(refused, 401, "unauthenticated", &[]);
        assert!(refused.header("ratelimit").is_some());
    }
    assert_problem(&tries[3], 429, "too_many_requests", &[]);
}

#[test]
fn a_tenant_has_a_limit_that_all_of_its_people_and_keys_share() {
    let Some(env) = limited("default=1000,tenant=40,login=1000,register=1000,password=1000") else { return };
    let (owner, other) = (env.institution(), env.institution());
    let member = join(&env, &owner, &["viewer"]);
    let key = json!({"name": "desk", "scopes": ["funds:read"]});
    let key = text(&env.post("/v1/auth/api-keys").token(&owner).json(&key).send().expect(201), "key");
    let read = |token: &str| env.get("/v1/auth/me").token(token).header("forwarded", &own_address()).send();
    assert_eq!(read(&key).status, 200, "its tenant is known from now on");
    let statuses: Vec<u16> = (0..60)
        .map(|number| read([&owner.access_token, &member.access_token, &key][number % 3]).status)
        .collect();
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    for who in [&owner.access_token, &member.access_token, &key] {
        // One more is allowed every second and a half.
        let refused = (0..20).map(|_| read(who)).find(|answer| answer.status == 429).expect("a refusal");
        assert_problem(&refused, 429, "too_many_requests", &[]);
        assert_eq!(refused.header("ratelimit-policy"), Some("\"tenant\";q=40;w=60"));
    }
    let free = read(&other.access_token);
    assert_eq!(free.status, 200, "{}", free.describe());
    assert!(free.header("ratelimit-policy").is_some_and(|policy| policy.starts_with("\"default\";q=1000")));
}

#[test]
fn the_first_request_of_a_key_counts_for_its_tenant_too() {
    let Some(env) = limited("default=1000,tenant=20,login=1000,register=1000") else { return };
    let owner = env.institution();
    let keys: Vec<String> = (0..5)
        .map(|_| {
            let key = json!({"name": "desk", "scopes": ["funds:read"]});
            text(&env.post("/v1/auth/api-keys").token(&owner).json(&key).send().expect(201), "key")
        })
        .collect();
    let read = |token: &str| env.get("/v1/auth/me").token(token).header("forwarded", &own_address()).send();
    // One more is allowed every three seconds: on a machine so slow that a key gets it, another does not.
    let refused = keys.iter().find_map(|key| {
        let used_up = (0..200).any(|_| read(&owner.access_token).status == 429);
        assert!(used_up, "of twenty a minute");
        Some(read(key)).filter(|answer| answer.status == 429)
    });
    let refused = refused.expect("a key that nobody has used before is refused");
    assert_problem(&refused, 429, "too_many_requests", &[]);
    assert_eq!(refused.header("ratelimit-policy"), Some("\"tenant\";q=20;w=60"));
}

#[test]
fn an_office_behind_one_address_signs_in() {
    let Some(env) = limited("default=1000,login=3,register=1000") else { return };
    let address = own_address();
    let people: Vec<_> = (0..8).map(|_| env.institution()).collect();
    let statuses: Vec<u16> = people
        .iter()
        .map(|person| crate::support::try_login(&env, &person.email, &person.password, &address).status)
        .collect();
    assert_eq!(statuses, [200; 8], "each of them is one, and none of them too many");
    let guesses: Vec<u16> = (0..40)
        .map(|n| crate::support::try_login(&env, &format!("nobody-{n}@example.com"), "x", &address).status)
        .collect();
    assert_eq!(guesses.last(), Some(&429), "an address that tries account after account: {guesses:?}");
}

#[test]
fn a_forged_header_does_not_count_beside_the_one_that_the_proxy_writes() {
    let Some(env) = Environment::start(&Options {
        variables: vec![
            ("rate_limits", "default=1000,login=3,register=1000".to_owned()),
            ("trusted_proxies", "127.0.0.1/32".to_owned()),
            ("forwarded_header", "x-forwarded-for".to_owned()),
        ],
        ..Options::default()
    }) else {
        return skip("it trusts another header");
    };
    let login = |client: &str| {
        let body = fundrail_tests::json!({"email": "a@example.com", "password": "wrong password"});
        let request = env.post("/v1/auth/login").header("forwarded", &own_address());
        request.header("x-forwarded-for", client).json(&body).send().status
    };
    let statuses: Vec<u16> = (0..4).map(|n| login(&format!("198.51.100.{n}, 203.0.113.5"))).collect();
    assert_eq!(statuses, [401, 401, 401, 429]);
    assert_eq!(login("203.0.113.6"), 401, "from elsewhere");
}

#[test]
fn who_asks_for_what_is_not_there_is_counted_by_address() {
    let Some(env) = limited("default=3") else { return };
    for (method, path, status) in [("GET", "/v1/funds/a/b/c", 404), ("DELETE", "/v1/openapi.json", 405)] {
        let address = own_address();
        let tries: Vec<_> =
            (0..4).map(|_| env.request(method, path).header("forwarded", &address).send()).collect();
        let statuses: Vec<u16> = tries.iter().map(|refused| refused.status).collect();
        assert_eq!(statuses, [status, status, status, 429], "{method} {path}");
        assert!(tries[0].header("ratelimit").is_some());
    }
}

#[test]
fn strangers_at_an_address_take_nothing_from_who_is_signed_in_there() {
    let Some(env) = limited("default=5,login=1000,register=1000") else { return };
    let (owner, address) = (env.institution(), own_address());
    let stranger = || env.get("/v1/auth/me").token("not-a-token").header("forwarded", &address).send().status;
    let strangers: Vec<u16> = (0..8).map(|_| stranger()).collect();
    assert!(strangers.ends_with(&[429]), "{strangers:?}");
    let read = env.get("/v1/auth/me").token(&owner).header("forwarded", &address).send();
    assert_eq!(read.status, 200, "{}", read.describe());
}
