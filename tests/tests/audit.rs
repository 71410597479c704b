//! The audit trail and its chain.

use fundrail_tests::{Control, Environment, Tenant, Value, assert_problem, json, shared, skip, wait_until};

fn verification(env: &Environment, tenant: &Tenant) -> Value {
    env.get("/v1/audit/verify").token(tenant).send().expect(200)
}

/// Waits until everything that a tenant has done is sealed.
fn sealed(env: &Environment, tenant: &Tenant, at_least: i64) -> Value {
    wait_until("the seals", || {
        let found = verification(env, tenant);
        found["waiting"] == 0 && found["sealed"].as_i64().is_some_and(|sealed| sealed >= at_least)
    });
    verification(env, tenant)
}

/// A tenant with some events in its trail, all of them sealed.
fn busy(env: &Environment) -> Tenant {
    let tenant = env.institution();
    for _ in 0..4 {
        env.sign_in(&tenant.email, &tenant.password);
    }
    sealed(env, &tenant, 6);
    tenant
}

fn run(control: &Control, sql: &str, tenant: &Tenant) {
    let sql = sql.replace("{tenant}", &tenant.id.to_string());
    control.database().admin().batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn findings(env: &Environment, tenant: &Tenant) -> Vec<(String, i64)> {
    let found = verification(env, tenant);
    assert_eq!(found["intact"], json!(found["findings"].as_array().is_some_and(Vec::is_empty)));
    let findings = found["findings"].as_array().expect("a list");
    findings
        .iter()
        .map(|one| {
            (one["damage"].as_str().expect("a word").to_owned(), one["position"].as_i64().expect("a place"))
        })
        .collect()
}

#[test]
fn what_happens_is_listed_by_filter_and_page() {
    let env = shared();
    let tenant = busy(env);
    let all = env.get("/v1/audit?limit=100").token(&tenant).send().expect(200);
    let events = all["data"].as_array().expect("a page");
    assert_eq!(events.last().expect("events")["action"], "tenant.registered");
    assert!(events.iter().all(|event| event["position"].is_i64()), "all are sealed");
    // One more where it takes a sign-in to prove an address.
    let sign_ins = events.iter().filter(|event| event["action"] == "session.created").count();
    assert!(sign_ins >= 5, "{all}");
    let created = env.get("/v1/audit?action=session.created&limit=2").token(&tenant).send().expect(200);
    assert_eq!((created["data"].as_array().map(Vec::len), &created["has_more"]), (Some(2), &json!(true)));
    let next =
        format!("/v1/audit?action=session.created&starting_after={}", created["next"].as_str().unwrap());
    let rest = env.get(&next).token(&tenant).send().expect(200);
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(sign_ins - 2));
    let by = format!("/v1/audit?actor_id={}&subject_kind=tenant", tenant.user_id);
    assert_eq!(env.get(&by).token(&tenant).send().expect(200)["data"].as_array().map(Vec::len), Some(1));
    let later = env.get("/v1/audit?from=2999-01-01T00:00:00Z").token(&tenant).send().expect(200);
    assert_eq!(later["data"], json!([]));
    let wrong = env.get("/v1/audit?from=yesterday&colour=red").token(&tenant).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/from", "/colour"]);
}

#[test]
fn another_tenants_trail_is_not_seen() {
    let env = shared();
    let (ours, theirs) = (busy(env), env.institution());
    let page = env.get("/v1/audit?limit=100").token(&theirs).send().expect(200);
    assert!(!page.to_string().contains(&ours.user_id.to_string()));
    assert_problem(&env.get("/v1/audit").send(), 401, "unauthenticated", &[]);
    assert_problem(
        &env.get("/v1/audit/verify?from_position=99999").token(&ours).send(),
        422,
        "invalid_fields",
        &["/from_position"],
    );
}

#[test]
fn events_are_sealed_within_five_seconds() {
    let env = shared();
    let tenant = env.institution();
    let written = std::time::Instant::now();
    sealed(env, &tenant, 2);
    assert!(written.elapsed() < std::time::Duration::from_secs(5), "{:?}", written.elapsed());
}

#[test]
fn a_whole_chain_is_intact_and_goes_on_from_any_place() {
    let env = shared();
    let tenant = busy(env);
    let whole = verification(env, &tenant);
    assert_eq!(
        (&whole["intact"], &whole["verified"], &whole["next_position"]),
        (&json!(true), &whole["sealed"], &json!(null))
    );
    let part = env.get("/v1/audit/verify?from_position=3").token(&tenant).send().expect(200);
    assert_eq!(
        (&part["intact"], part["verified"].as_i64()),
        (&json!(true), whole["sealed"].as_i64().map(|n| n - 2))
    );
}

#[test]
fn a_tampered_event_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    run(
        control,
        "update audit_event set detail = '{\"by\":\"nobody\"}' where tenant_id = '{tenant}' \
         and id = (select event_id from audit_seal where tenant_id = '{tenant}' and position = 3)",
        &tenant,
    );
    assert_eq!(findings(env, &tenant), [("event_tampered".to_owned(), 3)]);
}

#[test]
fn a_missing_event_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    run(
        control,
        "delete from audit_event where tenant_id = '{tenant}' \
         and id = (select event_id from audit_seal where tenant_id = '{tenant}' and position = 2)",
        &tenant,
    );
    assert_eq!(findings(env, &tenant), [("event_missing".to_owned(), 2)]);
    let tenant = busy(env);
    run(control, "delete from audit_seal where tenant_id = '{tenant}' and position = 4", &tenant);
    assert_eq!(findings(env, &tenant), [("seal_missing".to_owned(), 4)]);
}

#[test]
fn reordered_events_are_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    run(
        control,
        "update audit_seal set position = -position + 7 where false; \
         update audit_seal set position = 1000 where tenant_id = '{tenant}' and position = 2; \
         update audit_seal set position = 2 where tenant_id = '{tenant}' and position = 3; \
         update audit_seal set position = 3 where tenant_id = '{tenant}' and position = 1000",
        &tenant,
    );
    let found = findings(env, &tenant);
    assert_eq!(found.first(), Some(&("order_tampered".to_owned(), 2)), "{found:?}");
}

#[test]
fn a_chain_that_was_cut_off_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    let end = verification(env, &tenant)["sealed"].as_i64().expect("a number");
    run(
        control,
        "delete from audit_seal where tenant_id = '{tenant}' \
         and position = (select position from audit_head where tenant_id = '{tenant}')",
        &tenant,
    );
    assert_eq!(findings(env, &tenant), [("chain_cut_off".to_owned(), end)]);
}

/// What is found: damage, position and event.
fn named(env: &Environment, tenant: &Tenant) -> Vec<(String, Option<i64>, Option<String>)> {
    let found = verification(env, tenant);
    let findings = found["findings"].as_array().expect("a list");
    assert_eq!(found["intact"], json!(findings.is_empty()));
    findings
        .iter()
        .map(|one| {
            let damage = one["damage"].as_str().expect("a word").to_owned();
            (damage, one["position"].as_i64(), one["event_id"].as_str().map(str::to_owned))
        })
        .collect()
}

fn event_at(control: &Control, tenant: &Tenant, position: i64) -> String {
    let sql = "select event_id::text from audit_seal where tenant_id = $1 and position = $2";
    control.database().admin().query_one(sql, &[&tenant.id, &position]).expect("a seal").get(0)
}

fn sealed_now(env: &Environment, tenant: &Tenant) -> i64 {
    verification(env, tenant)["sealed"].as_i64().expect("a number")
}

#[test]
fn a_damaged_head_stops_the_seals_of_no_other_tenant() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let cases = [
        ("update audit_head set position = position - 1 where tenant_id = '{tenant}'", "head_tampered"),
        ("delete from audit_head where tenant_id = '{tenant}'", "head_missing"),
    ];
    for (sql, damage) in cases {
        let (damaged, other) = (busy(env), busy(env));
        let (before, end) = (sealed_now(env, &other), sealed_now(env, &damaged));
        run(control, sql, &damaged);
        env.sign_in(&damaged.email, &damaged.password);
        env.sign_in(&other.email, &other.password);
        assert_eq!(sealed(env, &other, before + 1)["intact"], true, "{damage}");
        wait_until("the report of the trail", || {
            let id = json!(damaged.id.to_string());
            let text = json!("an audit trail cannot be sealed");
            control.host().log_lines().iter().any(|line| line["tenant"] == id && line["message"] == text)
        });
        let position = (damage == "head_tampered").then_some(end);
        assert_eq!(named(env, &damaged), [(damage.to_owned(), position, None)]);
        assert_eq!(verification(env, &damaged)["waiting"], 1, "{damage}: nothing is sealed on top of it");
        run(
            control,
            "insert into audit_head (tenant_id, position, chain_hash) \
             select tenant_id, position, chain_hash from audit_seal where tenant_id = '{tenant}' \
             order by position desc limit 1 \
             on conflict (tenant_id) do update set position = excluded.position",
            &damaged,
        );
        assert_eq!(sealed(env, &damaged, end + 1)["intact"], true, "{damage}: repaired");
    }
}

#[test]
fn an_event_that_is_gone_before_its_seal_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    let end = sealed_now(env, &tenant);
    let event = "0198c0de-0000-7000-8000-000000000001";
    let sql = format!(
        "insert into audit_event (tenant_id, id, actor_kind, action, subject_kind, subject_id) \
         values ('{{tenant}}', '{event}', 'system', 'test.happened', 'test', '1'); \
         delete from audit_event where tenant_id = '{{tenant}}' and id = '{event}'"
    );
    run(control, &sql, &tenant);
    let found = named(env, &tenant);
    assert_eq!(found.len(), 1, "at once: {found:?}");
    assert_eq!((found[0].0.as_str(), found[0].2.as_deref()), ("event_missing", Some(event)));
    env.sign_in(&tenant.email, &tenant.password);
    sealed(env, &tenant, end + 2);
    let expected = ("event_missing".to_owned(), Some(end + 1), Some(event.to_owned()));
    assert_eq!(named(env, &tenant), [expected], "and for good");
}

#[test]
fn an_event_that_has_no_seal_and_waits_for_none_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    let event = "0198c0de-0000-7000-8000-000000000002";
    let sql = format!(
        "insert into audit_event (tenant_id, id, actor_kind, action, subject_kind, subject_id) \
         values ('{{tenant}}', '{event}', 'system', 'test.happened', 'test', '1'); \
         delete from audit_pending where tenant_id = '{{tenant}}' and event_id = '{event}'"
    );
    run(control, &sql, &tenant);
    let expected = [("event_unsealed".to_owned(), None, Some(event.to_owned()))];
    assert_eq!(named(env, &tenant), expected);
    assert_eq!(verification(env, &tenant)["waiting"], 0);
}

#[test]
fn a_trail_whose_end_was_removed_with_its_head_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    run(
        control,
        "delete from audit_event where tenant_id = '{tenant}' and id in (select event_id from audit_seal \
         where tenant_id = '{tenant}' order by position desc limit 2); \
         delete from audit_seal where tenant_id = '{tenant}' \
         and position > (select position - 2 from audit_head where tenant_id = '{tenant}'); \
         delete from audit_head where tenant_id = '{tenant}'",
        &tenant,
    );
    assert_eq!(named(env, &tenant), [("head_missing".to_owned(), None, None)]);
    env.sign_in(&tenant.email, &tenant.password);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(named(env, &tenant), [("head_missing".to_owned(), None, None)], "no sealer hides it");
}

#[test]
fn a_trail_of_which_nothing_is_left_is_named() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    run(
        control,
        "delete from audit_event where tenant_id = '{tenant}'; delete from audit_seal where tenant_id = '{tenant}'; \
         delete from audit_head where tenant_id = '{tenant}'",
        &tenant,
    );
    assert_eq!(named(env, &tenant), [("head_missing".to_owned(), None, None)]);
    run(
        control,
        "insert into audit_head (tenant_id, position, chain_hash) values ('{tenant}', 0, '')",
        &tenant,
    );
    assert_eq!(named(env, &tenant), [("event_missing".to_owned(), None, None)], "it was registered once");
    env.sign_in(&tenant.email, &tenant.password);
    sealed(env, &tenant, 1);
    assert_eq!(named(env, &tenant), [("event_missing".to_owned(), None, None)], "whatever comes then");
}

#[test]
fn swapped_seals_are_named_and_none_behind_them() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    for (one, other) in [(4, 5), (2, 5)] {
        let tenant = busy(env);
        let sql = format!(
            "update audit_seal set position = 1000 where tenant_id = '{{tenant}}' and position = {one}; \
             update audit_seal set position = {one} where tenant_id = '{{tenant}}' and position = {other}; \
             update audit_seal set position = {other} where tenant_id = '{{tenant}}' and position = 1000"
        );
        run(control, &sql, &tenant);
        let expected = [one, other].map(|position| ("order_tampered".to_owned(), position));
        assert_eq!(findings(env, &tenant), expected);
    }
}

#[test]
fn each_position_that_was_cut_off_is_named_with_its_event_if_that_is_left() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    let end = sealed_now(env, &tenant);
    let events = [end - 1, end].map(|position| event_at(control, &tenant, position));
    let cut = format!("delete from audit_seal where tenant_id = '{{tenant}}' and position > {}", end - 2);
    run(control, &cut, &tenant);
    let place = |damage: &str, position, event: Option<&String>| {
        (damage.to_owned(), Some(position), event.map(ToString::to_string))
    };
    let cut_off = |event: [Option<&String>; 2]| {
        [place("chain_cut_off", end - 1, event[0]), place("chain_cut_off", end, event[1])]
    };
    assert_eq!(named(env, &tenant), cut_off([Some(&events[0]), Some(&events[1])]));
    let sql = format!(
        "delete from audit_event where tenant_id = '{{tenant}}' and id in ('{}')",
        events.join("', '")
    );
    run(control, &sql, &tenant);
    assert_eq!(named(env, &tenant), cut_off([None, None]));
    env.sign_in(&tenant.email, &tenant.password);
    sealed(env, &tenant, end + 1);
    let missing = [end - 1, end].map(|position| place("seal_missing", position, None));
    assert_eq!(named(env, &tenant), missing, "the chain goes on behind it");
}

#[test]
fn a_missing_seal_is_named_with_its_event_and_can_be_gone_on_from() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it tampers with the database") };
    let tenant = busy(env);
    let event = event_at(control, &tenant, 3);
    run(control, "delete from audit_seal where tenant_id = '{tenant}' and position = 3", &tenant);
    assert_eq!(named(env, &tenant), [("seal_missing".to_owned(), Some(3), Some(event.clone()))]);
    let sql = format!("delete from audit_event where tenant_id = '{{tenant}}' and id = '{event}'");
    run(control, &sql, &tenant);
    assert_eq!(
        named(env, &tenant),
        [("seal_missing".to_owned(), Some(3), None)],
        "nothing says which it was"
    );
    let rest = env.get("/v1/audit/verify?from_position=4").token(&tenant).send().expect(200);
    assert_eq!(rest["intact"], true, "{rest}");
}

#[test]
fn the_trails_of_seeded_tenants_are_whole() {
    let env = shared();
    for tenant in [env.demo(), env.demo_issuer()].into_iter().flatten() {
        assert_eq!(named(env, &tenant), []);
        let path = "/v1/audit?action=tenant.registered";
        let registered = env.get(path).token(&tenant).send().expect(200);
        assert_eq!(registered["data"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn nobody_may_change_or_delete_an_event() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let tenant = busy(env);
    for domain in control.database().domains() {
        let mut component = control.database().connect_as(domain, Some(tenant.id));
        for sql in
            ["update audit_event set action = 'x'", "delete from audit_event", "delete from audit_seal"]
        {
            let refused = component.execute(sql, &[]).expect_err(sql);
            let code = refused.code().map(postgres::error::SqlState::code);
            assert_eq!(code, Some("42501"), "{sql}, by a component of {domain}");
        }
    }
}

/// The actions of all that a follower finds behind a place in the chain, and where they go on.
fn follow(env: &Environment, tenant: &Tenant, mut after: String) -> (Vec<String>, String) {
    let mut actions = Vec::new();
    loop {
        let path = format!("/v1/audit?order=asc&limit=2&starting_after={after}");
        let page = env.get(&path).token(tenant).send().expect(200);
        let events = page["data"].as_array().expect("a page");
        for event in events {
            let place = event["position"].as_i64().expect("a place");
            assert!(place > after.parse().expect("a number"), "{page}");
            after = place.to_string();
            actions.push(event["action"].as_str().expect("a word").to_owned());
        }
        match page["next"].as_str() {
            Some(next) => assert_eq!(next, after, "{page}"),
            None => return (actions, after),
        }
    }
}

#[test]
fn who_follows_the_trail_beside_slow_writers_misses_nothing_and_sees_nothing_twice() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it writes beside the service") };
    let tenant = busy(env);
    let (first, after) = follow(env, &tenant, "0".to_owned());
    assert_eq!(first.first().map(String::as_str), Some("tenant.registered"));
    // Its id is older than those of the sign-ins that it outlasts, and it is committed after them.
    let (mut admin, id) = (control.database().admin(), uuid::Uuid::now_v7().to_string());
    let mut slow = admin.transaction().expect("a transaction");
    let sql = "insert into audit_event (tenant_id, id, actor_kind, action, subject_kind, subject_id) \
        values ($1::text::uuid, $2::text::uuid, 'system', 'test.slow', 'test', '1')";
    slow.execute(sql, &[&tenant.id.to_string(), &id]).expect("an event");
    env.sign_in(&tenant.email, &tenant.password);
    sealed(env, &tenant, i64::try_from(first.len()).expect("few") + 1);
    let (second, after) = follow(env, &tenant, after);
    assert_eq!(second, ["session.created"]);
    let browsed = env.get("/v1/audit?limit=1").token(&tenant).send().expect(200);
    assert_eq!(browsed["data"][0]["action"], "session.created");
    slow.commit().expect("a commit");
    sealed(env, &tenant, i64::try_from(first.len()).expect("few") + 2);
    let (third, after) = follow(env, &tenant, after);
    assert_eq!(third, ["test.slow"], "it is behind the cursor, whatever its id");
    assert_eq!(follow(env, &tenant, after).0, Vec::<String>::new());
}

#[test]
fn a_trail_is_followed_by_filter_and_only_from_a_place_in_the_chain() {
    let env = shared();
    let tenant = busy(env);
    let get = |query: &str| env.get(&format!("/v1/audit?{query}")).token(&tenant).send();
    let page = get("order=asc&action=session.created&limit=2").expect(200);
    let places: Vec<i64> = page["data"]
        .as_array()
        .expect("a page")
        .iter()
        .filter_map(|event| event["position"].as_i64())
        .collect();
    assert!(places.is_sorted() && places.len() == 2, "{page}");
    assert_eq!((&page["has_more"], &page["next"]), (&json!(true), &json!(places[1].to_string())));
    let event = page["data"][0]["id"].as_str().expect("an id");
    for (query, field) in [
        ("order=up".to_owned(), "/order"),
        (format!("order=asc&starting_after={event}"), "/starting_after"),
        ("order=asc&starting_after=-1".to_owned(), "/starting_after"),
        ("starting_after=3".to_owned(), "/starting_after"),
    ] {
        assert_problem(&get(&query), 422, "invalid_fields", &[field]);
    }
}
