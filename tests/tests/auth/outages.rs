//! Sign-in while Redis or Postgres is away.

use fundrail_tests::{Environment, Options, assert_problem, json, skip, wait_until};

use crate::support::{is_let_in, try_login};

fn isolated(own_postgres: bool) -> Option<Environment> {
    let host_arguments = vec!["--threads".to_owned(), "1".to_owned()];
    let env = Environment::start(&Options { own_postgres, host_arguments, ..Options::default() });
    if env.is_none() {
        skip("it stops Redis or Postgres");
    }
    env
}

#[test]
fn without_redis_sessions_come_from_postgres_and_a_revocation_holds_when_it_is_back() {
    let Some(env) = isolated(false) else { return };
    let control = env.control().expect("started here");
    let (owner, other) = (env.institution(), env.institution());
    assert!(is_let_in(&env, &owner) && is_let_in(&env, &other));

    control.redis().freeze();
    assert!(is_let_in(&env, &owner), "from Postgres");
    assert_eq!(env.post("/v1/auth/logout").token(&owner).send().status, 204);
    assert!(!is_let_in(&env, &owner), "revoked while Redis is away");
    env.sign_in(&other.email, &other.password);

    // It comes back with the record of the revoked session still in it.
    control.redis().thaw();
    wait_until("the revocation has reached Redis", || !is_let_in(&env, &owner));
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(!is_let_in(&env, &owner) && is_let_in(&env, &other));
}

#[test]
fn without_redis_guessing_is_still_slowed_down() {
    let Some(env) = isolated(false) else { return };
    let control = env.control().expect("started here");
    let owner = env.institution();
    control.redis().kill();
    let statuses: Vec<u16> =
        (0..7).map(|_| try_login(&env, &owner.email, "wrong password", "for=192.0.2.9").status).collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    control.redis().restart();
}

#[test]
fn without_postgres_and_redis_nobody_is_let_in_and_recovery_needs_no_restart() {
    let Some(env) = isolated(true) else { return };
    let control = env.control().expect("started here");
    let owner = env.institution();
    assert!(is_let_in(&env, &owner));
    control.postgres().crash();
    assert_eq!(env.get("/v1/auth/me").token(&owner).send().status, 200, "the cache has the session");
    control.redis().kill();
    assert_problem(&env.get("/v1/auth/me").token(&owner).send(), 503, "unavailable", &[]);
    let body = json!({"email": owner.email, "password": owner.password});
    assert_problem(&env.post("/v1/auth/login").json(&body).send(), 503, "unavailable", &[]);
    control.redis().restart();
    control.postgres().restart();
    wait_until("it is back", || env.get("/v1/auth/me").token(&owner).send().status == 200);
}
