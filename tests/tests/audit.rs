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
    let created = env.get("/v1/audit?action=session.created&limit=2").token(&tenant).send().expect(200);
    assert_eq!((created["data"].as_array().map(Vec::len), &created["has_more"]), (Some(2), &json!(true)));
    let next =
        format!("/v1/audit?action=session.created&starting_after={}", created["next"].as_str().unwrap());
    let rest = env.get(&next).token(&tenant).send().expect(200);
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(3));
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

#[test]
fn nobody_may_change_or_delete_an_event() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let tenant = busy(env);
    let mut app = control.database().app(Some(tenant.id));
    for sql in ["update audit_event set action = 'x'", "delete from audit_event", "delete from audit_seal"] {
        let refused = app.execute(sql, &[]).expect_err(sql);
        assert_eq!(refused.code().map(postgres::error::SqlState::code), Some("42501"), "{sql}");
    }
}
