//! Postgres and Redis going away under requests, and coming back.

use std::{
    thread,
    time::{Duration, Instant},
};

use fundrail_tests::{Client, Control, Environment, Options, Tenant, assert_problem, skip, wait_until};

fn isolated(own_postgres: bool) -> Option<Environment> {
    // One thread, so that one instance serves all and its breaker sees every failure.
    let host_arguments = vec!["--threads".to_owned(), "1".to_owned()];
    let env = Environment::start(&Options { own_postgres, host_arguments, ..Options::default() });
    if env.is_none() {
        skip("it stops Postgres or Redis");
    }
    env
}

/// A fund that nobody has asked for yet, so that no cache has it.
fn funds(env: &Environment, tenant: &Tenant) -> Vec<String> {
    let page = env.get("/v1/funds?limit=100").token(tenant).send().expect(200);
    let all = page["data"].as_array().expect("a page").iter();
    all.map(|fund| format!("/v1/funds/{}", fund["id"].as_str().expect("an id"))).collect()
}

fn breaker_openings(control: &Control) -> usize {
    control.host().log().matches("the redis breaker opened").count()
}

#[test]
fn reads_go_on_without_redis_and_come_from_the_cache_again_when_it_is_back() {
    let Some(env) = isolated(false) else { return };
    let control = env.control().expect("started here");
    let tenant = env.institution();
    let funds = funds(&env, &tenant);
    assert!(funds.len() >= 10, "{funds:?}");

    control.redis().kill();
    for path in &funds {
        let read = env.get(path).token(&tenant).send();
        assert_eq!(read.status, 200, "{}", read.describe());
        let status = read.header("cache-status").unwrap_or_default().to_owned();
        assert!(status.contains("fwd=bypass"), "{path}: {status}");
    }
    assert!(breaker_openings(control) > 0, "the breaker opened");
    let health = env.get("/health").send();
    assert_eq!(health.status, 503);
    assert_eq!(health.header("retry-after"), Some("1"));
    assert_eq!(
        (&health.json()["redis"]["status"], &health.json()["postgres"]["status"]),
        (&"unavailable".into(), &"ok".into())
    );

    control.redis().restart();
    wait_until("reads come from the cache", || {
        let read = env.get(&funds[0]).token(&tenant).send();
        read.status == 200 && read.header("cache-status").is_some_and(|status| status.contains("hit"))
    });
    wait_until("health is good", || env.get("/health").send().status == 200);
}

#[test]
fn requests_under_way_when_redis_dies_are_answered() {
    let Some(env) = isolated(false) else { return };
    let control = env.control().expect("started here");
    let tenant = env.institution();
    let funds = funds(&env, &tenant);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|reader| {
                let (env, tenant, funds) = (&env, &tenant, &funds);
                scope.spawn(move || {
                    let read = |round: usize| {
                        let read = env.get(&funds[(reader + round) % funds.len()]).token(tenant).send();
                        assert_eq!(read.status, 200, "{}", read.describe());
                        read.header("cache-status").is_some_and(|status| status.contains("fwd=bypass"))
                    };
                    (0..100).filter(|round| read(*round)).count()
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(30));
        control.redis().kill();
        let bypassed: usize =
            readers.into_iter().map(|reader| reader.join().expect("every read was answered")).sum();
        assert!((1..800).contains(&bypassed), "Redis died under the reads: {bypassed} of 800 went past it");
    });
}

#[test]
fn a_redis_that_does_not_answer_is_waited_for_once_and_by_no_other_core_again() {
    let host_arguments = vec!["--threads".to_owned(), "2".to_owned()];
    let Some(env) = Environment::start(&Options { host_arguments, ..Options::default() }) else {
        return skip("it freezes Redis");
    };
    let control = env.control().expect("started here");
    let tenant = env.institution();
    let funds = funds(&env, &tenant);
    control.redis().freeze();
    let began = Instant::now();
    for round in 0..36 {
        // A connection of its own each time: some of them are the other core's.
        let caller = Client::new(env.client().base());
        let path = &funds[round % funds.len()];
        let read = caller.request("GET", path).token(&tenant).send();
        assert_eq!(read.status, 200, "{}", read.describe());
        if round == 12 {
            // Longer than an instance idles, and than a breaker pauses.
            thread::sleep(Duration::from_millis(1500));
        }
    }
    let took = began.elapsed();
    let log = control.host().log();
    assert_eq!(log.matches("\"redis_silent\"").count(), 1, "it is found out once, for all cores");
    // Those that were under way at that moment, a job's among them.
    assert!(log.matches("no answer in time").count() <= 4, "nobody else has waited: {log}");
    assert!(took < Duration::from_secs(15), "{took:?}, of which 1.5 s are the test's own");
    control.redis().thaw();
    wait_until("health is good", || env.get("/health").send().status == 200);
    wait_until("reads come from the cache", || {
        let read = env.get(&funds[0]).token(&tenant).send();
        read.status == 200 && read.header("cache-status").is_some_and(|status| status.contains("hit"))
    });
}

#[test]
fn without_postgres_there_is_a_503_that_says_when_to_try_again_and_then_all_is_well() {
    let Some(env) = isolated(true) else { return };
    let control = env.control().expect("started here");
    let tenant = env.institution();
    let funds = funds(&env, &tenant);
    control.postgres().crash();
    for path in &funds {
        assert_problem(&env.get(path).token(&tenant).send(), 503, "unavailable", &[]);
    }
    let health = env.get("/health").send();
    assert_eq!((health.status, &health.json()["postgres"]["status"]), (503, &"unavailable".into()));

    control.postgres().restart();
    wait_until("the fund can be read", || env.get(&funds[0]).token(&tenant).send().status == 200);
    for path in &funds {
        assert_eq!(
            env.get(path).token(&tenant).send().status,
            200,
            "{path}: no dead connection is handed out"
        );
    }
    assert!(control.host().runs());
}

#[test]
fn a_restart_of_the_host_loses_nothing() {
    let Some(env) = isolated(false) else { return };
    let tenant = env.institution();
    env.control().expect("started here").host().restart();
    let me = env.get("/v1/auth/me").token(&tenant).send().expect(200);
    assert_eq!(me["tenant"]["id"], tenant.id.to_string());
}
