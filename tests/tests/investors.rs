//! `/v1/investors…`: what a tenant records of those who want to hold shares.

use fundrail_tests::{Environment, Tenant, Value, assert_problem, json, shared};
use uuid::Uuid;

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

/// An address that no other test has.
fn new_address() -> String {
    format!("0x{}{}", Uuid::new_v4().simple(), "0badcafe")
}

fn company() -> Value {
    json!({
        "kind": "legal", "name": "Acme Treasury AG", "residence": "LU", "lei": null,
        "kyc": {"status": "verified", "verified_on": "2026-01-05"},
        "beneficial_owners": [{"name": "Grace Hopper", "percent": "60.0", "identified_on": "2026-01-05"}],
        "classifications": [{"kind": "mifid_professional", "evidence": "financial_statements", "issued_on": "2026-01-31",
            "figures": {"balance_sheet_eur": "64000000.00", "own_funds_eur": "9500000"}}]
    })
}

fn recorded(env: &Environment, tenant: &Tenant, body: &Value) -> Value {
    env.post("/v1/investors").token(tenant).json(body).send().expect(201)
}

fn path_of(investor: &Value) -> String {
    format!("/v1/investors/{}", investor["id"].as_str().unwrap())
}

#[test]
fn investors_are_for_those_who_are_signed_in() {
    let env = shared();
    assert_problem(&env.get("/v1/investors").send(), 401, "unauthenticated", &[]);
    assert_problem(&env.post("/v1/investors").json(&company()).send(), 401, "unauthenticated", &[]);
    let one = format!("/v1/investors/{NOBODY}");
    assert_problem(&env.get(&one).send(), 401, "unauthenticated", &[]);
    assert_problem(&env.patch(&one).json(&json!({})).send(), 401, "unauthenticated", &[]);
    for further in ["wallets", "classifications"] {
        let path = format!("{one}/{further}");
        assert_problem(&env.post(&path).json(&json!({})).send(), 401, "unauthenticated", &[]);
    }
}

#[test]
fn what_was_recorded_is_what_is_read() {
    let env = shared();
    let tenant = env.institution();
    let mut body = company();
    let address = new_address();
    body["wallets"] = json!([{"chain_id": 137, "address": address}]);
    let response = env.post("/v1/investors").token(&tenant).json(&body).send();
    let investor = response.expect(201);
    assert_eq!(response.header("location"), Some(path_of(&investor).as_str()));
    assert_eq!(response.header("etag"), Some("\"1\""));
    assert_eq!(investor["beneficial_owners"][0]["percent"], "60", "amounts are kept without idle zeros");
    assert_eq!(investor["classifications"][0]["figures"]["balance_sheet_eur"], "64000000");
    let wallet = investor["wallets"][0]["address"].as_str().unwrap();
    assert_eq!(wallet.to_lowercase(), address, "in the letters of its checksum");
    let read = env.get(&path_of(&investor)).token(&tenant).send();
    assert_eq!(read.expect(200), investor);
    let again = env.get(&path_of(&investor)).token(&tenant).header("if-none-match", "\"1\"").send();
    assert_eq!(again.status, 304);
}

#[test]
fn three_fields_are_enough_to_begin_with() {
    let env = shared();
    let tenant = env.institution();
    let body = json!({"kind": "natural", "name": "Ada Lovelace", "residence": "GB"});
    let investor = recorded(env, &tenant, &body);
    assert_eq!((&investor["kyc"], &investor["beneficial_owners"]), (&Value::Null, &Value::Null));
}

#[test]
fn an_investor_of_another_tenant_is_not_there() {
    let env = shared();
    let (ours, theirs) = (env.institution(), env.institution());
    let path = path_of(&recorded(env, &ours, &company()));
    assert_problem(&env.get(&path).token(&theirs).send(), 404, "not_found", &[]);
    let change = env.patch(&path).token(&theirs).header("if-match", "*").json(&json!({"name": "X"})).send();
    assert_problem(&change, 404, "not_found", &[]);
    let wallet = json!({"chain_id": 1, "address": new_address()});
    assert_problem(
        &env.post(&format!("{path}/wallets")).token(&theirs).json(&wallet).send(),
        404,
        "not_found",
        &[],
    );
    let shown = json!({"kind": "us_accredited", "evidence": "tax_statement", "issued_on": "2026-01-01"});
    let classified = env.post(&format!("{path}/classifications")).token(&theirs).json(&shown).send();
    assert_problem(&classified, 404, "not_found", &[]);
    let list = env.get("/v1/investors").token(&theirs).send().expect(200);
    assert_eq!(list, json!({"data": [], "has_more": false, "next": null}));
    assert_problem(&env.get(&format!("/v1/investors/{NOBODY}")).token(&ours).send(), 404, "not_found", &[]);
}

#[test]
fn every_wrong_field_of_an_investor_is_named_and_nothing_is_written() {
    let env = shared();
    let tenant = env.institution();
    let body = json!({
        "kind": "natural", "name": " ", "residence": "XX", "colour": "red", "lei": "5493001KJTIIGC8Y1R13",
        "wallets": [{"chain_id": 0, "address": "0x1"}],
        "classifications": [{"kind": "king", "evidence": "crown", "issued_on": "2999-01-01", "figures": {"shoe_size": "44"}}]
    });
    let response = env.post("/v1/investors").token(&tenant).json(&body).send();
    let pointers = [
        "/name",
        "/residence",
        "/colour",
        "/lei",
        "/wallets/0/chain_id",
        "/wallets/0/address",
        "/classifications/0/kind",
        "/classifications/0/evidence",
        "/classifications/0/issued_on",
        "/classifications/0/figures/shoe_size",
    ];
    assert_problem(&response, 422, "invalid_fields", &pointers);
    let list = env.get("/v1/investors").token(&tenant).send().expect(200);
    assert_eq!(list["data"], json!([]));
    assert_problem(&env.get("/v1/investors/7").token(&tenant).send(), 422, "invalid_fields", &["/id"]);
    let query = env.get("/v1/investors?kind=robot&limit=0&colour=red").token(&tenant).send();
    assert_problem(&query, 422, "invalid_fields", &["/kind", "/limit", "/colour"]);
}

#[test]
fn a_wallet_registered_twice_is_refused_by_name_and_nothing_is_written() {
    let env = shared();
    let tenant = env.institution();
    let wallet = json!({"chain_id": 1, "address": new_address()});
    let mut body = company();
    body["wallets"] = json!([wallet]);
    let owner = recorded(env, &tenant, &body);
    let response = env.post("/v1/investors").token(&tenant).json(&body).send();
    assert_problem(&response, 409, "wallet_taken", &[]);
    let detail = response.json()["detail"].as_str().unwrap().to_lowercase();
    assert!(detail.contains(wallet["address"].as_str().unwrap()), "{detail}");
    assert!(detail.contains(owner["id"].as_str().unwrap()), "{detail}");
    let list = env.get("/v1/investors").token(&tenant).send().expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "the second investor was not recorded");
    // Another chain, or another tenant, is another wallet.
    body["wallets"][0]["chain_id"] = json!(10);
    recorded(env, &tenant, &body);
    recorded(env, &env.institution(), &body);
}

#[test]
fn a_legal_entity_identifier_is_one_investor_of_a_tenant() {
    let env = shared();
    let tenant = env.institution();
    let mut body = company();
    body["lei"] = json!("5493001KJTIIGC8Y1R12");
    recorded(env, &tenant, &body);
    assert_problem(&env.post("/v1/investors").token(&tenant).json(&body).send(), 409, "lei_taken", &[]);
    recorded(env, &env.institution(), &body);
}

#[test]
fn the_same_key_and_body_record_one_investor() {
    let env = shared();
    let tenant = env.institution();
    let post = |body: &Value| {
        env.post("/v1/investors").token(&tenant).header("idempotency-key", "one").json(body).send()
    };
    let first = post(&company());
    let second = post(&company());
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    let mut other = company();
    other["name"] = json!("Other");
    assert_eq!(post(&other).status, 422);
    let list = env.get("/v1/investors").token(&tenant).send().expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_list_goes_page_by_page_from_the_newest() {
    let env = shared();
    let tenant = env.institution();
    for name in ["A", "B", "C"] {
        recorded(env, &tenant, &json!({"kind": "natural", "name": name, "residence": "FR"}));
    }
    recorded(env, &tenant, &company());
    let mut names = Vec::new();
    let mut path = "/v1/investors?kind=natural&residence=FR&limit=2".to_owned();
    loop {
        let page = env.get(&path).token(&tenant).send().expect(200);
        names.extend(
            page["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/investors?kind=natural&residence=FR&limit=2&starting_after={next}");
    }
    assert_eq!(names, ["C", "B", "A"]);
}

#[test]
fn a_change_names_the_version_that_it_changes() {
    let env = shared();
    let tenant = env.institution();
    let investor = recorded(env, &tenant, &company());
    let path = path_of(&investor);
    let change = |tag: Option<&str>, body: Value| {
        let request = env.patch(&path).token(&tenant).json(&body);
        match tag {
            Some(tag) => request.header("if-match", tag).send(),
            None => request.send(),
        }
    };
    assert_problem(&change(None, json!({"name": "B"})), 428, "precondition_required", &[]);
    assert_problem(&change(Some("\"7\""), json!({"name": "B"})), 412, "precondition_failed", &[]);
    let wrong = change(Some("\"1\""), json!({"name": null, "birth_date": "1990-01-01", "colour": 1}));
    assert_problem(&wrong, 422, "invalid_fields", &["/name", "/birth_date", "/colour"]);
    let changed = change(Some("\"1\""), json!({"name": "Acme Holding AG", "kyc": null}));
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.expect(200);
    assert_eq!((&changed["name"], &changed["kyc"]), (&json!("Acme Holding AG"), &Value::Null));
    assert_eq!(changed["classifications"], investor["classifications"], "what was not named stays");
    assert_problem(&change(Some("\"1\""), json!({"name": "C"})), 412, "precondition_failed", &[]);
}

#[test]
fn wallets_and_classifications_are_added_one_by_one() {
    let env = shared();
    let tenant = env.institution();
    let path = path_of(&recorded(env, &tenant, &company()));
    let wallet = json!({"chain_id": 1, "address": new_address(), "verified_at": "2026-02-03T04:05:06Z"});
    let added = env.post(&format!("{path}/wallets")).token(&tenant).json(&wallet).send();
    assert_eq!(added.header("etag"), Some("\"2\""));
    assert_eq!(added.expect(201)["wallets"][0]["verified_at"], "2026-02-03T04:05:06.000000Z");
    let again = env.post(&format!("{path}/wallets")).token(&tenant).json(&wallet).send();
    assert_problem(&again, 409, "wallet_taken", &[]);
    let shown =
        json!({"kind": "lux_well_informed", "evidence": "firm_assessment", "issued_on": "2026-03-04"});
    let added = env.post(&format!("{path}/classifications")).token(&tenant).json(&shown).send().expect(201);
    assert_eq!((&added["version"], added["classifications"].as_array().unwrap().len()), (&json!(3), 2));
    let wrong =
        env.post(&format!("{path}/classifications")).token(&tenant).json(&json!({"kind": "king"})).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/kind", "/evidence", "/issued_on"]);
}

#[test]
fn every_change_of_an_investor_stands_in_the_audit_trail() {
    let env = shared();
    let Some(control) = env.control() else { return fundrail_tests::skip("reads the database") };
    let tenant = env.institution();
    let investor = recorded(env, &tenant, &company());
    let wallet = json!({"chain_id": 1, "address": new_address()});
    env.post(&format!("{}/wallets", path_of(&investor))).token(&tenant).json(&wallet).send().expect(201);
    let subject = investor["id"].as_str().unwrap();
    let rows = control
        .database()
        .app(Some(tenant.id))
        .query("select action from audit_event where subject_id = $1 order by occurred_at, id", &[&subject])
        .unwrap();
    let actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["investor.created", "investor.wallet_added"]);
}
