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
    for further in [
        "wallets",
        "classifications",
        "verifications",
        "screenings",
        &format!("wallets/{NOBODY}/challenges"),
        &format!("wallets/{NOBODY}/proofs"),
        &format!("wallets/{NOBODY}/revocation"),
        &format!("classifications/{NOBODY}/revocation"),
    ] {
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
    let wallet = json!({"chain_id": 1, "address": new_address()});
    let added = env.post(&format!("{path}/wallets")).token(&tenant).json(&wallet).send();
    assert_eq!(added.header("etag"), Some("\"2\""));
    let added = added.expect(201);
    assert_eq!(added["wallets"][0]["verified_at"], Value::Null, "nobody has proven to control it");
    let again = env.post(&format!("{path}/wallets")).token(&tenant).json(&wallet).send();
    assert_eq!(again.expect(200), added, "the investor has it already");
    let shown =
        json!({"kind": "lux_well_informed", "evidence": "firm_assessment", "issued_on": "2026-03-04"});
    let added = env.post(&format!("{path}/classifications")).token(&tenant).json(&shown).send().expect(201);
    assert_eq!((&added["version"], added["classifications"].as_array().unwrap().len()), (&json!(3), 2));
    let wrong =
        env.post(&format!("{path}/classifications")).token(&tenant).json(&json!({"kind": "king"})).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/kind", "/evidence", "/issued_on"]);
}

#[test]
fn a_wallet_that_is_registered_many_times_at_once_is_refused_to_nobody() {
    let env = shared();
    let tenant = env.institution();
    let [path, other] = [(), ()].map(|()| path_of(&recorded(env, &tenant, &company())));
    let wallet = json!({"chain_id": 1, "address": new_address()});
    let register = |path: &str| env.post(&format!("{path}/wallets")).token(&tenant).json(&wallet).send();
    let mut answers: Vec<u16> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(|| register(&path).status)).collect();
        senders.into_iter().map(|sender| sender.join().expect("no panic")).collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 200, 200, 200, 200, 200, 201]);
    let shown = env.get(&path).token(&tenant).send().expect(200);
    assert_eq!((&shown["version"], shown["wallets"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    assert_problem(&register(&other), 409, "wallet_taken", &[]);
}

/// A natural person, verified and screened today.
fn cleared_person() -> Value {
    let today = chrono::Utc::now().date_naive();
    json!({
        "kind": "natural", "name": "Ada Lovelace", "residence": "LU", "birth_date": "1985-12-10", "nationalities": ["GB", "LU"],
        "kyc": {"status": "verified", "verified_on": today},
        "screening": {"outcome": "clear", "screened_at": format!("{today}T00:00:00Z"), "source": "a test"},
    })
}

fn patch(env: &Environment, tenant: &Tenant, path: &str, body: &Value) -> Value {
    env.patch(path).token(tenant).header("if-match", "*").json(body).send().expect(200)
}

#[test]
fn whatever_changes_who_an_investor_is_makes_screening_and_verification_stale() {
    let env = shared();
    let tenant = env.institution();
    let stale = |investor: &Value| (investor["kyc"]["stale"].clone(), investor["screening"]["stale"].clone());
    for change in [
        json!({"name": "Ada King"}),
        json!({"other_names": ["Countess of Lovelace"]}),
        json!({"birth_date": "1985-12-11"}),
        json!({"birth_date": null}),
        json!({"residence": "RU"}),
        json!({"nationalities": ["GB", "IR"]}),
    ] {
        let investor = recorded(env, &tenant, &cleared_person());
        assert_eq!(stale(&investor), (json!(false), json!(false)));
        let changed = patch(env, &tenant, &path_of(&investor), &change);
        assert_eq!(stale(&changed), (json!(true), json!(true)), "{change}");
        assert_eq!(
            (&changed["identity_version"], &investor["identity_version"]),
            (&json!(2), &json!(1)),
            "{change}"
        );
        assert!(changed["identity_changed_at"].is_string(), "{change}");
    }
    let investor = recorded(env, &tenant, &cleared_person());
    let permits = json!([{"country": "DE", "kind": "permanent"}]);
    for nothing in [
        json!({"name": "  Ada Lovelace "}),
        json!({"nationalities": ["LU", "GB"]}),
        json!({"benefit_plan": true, "permits": permits}),
        json!({}),
    ] {
        let changed = patch(env, &tenant, &path_of(&investor), &nothing);
        assert_eq!(stale(&changed), (json!(false), json!(false)), "{nothing} is nobody else");
    }
}

#[test]
fn whatever_changes_who_stands_behind_an_organisation_makes_its_evidence_stale() {
    let env = shared();
    let tenant = env.institution();
    let owners = json!([{"name": "Grace Hopper", "percent": "60", "identified_on": "2026-01-05"}]);
    let company = || {
        let mut body = company();
        body["registration_number"] = json!("B1");
        body["incorporated_on"] = json!("2001-02-03");
        body["beneficial_owners"] = owners.clone();
        recorded(env, &tenant, &body)
    };
    let added = json!([owners[0], {"name": "Alan Turing", "percent": "30"}]);
    for (what, change) in [
        ("an owner is added", json!({"beneficial_owners": added})),
        (
            "an owner is renamed",
            json!({"beneficial_owners": [{"name": "Grace Murray", "percent": "60", "identified_on": "2026-01-05"}]}),
        ),
        (
            "a share is another",
            json!({"beneficial_owners": [{"name": "Grace Hopper", "percent": "61", "identified_on": "2026-01-05"}]}),
        ),
        (
            "an owner is another of the name",
            json!({"beneficial_owners": [
            {"name": "Grace Hopper", "birth_date": "1990-01-01", "percent": "60", "identified_on": "2026-01-05"}]}),
        ),
        (
            "an owner directs it",
            json!({"beneficial_owners": [{"name": "Grace Hopper", "percent": "60", "controls": true, "identified_on": "2026-01-05"}]}),
        ),
        ("an owner is gone", json!({"beneficial_owners": []})),
        ("nobody is asked any more", json!({"beneficial_owners": null})),
        ("another number in the register", json!({"registration_number": "B2"})),
        ("another birthday", json!({"incorporated_on": null})),
        ("an LEI", json!({"lei": "7LTWFZYICNSX8D621K86"})),
        ("established elsewhere", json!({"residence": "BY"})),
    ] {
        let changed = patch(env, &tenant, &path_of(&company()), &change);
        assert_eq!(
            (&changed["kyc"]["stale"], &changed["identity_version"]),
            (&json!(true), &json!(2)),
            "{what}"
        );
        patch(env, &tenant, &path_of(&changed), &json!({"lei": null}));
    }
    let identified = json!({"beneficial_owners": [{"name": "Grace Hopper", "percent": "60.00", "identified_on": "2026-02-06"}]});
    let changed = patch(env, &tenant, &path_of(&company()), &identified);
    assert_eq!(changed["kyc"]["stale"], false, "that an owner was identified anew is evidence");
}

#[test]
fn what_was_verified_of_an_earlier_identity_is_verified_anew_and_not_by_repeating_it() {
    let env = shared();
    let tenant = env.institution();
    let mut body = cleared_person();
    body["kyc"]["verified_on"] = json!("2026-01-05");
    body["screening"]["screened_at"] = json!("2026-01-06T00:00:00Z");
    let investor = recorded(env, &tenant, &body);
    let path = path_of(&investor);
    let with_old = json!({"name": "Ada King", "kyc": body["kyc"], "screening": body["screening"]});
    let renamed = patch(env, &tenant, &path, &with_old);
    assert_eq!((&renamed["kyc"]["stale"], &renamed["screening"]["stale"]), (&json!(true), &json!(true)));
    assert_eq!(renamed["kyc"]["id"], investor["kyc"]["id"], "it is the statement that it was");
    let repeated = patch(env, &tenant, &path, &json!({"kyc": body["kyc"], "screening": body["screening"]}));
    assert_eq!((&repeated["kyc"]["stale"], &repeated["screening"]["stale"]), (&json!(true), &json!(true)));

    let fresh = cleared_person();
    let anew = patch(env, &tenant, &path, &json!({"kyc": fresh["kyc"]}));
    assert_eq!((&anew["kyc"]["stale"], &anew["screening"]["stale"]), (&json!(false), &json!(true)));
    let screened =
        env.post(&format!("{path}/screenings")).token(&tenant).json(&body["screening"]).send().expect(201);
    assert_eq!(
        screened["screening"]["stale"], false,
        "a statement of its own is one of who the investor is now"
    );
    assert_ne!(screened["screening"]["id"], investor["screening"]["id"]);
}

#[test]
fn of_changes_at_once_that_name_no_version_each_is_made() {
    let env = shared();
    let tenant = env.institution();
    let path = path_of(&recorded(env, &tenant, &cleared_person()));
    let change = |number: usize| {
        let body =
            json!({"other_names": [format!("Name {number}")], "benefit_plan": number.is_multiple_of(2)});
        env.patch(&path).token(&tenant).header("if-match", "*").json(&body).send().status
    };
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..6).map(|number| scope.spawn(move || change(number))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers, [200; 6]);
    assert_eq!(env.get(&path).token(&tenant).send().expect(200)["version"], 7);
}

#[test]
fn what_was_found_of_a_version_is_not_stated_of_a_later_one() {
    let env = shared();
    let tenant = env.institution();
    let investor = recorded(env, &tenant, &cleared_person());
    let path = path_of(&investor);
    patch(env, &tenant, &path, &json!({"name": "Mallory"}));
    let fresh = cleared_person();
    for (what, body) in [("verifications", &fresh["kyc"]), ("screenings", &fresh["screening"])] {
        let post = |tag: &str| {
            env.post(&format!("{path}/{what}")).token(&tenant).header("if-match", tag).json(body).send()
        };
        assert_problem(&post("\"1\""), 412, "precondition_failed", &[]);
        let now = env.get(&path).token(&tenant).send();
        let stale = |read: &Value| (read["kyc"]["stale"].clone(), read["screening"]["stale"].clone());
        assert_ne!(stale(&now.expect(200)), (json!(false), json!(false)), "nothing was written");
        post(now.header("etag").unwrap()).expect(201);
    }
}

#[test]
fn what_was_wrong_is_revoked_by_its_id_with_a_reason_and_never_counts_again() {
    let env = shared();
    let (tenant, stranger) = (env.institution(), env.institution());
    let mut body = cleared_person();
    body["classifications"] = json!([
        {"kind": "us_accredited", "evidence": "third_party_letter", "issued_on": "2026-02-01", "reference": "letter 7"}]);
    let investor = recorded(env, &tenant, &body);
    let path = path_of(&investor);
    let letter = investor["classifications"][0]["id"].as_str().unwrap();
    let revocation = format!("{path}/classifications/{letter}/revocation");
    let reason = json!({"reason": "the letter is forged"});
    let post = |path: &str, body: &Value| env.post(path).token(&tenant).json(body).send();
    assert_problem(&post(&revocation, &json!({})), 422, "invalid_fields", &["/reason"]);
    assert_problem(
        &post(&revocation, &json!({"reason": " ", "x": 1})),
        422,
        "invalid_fields",
        &["/reason", "/x"],
    );
    let foreign = env.post(&revocation).token(&stranger).json(&reason).send();
    assert_problem(&foreign, 404, "not_found", &[]);
    let as_screening = format!("{path}/screenings/{letter}/revocation");
    assert_problem(&post(&as_screening, &reason), 404, "not_found", &[]);
    let other = recorded(env, &tenant, &cleared_person());
    let of_other = format!("{}/classifications/{letter}/revocation", path_of(&other));
    assert_problem(&post(&of_other, &reason), 404, "not_found", &[]);

    let revoked = post(&revocation, &reason).expect(200);
    assert_eq!((&revoked["classifications"], &revoked["version"]), (&json!([]), &json!(2)));
    assert_problem(&post(&revocation, &reason), 409, "already_revoked", &[]);
    let screening = investor["screening"]["id"].as_str().unwrap();
    let revoked =
        post(&format!("{path}/screenings/{screening}/revocation"), &json!({"reason": "of another Ada"}))
            .expect(200);
    assert_eq!(revoked["screening"], Value::Null);
    let verification = investor["kyc"]["id"].as_str().unwrap();
    let revoked = post(
        &format!("{path}/verifications/{verification}/revocation"),
        &json!({"reason": "a false passport"}),
    )
    .expect(200);
    assert_eq!(revoked["kyc"], Value::Null);

    let list = env.get(&format!("{path}/revocations")).token(&tenant).send().expect(200);
    let what = |one: &Value| (one["subject"].clone(), one["subject_id"].clone(), one["reason"].clone());
    let all: Vec<_> = list["data"].as_array().unwrap().iter().map(what).collect();
    assert_eq!(
        all,
        [
            (json!("verification"), json!(verification), json!("a false passport")),
            (json!("screening"), json!(screening), json!("of another Ada")),
            (json!("classification"), json!(letter), json!("the letter is forged")),
        ]
    );
    assert_eq!(list["data"][2]["statement"]["reference"], "letter 7");
    assert_problem(&env.get(&format!("{path}/revocations")).token(&stranger).send(), 404, "not_found", &[]);
}

#[test]
fn the_latest_statement_wins_and_what_it_had_superseded_comes_back_when_it_is_revoked() {
    let env = shared();
    let tenant = env.institution();
    let investor = recorded(env, &tenant, &company());
    let path = path_of(&investor);
    let retail = json!({"kind": "mifid_retail", "evidence": "firm_assessment", "issued_on": "2026-03-01"});
    let both = env.post(&format!("{path}/classifications")).token(&tenant).json(&retail).send().expect(201);
    let [professional, retail] = [0, 1].map(|index| both["classifications"][index].clone());
    assert_eq!((&professional["superseded_by"], &retail["superseded_by"]), (&retail["id"], &Value::Null));
    let revocation = format!("{path}/classifications/{}/revocation", retail["id"].as_str().unwrap());
    let reason = json!({"reason": "of another client"});
    let one = env.post(&revocation).token(&tenant).json(&reason).send().expect(200);
    assert_eq!(one["classifications"][0]["superseded_by"], Value::Null);
    assert_eq!(one["classifications"].as_array().unwrap().len(), 1);
    // A change that takes the verification away takes all of them away, rather than bringing an earlier one back.
    let again = json!({"kyc": {"status": "verified", "verified_on": "2026-02-05"}});
    assert_eq!(patch(env, &tenant, &path, &again)["kyc"]["verified_on"], "2026-02-05");
    assert_eq!(patch(env, &tenant, &path, &json!({"kyc": null}))["kyc"], Value::Null);
}

#[test]
fn what_was_found_later_is_not_undone_by_what_was_found_earlier_in_whatever_order_they_arrive() {
    let env = shared();
    let tenant = env.institution();
    let today = chrono::Utc::now().date_naive();
    let day = |days: i64| (today - chrono::Duration::days(days)).to_string();
    let path = path_of(&recorded(env, &tenant, &cleared_person()));
    let screen = |outcome: &str, days: i64| {
        let body = json!({"outcome": outcome, "screened_at": format!("{}T00:00:00Z", day(days)), "source": "a test"});
        let read = env.post(&format!("{path}/screenings")).token(&tenant).json(&body).send().expect(201);
        (read["screening"]["outcome"].clone(), read["screening"]["id"].as_str().expect("an id").to_owned())
    };
    let (found, id) = screen("match", 1);
    assert_eq!(found, "match", "what speaks against them counts at once, though it was clear later");
    assert_eq!(screen("clear", 5).0, "match", "an earlier run clears nobody of a later match");
    assert_eq!(screen("possible_match", 5).0, "match", "nor half of it");
    assert_eq!(screen("clear", 1).0, "clear", "one of the same run, or a later one, does");
    assert_eq!(screen("match", 3).0, "match");
    assert_eq!(screen("clear", 2).0, "clear");
    let reason = json!({"reason": "of another Ada"});
    let (_, newest) = screen("match", 0);
    assert_eq!(screen("clear", 4).0, "match");
    env.post(&format!("{path}/screenings/{newest}/revocation"))
        .token(&tenant)
        .json(&reason)
        .send()
        .expect(200);
    let read = env.get(&path).token(&tenant).send().expect(200);
    assert_eq!(read["screening"]["outcome"], "clear", "a match that was revoked stands in nobody's way");
    assert_ne!(read["screening"]["id"], json!(id));

    let verify = |body: Value| {
        env.post(&format!("{path}/verifications")).token(&tenant).json(&body).send().expect(201)["kyc"]["status"].clone()
    };
    assert_eq!(verify(json!({"status": "rejected", "verified_on": day(1)})), "rejected");
    assert_eq!(verify(json!({"status": "verified", "verified_on": day(9)})), "rejected");
    assert_eq!(verify(json!({"status": "verified", "verified_on": day(1)})), "verified");
}

#[test]
fn a_region_lies_in_the_country_of_residence_and_is_part_of_who_an_investor_is() {
    let env = shared();
    let tenant = env.institution();
    let mut body = cleared_person();
    body["residence"] = json!("UA");
    body["region"] = json!("UA-30");
    let investor = recorded(env, &tenant, &body);
    let path = path_of(&investor);
    assert_eq!(investor["region"], "UA-30");
    for wrong in ["UA-99", "UA", "PL-14", "ua-30", "UA-", ""] {
        let change = json!({ "region": wrong });
        let answer = env.patch(&path).token(&tenant).header("if-match", "*").json(&change).send();
        assert_problem(&answer, 422, "invalid_fields", &["/region"]);
    }
    let elsewhere = env
        .patch(&path)
        .token(&tenant)
        .header("if-match", "*")
        .json(&json!({"residence": "PL", "region": "UA-30"}))
        .send();
    assert_problem(&elsewhere, 422, "invalid_fields", &["/region"]);
    let same = patch(env, &tenant, &path, &json!({"residence": "UA"}));
    assert_eq!((&same["region"], &same["identity_version"]), (&json!("UA-30"), &json!(1)));
    let moved = patch(env, &tenant, &path, &json!({"region": "UA-43"}));
    assert_eq!((&moved["kyc"]["stale"], &moved["identity_version"]), (&json!(true), &json!(2)));
    let abroad = patch(env, &tenant, &path, &json!({"residence": "PL"}));
    assert_eq!(abroad["region"], Value::Null, "who moves abroad leaves the region");
    let there = patch(env, &tenant, &path, &json!({"residence": "DE", "region": "DE-BE"}));
    assert_eq!(there["region"], "DE-BE");

    let fund = Uuid::now_v7();
    let manager = patch(env, &tenant, &path, &json!({ "manages_funds": [fund] }));
    assert_eq!(
        (&manager["manages_funds"], &manager["identity_version"]),
        (&json!([fund]), &there["identity_version"])
    );
    let twice = json!({ "manages_funds": [fund, fund] });
    let twice = env.patch(&path).token(&tenant).header("if-match", "*").json(&twice).send();
    assert_problem(&twice, 422, "invalid_fields", &["/manages_funds/1"]);
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
        .connect_as("audit", Some(tenant.id))
        .query("select action from audit_event where subject_id = $1 order by occurred_at, id", &[&subject])
        .unwrap();
    let actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["investor.created", "investor.wallet_added"]);
}

#[test]
fn an_investor_is_found_by_name_legal_entity_identifier_and_wallet() {
    let env = shared();
    let (tenant, stranger) = (env.institution(), env.institution());
    let address = new_address();
    let mut body = company();
    body["name"] = json!("Zürcher Beteiligungs-AG");
    body["other_names"] = json!(["Ženeva Holding", "Фонд Восток"]);
    body["lei"] = json!("7LTWFZYICNSX8D621K86");
    body["wallets"] = json!([{"chain_id": 1, "address": address}, {"chain_id": 10, "address": address}]);
    let wanted = recorded(env, &tenant, &body);
    let ada = recorded(
        env,
        &tenant,
        &json!({"kind": "natural", "name": "Ada O\u{2019}Lovelace", "residence": "GB"}),
    );
    let found = |who: &Tenant, query: &str| -> Vec<Value> {
        let page = env.get(&format!("/v1/investors?{query}")).token(who).send().expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
    };
    let checksummed = wanted["wallets"][0]["address"].as_str().unwrap();
    for query in [
        "name=zurcher",
        "name=Z%C3%BCRCHER",
        "name=beteiligungs%20zu",
        "name=zeneva",
        "name=%D0%92%D0%9E%D0%A1%D0%A2",
        "lei=7LTWFZYICNSX8D621K86",
        "lei=7ltwfzyicnsx8d621k86",
        &format!("wallet={address}"),
        &format!("wallet={checksummed}"),
        &format!("name=ag&lei=7LTWFZYICNSX8D621K86&wallet={address}&kind=legal&residence=LU"),
    ] {
        assert_eq!(found(&tenant, query), [wanted["id"].clone()], "{query}");
        assert_eq!(found(&stranger, query), [] as [Value; 0], "{query}");
    }
    assert_eq!(found(&tenant, "name=lovelace"), [ada["id"].clone()]);
    for query in [
        "name=urcher",
        "name=zurcher%20ada",
        "name=ada&lei=7LTWFZYICNSX8D621K86",
        "name=zurcher&kind=natural",
        "lei=5493001KJTIIGC8Y1R12",
        &format!("wallet={}", new_address()),
    ] {
        assert_eq!(found(&tenant, query), [] as [Value; 0], "{query}");
    }
    let wrong = env.get("/v1/investors?name=%20.&lei=5&wallet=0x1").token(&tenant).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/name", "/lei", "/wallet"]);
    patch(env, &tenant, &path_of(&wanted), &json!({"name": "Basler Fonds AG", "other_names": []}));
    assert_eq!(found(&tenant, "name=zurcher"), [] as [Value; 0], "by its names of now");
    assert_eq!(found(&tenant, "name=basler"), [wanted["id"].clone()]);
}

#[test]
fn the_trail_has_the_old_name_and_the_new_one_for_who_may_read_investors() {
    let env = shared();
    let tenant = env.institution();
    let investor = recorded(env, &tenant, &cleared_person());
    patch(
        env,
        &tenant,
        &path_of(&investor),
        &json!({"name": "Ada King", "birth_date": "1985-12-11", "residence": "LU"}),
    );
    let subject = investor["id"].as_str().unwrap();
    let trail = |token: &str| {
        let path = format!("/v1/audit?action=investor.updated&subject_id={subject}");
        env.get(&path).token(token).send().expect(200)["data"][0]["detail"].clone()
    };
    let detail = trail(&tenant.access_token);
    let expected = json!({
        "name": {"from": "Ada Lovelace", "to": "Ada King"}, "birth_date": {"from": "1985-12-10", "to": "1985-12-11"}});
    assert_eq!(detail["changes"], expected, "{detail}");
    assert_eq!(detail["fields"], json!(["birth_date", "name", "residence"]));
    let key = json!({"name": "auditor", "scopes": ["audit:read"]});
    let key = env.post("/v1/auth/api-keys").token(&tenant).json(&key).send().expect(201);
    let without = trail(key["key"].as_str().unwrap());
    assert_eq!((&without["changes"], without["fields"].is_array()), (&Value::Null, true), "{without}");
    assert!(without.get("changes").is_none());

    let Some(control) = env.control() else {
        return fundrail_tests::skip("looks into the database, and changes it");
    };
    let mut admin = control.database().admin();
    let sql = "select detail || (select secret_sealed from investor_change c where c.id::text = (e.detail::jsonb ->> 'change_id')) \
        from audit_event e where action = 'investor.updated' and subject_id = $1";
    let kept: String = admin.query_one(sql, &[&subject]).unwrap().get(0);
    for personal in ["Ada", "King", "1985"] {
        assert!(!kept.contains(personal), "{personal} is readable: {kept}");
    }
    let tamper = "update investor_change c set secret_sealed = o.secret_sealed from investor_change o \
        where c.id <> o.id and c.investor_id = $1::text::uuid";
    patch(env, &tenant, &path_of(&investor), &json!({"name": "Ada"}));
    admin.execute(tamper, &[&subject]).unwrap();
    let tampered = trail(&tenant.access_token);
    assert!(tampered.get("changes").is_some_and(Value::is_null), "{tampered}");
}
