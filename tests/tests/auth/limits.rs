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
    assert!(statuses.contains(&200) && statuses.ends_with(&[429, 429, 429]), "{statuses:?}");
    for who in [&owner.access_token, &member.access_token] {
        let refused = read(who);
        assert_problem(&refused, 429, "too_many_requests", &[]);
        assert_eq!(refused.header("ratelimit-policy"), Some("\"tenant\";q=40;w=60"));
    }
    let free = read(&other.access_token);
    assert_eq!(free.status, 200, "{}", free.describe());
    assert!(free.header("ratelimit-policy").is_some_and(|policy| policy.starts_with("\"default\";q=1000")));
}
