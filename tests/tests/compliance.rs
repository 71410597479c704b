//! `/v1/compliance/…`: what is decided, that it is kept, and that it can be decided again.

use std::{collections::BTreeMap, thread};

use fundrail_domain::compliance::Rule;
use fundrail_tests::{
    Environment, Response, Tenant, Value, WalletKey, assert_problem, json, new_wallet, shared, skip,
};
use uuid::Uuid;

/// Share classes of the seed.
const ALDER_I_USD: &str = "0198c003-0000-7000-8000-000000000001";
const ALDER_R_EUR: &str = "0198c003-0000-7000-8000-000000000004";
const KESTREL_QP: &str = "0198c003-0000-7000-8000-000000000006";
const KESTREL_OFFSHORE: &str = "0198c003-0000-7000-8000-000000000007";
const QUAYMARK_SUSPENDED: &str = "0198c003-0000-7000-8000-000000000017";

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

/// The date, in UTC.
fn today() -> String {
    chrono::Utc::now().date_naive().to_string()
}

/// A company in Luxembourg with everything that a professional fund asks for.
fn professional() -> Value {
    let today = today();
    json!({
        "kind": "legal", "name": "Acme Treasury AG", "residence": "LU", "registration_number": "B198765",
        "kyc": {"status": "verified", "verified_on": today},
        "screening": {"outcome": "clear", "screened_at": format!("{today}T00:00:00Z"), "source": "a test"},
        "beneficial_owners": [{"name": "Grace Hopper", "percent": "100", "identified_on": today}],
        "wallets": [{"chain_id": 1, "address": new_wallet()}],
        "classifications": [{"kind": "mifid_professional", "evidence": "financial_statements", "issued_on": today,
            "figures": {"balance_sheet_eur": "64000000", "own_funds_eur": "9500000"}}]
    })
}

/// Records an investor, and proves its wallets.
fn investor(env: &Environment, tenant: &Tenant, body: &Value) -> String {
    let made = env.post("/v1/investors").token(tenant).json(body).send().expect(201);
    env.prove_wallets(tenant, &made);
    let id = made["id"].as_str().unwrap().to_owned();
    env.approve_classifications(tenant, &id);
    env.approve_identity(tenant, &id);
    id
}

fn question(investor: &str, class: &str, side: &str, value: &str, currency: &str) -> Value {
    json!({"investor_id": investor, "share_class_id": class, "side": side, "amount": {"value": value, "currency": currency}})
}

fn ask(env: &Environment, tenant: &Tenant, question: &Value) -> Response {
    env.post("/v1/compliance/checks").token(tenant).json(question).send()
}

/// What each rule of a decision says.
fn outcomes(check: &Value) -> BTreeMap<&str, &str> {
    let results = check["results"].as_array().unwrap();
    results.iter().map(|one| (one["rule"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

#[test]
fn checks_are_for_those_who_are_signed_in() {
    let env = shared();
    let asked = question(NOBODY, ALDER_I_USD, "subscribe", "1", "USD");
    assert_problem(&env.post("/v1/compliance/checks").json(&asked).send(), 401, "unauthenticated", &[]);
    for path in ["", &format!("/{NOBODY}"), &format!("/{NOBODY}/replay")] {
        let path = format!("/v1/compliance/checks{path}");
        assert_problem(&env.get(&path).send(), 401, "unauthenticated", &[]);
    }
}

#[test]
fn a_professional_with_all_evidence_may_subscribe() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let response = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD"));
    let check = response.expect(201);
    assert_eq!(check["outcome"], "allow", "{check}");
    let location = format!("/v1/compliance/checks/{}", check["id"].as_str().unwrap());
    assert_eq!(response.header("location"), Some(location.as_str()));
    let rules = outcomes(&check);
    for rule in
        ["eu.mifid.professional", "lu.raif.well_informed", "us.reg_s.not_us_person", "identity.kyc_current"]
    {
        assert_eq!(rules.get(rule), Some(&"allow"), "{rule}");
    }
    for result in check["results"].as_array().unwrap() {
        assert!(result["version"].as_u64().unwrap() >= 1 && !result["source"].as_str().unwrap().is_empty());
        assert!(!result["message"].as_str().unwrap().is_empty());
    }
    assert!(check["valid_until"].as_str().unwrap() > check["decided_at"].as_str().unwrap());
    let read = env.get(&location).token(&tenant).send();
    assert_eq!(read.expect(200), check);
    let etag = read.header("etag").unwrap().to_owned();
    assert_eq!(env.get(&location).token(&tenant).header("if-none-match", &etag).send().status, 304);
}

#[test]
fn asking_again_answers_with_the_same_decision_until_something_changes() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let first = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    let again = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000.00", "USD"));
    assert_eq!(again.expect(200), first);
    let patch = |body: Value| {
        env.patch(&format!("/v1/investors/{id}")).token(&tenant).header("if-match", "*").json(&body).send()
    };
    patch(json!({"benefit_plan": false, "other_names": []})).expect(200);
    let unchanged = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD"));
    assert_eq!(unchanged.expect(200)["id"], first["id"], "nothing has changed by it");
    let found = json!({"screening": {"outcome": "match", "screened_at": format!("{}T00:00:00Z", today()), "source": "a test"}});
    patch(found).expect(200);
    let after = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    assert_eq!(after["outcome"], "deny");
    assert_ne!(after["id"], first["id"]);
    assert_eq!(outcomes(&after)["sanctions.screening"], "deny");
}

#[test]
fn who_becomes_somebody_else_is_verified_and_screened_anew() {
    let env = shared();
    let tenant = env.institution();
    let order = |id: &str| ask(env, &tenant, &question(id, ALDER_I_USD, "subscribe", "250000", "USD")).json();
    let patch = |id: &str, body: Value| {
        env.patch(&format!("/v1/investors/{id}"))
            .token(&tenant)
            .header("if-match", "*")
            .json(&body)
            .send()
            .expect(200)
    };
    for change in [
        json!({"name": "Acme Renamed AG"}),
        json!({"registration_number": "B 2"}),
        json!({"beneficial_owners": [{"name": "Grace Murray", "percent": "100", "identified_on": today()}]}),
    ] {
        let id = investor(env, &tenant, &professional());
        let before = order(&id);
        assert_eq!(before["outcome"], "allow", "{before}");
        patch(&id, change.clone());
        let after = order(&id);
        assert_ne!(after["id"], before["id"], "{change}");
        assert_eq!(after["outcome"], "deny", "{change}: {after}");
        let rules = outcomes(&after);
        assert_eq!(
            (rules["sanctions.screening"], rules["identity.kyc_current"]),
            ("deny", "deny"),
            "{change}"
        );
        let fresh = professional();
        patch(&id, json!({"kyc": fresh["kyc"]}));
        assert_eq!(outcomes(&order(&id))["identity.kyc_current"], "deny", "{change}: declared, not approved");
        env.approve_identity(&tenant, &id);
        assert_eq!(outcomes(&order(&id))["identity.kyc_current"], "allow", "{change}");
        let screened = patch(&id, json!({"screening": fresh["screening"]}));
        let unproven = order(&id);
        assert_eq!(outcomes(&unproven)["sanctions.screening"], "allow", "{change}");
        assert_eq!(
            outcomes(&unproven)["identity.wallet_verified"],
            "review",
            "{change}: proven for who they were"
        );
        env.prove_wallets(&tenant, &screened);
        let anew = order(&id);
        assert_eq!(anew["outcome"], "allow", "{change}: {anew}");
    }
}

#[test]
fn a_wallet_that_is_only_claimed_is_not_verified() {
    let env = shared();
    let tenant = env.institution();
    let made = env.post("/v1/investors").token(&tenant).json(&professional()).send().expect(201);
    let order = || {
        let asked = question(made["id"].as_str().unwrap(), ALDER_I_USD, "subscribe", "250000", "USD");
        ask(env, &tenant, &asked).json()
    };
    assert_eq!(outcomes(&order())["identity.wallet_verified"], "review");
    env.prove_wallets(&tenant, &made);
    assert_eq!(outcomes(&order())["identity.wallet_verified"], "allow");
}

#[test]
fn a_revoked_letter_never_counts_again_and_the_same_letter_recorded_anew_is_another() {
    let env = shared();
    let tenant = env.institution();
    let body = professional();
    let id = investor(env, &tenant, &body);
    let order = || ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).json();
    let forged = order();
    assert_eq!(forged["outcome"], "allow", "{forged}");
    let path = format!("/v1/investors/{id}");
    let read = env.get(&path).token(&tenant).send().expect(200);
    let letter = read["classifications"][0]["id"].as_str().unwrap().to_owned();
    let reason = json!({"reason": "the statements are forged"});
    let revocation = format!("{path}/classifications/{letter}/revocation");
    env.post(&revocation).token(&tenant).json(&reason).send().expect(200);
    let without = order();
    assert_eq!((&without["outcome"], outcomes(&without)["eu.mifid.professional"]), (&json!("deny"), "deny"));
    let recorded = format!("{path}/classifications");
    env.post(&recorded).token(&tenant).json(&body["classifications"][0]).send().expect(201);
    assert_eq!(order()["outcome"], "deny", "nobody has approved it");
    env.approve_classifications(&tenant, &id);
    let anew = order();
    assert_eq!(anew["outcome"], "allow");
    assert_ne!(anew["id"], forged["id"], "what rested on the forged one does not come back");
    let contrary = json!({"kind": "mifid_retail", "evidence": "firm_assessment", "issued_on": today()});
    env.post(&recorded).token(&tenant).json(&contrary).send().expect(201);
    assert_eq!(
        outcomes(&order())["eu.mifid.professional"],
        "deny",
        "the latest statement of a client's category wins"
    );
}

#[test]
fn those_who_ask_at_once_get_one_decision() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let asked = question(&id, ALDER_I_USD, "subscribe", "777777", "USD");
    let answers: Vec<(u16, Value)> = thread::scope(|scope| {
        let ask = || {
            let response = ask(env, &tenant, &asked);
            (response.status, response.json()["id"].clone())
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|(status, id)| [200, 201].contains(status) && *id == answers[0].1),
        "{answers:?}"
    );
}

#[test]
fn missing_evidence_denies_and_says_what_is_missing() {
    let env = shared();
    let tenant = env.institution();
    let nobody_approved = json!({"kind": "natural", "name": "Ada", "residence": "GB"});
    let made = env.post("/v1/investors").token(&tenant).json(&nobody_approved).send().expect(201);
    let id = made["id"].as_str().unwrap();
    let check = ask(env, &tenant, &question(id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    assert_eq!(check["outcome"], "deny");
    let rules = outcomes(&check);
    for rule in
        ["identity.kyc_current", "sanctions.screening", "eu.mifid.professional", "eu.833_2014.article_5f"]
    {
        assert_eq!(rules.get(rule), Some(&"deny"), "{rule}");
    }
    assert_eq!(rules["identity.wallet_verified"], "review");
    assert_eq!(rules["us.reg_s.not_us_person"], "allow");
}

#[test]
fn who_may_buy_depends_on_law_and_terms() {
    let env = shared();
    let tenant = env.institution();
    let changed = |change: Value| {
        let mut body = professional();
        for (key, value) in change.as_object().unwrap() {
            body[key.as_str()] = value.clone();
        }
        investor(env, &tenant, &body)
    };
    let american = changed(json!({"residence": "US"}));
    let in_puerto_rico = changed(json!({"residence": "PR"}));
    let russian = changed(json!({"residence": "RU"}));
    let perhaps = changed(json!({"screening":
        {"outcome": "possible_match", "screened_at": format!("{}T00:00:00Z", today()), "source": "a test"}}));
    let unidentified = changed(json!({"beneficial_owners": [{"name": "Somebody", "percent": "25"}]}));
    let usual = changed(json!({}));
    for (who, class, amount, rule, expected, overall) in [
        (&american, KESTREL_OFFSHORE, "250000", "us.reg_s.not_us_person", "deny", "deny"),
        (&in_puerto_rico, KESTREL_OFFSHORE, "250000", "us.reg_s.not_us_person", "deny", "deny"),
        (&russian, ALDER_I_USD, "250000", "eu.833_2014.article_5f", "deny", "deny"),
        (&perhaps, ALDER_I_USD, "250000", "sanctions.screening", "review", "review"),
        (&unidentified, ALDER_I_USD, "250000", "identity.beneficial_owners", "review", "review"),
        (&usual, ALDER_I_USD, "99999.99", "class.minimum_subscription", "deny", "deny"),
        (&usual, QUAYMARK_SUSPENDED, "250000", "class.takes_orders", "deny", "deny"),
        (&usual, KESTREL_QP, "1000000", "us.3c7.qualified_purchaser", "deny", "deny"),
        (&usual, KESTREL_QP, "1000000", "us.12g.holders", "allow", "deny"),
    ] {
        // 201, or 200 where a case before has asked the same.
        let check = ask(env, &tenant, &question(who, class, "subscribe", amount, "USD")).json();
        assert_eq!(
            (outcomes(&check)[rule], check["outcome"].as_str().unwrap()),
            (expected, overall),
            "{rule}: {check}"
        );
    }
}

#[test]
fn a_retail_investor_needs_the_key_information_document() {
    let env = shared();
    let tenant = env.institution();
    let mut body = professional();
    body["classifications"] = json!([]);
    body["wallets"][0]["chain_id"] = json!(137);
    let id = investor(env, &tenant, &body);
    let asked = question(&id, ALDER_R_EUR, "subscribe", "500", "EUR");
    let before = ask(env, &tenant, &asked).expect(201);
    assert_eq!(outcomes(&before)["eu.priips.key_information"], "deny");
    let received = json!({"acknowledgements": [
        {"document": "kid", "share_class_id": ALDER_R_EUR, "acknowledged_at": format!("{}T00:00:00Z", today())}]});
    env.patch(&format!("/v1/investors/{id}"))
        .token(&tenant)
        .header("if-match", "*")
        .json(&received)
        .send()
        .expect(200);
    let after = ask(env, &tenant, &asked).expect(201);
    assert_eq!(after["outcome"], "allow", "{after}");
}

#[test]
fn holdings_decide_about_redemptions_and_transfers() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let none = ask(env, &tenant, &question(&id, KESTREL_OFFSHORE, "redeem", "1000", "USD")).expect(201);
    assert_eq!(outcomes(&none)["holding.covers_order"], "deny");
    let lot = format!(
        "insert into holding_lot (tenant_id, id, investor_id, share_class_id, units, amount, acquired_at) values \
         ('{0}', '{1}', '{id}', '{KESTREL_OFFSHORE}', 10, 1000, now() - interval '360 days'), \
         ('{0}', '{2}', '{id}', '{KESTREL_OFFSHORE}', 5, 500, now() - interval '370 days')",
        tenant.id,
        Uuid::new_v4(),
        Uuid::new_v4()
    );
    control.database().admin().batch_execute(&lot).unwrap();
    let shares = |side: &str, units: &str| {
        let asked =
            json!({"investor_id": id, "share_class_id": KESTREL_OFFSHORE, "side": side, "units": units});
        ask(env, &tenant, &asked).expect(201)
    };
    let redeem = shares("redeem", "15");
    assert_eq!(redeem["outcome"], "allow", "{redeem}");
    let old = shares("transfer", "5");
    assert_eq!(old["outcome"], "allow", "the older lot goes first: {old}");
    let young = shares("transfer", "5.01");
    let said = outcomes(&young);
    assert_eq!((said["us.reg_s.distribution_compliance"], said["us.144.holding_period"]), ("review", "deny"));
    let further =
        ask(env, &tenant, &question(&id, KESTREL_OFFSHORE, "subscribe", "25000", "USD")).expect(201);
    assert_eq!(
        outcomes(&further)["class.minimum_subscription"],
        "allow",
        "a further subscription has its own minimum"
    );
}

#[test]
fn a_wrong_question_is_refused_and_nothing_is_written() {
    let env = shared();
    let (tenant, other) = (env.institution(), env.institution());
    let id = investor(env, &tenant, &professional());
    let wrong = json!({"investor_id": "7", "side": "give", "amount": {"value": "-1", "currency": "USD"}, "colour": "red"});
    let pointers = ["/investor_id", "/share_class_id", "/side", "/amount/value", "/colour"];
    assert_problem(&ask(env, &tenant, &wrong), 422, "invalid_fields", &pointers);
    let currency = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "EUR"));
    assert_problem(&currency, 422, "invalid_fields", &["/amount/currency"]);
    let cents = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "1.005", "USD"));
    assert_problem(&cents, 422, "invalid_fields", &["/amount/value"]);
    let unknown = ask(env, &tenant, &question(&id, NOBODY, "subscribe", "1", "USD"));
    assert_problem(&unknown, 404, "not_found", &[]);
    let nobody = ask(env, &tenant, &question(NOBODY, ALDER_I_USD, "subscribe", "1", "USD"));
    assert_problem(&nobody, 404, "not_found", &[]);
    let foreign = ask(env, &other, &question(&id, ALDER_I_USD, "subscribe", "1", "USD"));
    assert_problem(&foreign, 404, "not_found", &[]);
    for who in [&tenant, &other] {
        let list = env.get("/v1/compliance/checks").token(who).send().expect(200);
        assert_eq!(list["data"], json!([]));
    }
    let query = env.get("/v1/compliance/checks?outcome=maybe&investor_id=7&colour=red").token(&tenant).send();
    assert_problem(&query, 422, "invalid_fields", &["/outcome", "/investor_id", "/colour"]);
}

#[test]
fn a_decision_belongs_to_the_tenant_that_asked() {
    let env = shared();
    let (ours, theirs) = (env.institution(), env.institution());
    let id = investor(env, &ours, &professional());
    let check = ask(env, &ours, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    let path = format!("/v1/compliance/checks/{}", check["id"].as_str().unwrap());
    for path in [path.clone(), format!("{path}/replay"), format!("/v1/compliance/checks/{NOBODY}")] {
        assert_problem(&env.get(&path).token(&theirs).send(), 404, "not_found", &[]);
    }
    let list = env.get("/v1/compliance/checks").token(&theirs).send().expect(200);
    assert_eq!(list["data"], json!([]));
}

#[test]
fn decisions_are_listed_from_the_newest() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let made: Vec<Value> = ["250000", "1", "300000"]
        .iter()
        .map(|value| {
            ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", value, "USD")).expect(201)["id"]
                .clone()
        })
        .collect();
    let ids = |query: &str| -> Vec<Value> {
        let page = env.get(&format!("/v1/compliance/checks?{query}")).token(&tenant).send().expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(&format!("investor_id={id}")), [made[2].clone(), made[1].clone(), made[0].clone()]);
    assert_eq!(ids("outcome=deny"), [made[1].clone()]);
    assert_eq!(ids(&format!("share_class_id={ALDER_R_EUR}")), [] as [Value; 0]);
    let page = env.get("/v1/compliance/checks?limit=2").token(&tenant).send().expect(200);
    assert_eq!(page["has_more"], true);
    let next = page["next"].as_str().unwrap();
    assert_eq!(ids(&format!("limit=2&starting_after={next}")), [made[0].clone()]);
}

#[test]
fn the_same_key_and_question_get_the_stored_answer() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let asked = question(&id, ALDER_I_USD, "subscribe", "250000", "USD");
    let post = || {
        env.post("/v1/compliance/checks").token(&tenant).header("idempotency-key", "one").json(&asked).send()
    };
    let (first, second) = (post(), post());
    assert_eq!(first.expect(201), second.expect(201), "201 again, rather than the 200 of who asks anew");
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
}

#[test]
fn a_decision_can_be_taken_again_and_tampering_is_noticed() {
    let env = shared();
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let check = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    let path = format!("/v1/compliance/checks/{}/replay", check["id"].as_str().unwrap());
    let replay = || env.get(&path).token(&tenant).send().expect(200);
    let same = replay();
    assert_eq!((&same["verdict"], &same["replayed_outcome"]), (&json!("same"), &json!("allow")));
    let Some(control) = env.control() else {
        return skip("changes rows of the database behind the application's back");
    };
    let mut admin = control.database().admin();
    let mut change = |assignment: &str| {
        let sql = format!(
            "update compliance_decision set {assignment} where id = '{}'",
            check["id"].as_str().unwrap()
        );
        assert_eq!(admin.execute(sql.as_str(), &[]).unwrap(), 1);
    };
    change("outcome = 'deny'");
    assert_eq!(replay()["verdict"], "different");
    change("outcome = 'allow', amount = 250001");
    assert_eq!(replay()["verdict"], "different");
    change("amount = 250000, results = replace(results, 'residence LU', 'residence CH')");
    let altered = replay();
    assert_eq!(altered["verdict"], "different");
    assert!(!altered["differing_rules"].as_array().unwrap().is_empty());
    change("results = replace(results, 'residence CH', 'residence LU')");
    assert_eq!(replay()["verdict"], "same");
    change("basis = replace(basis, '\"LU\"', '\"CH\"')");
    let changed = replay();
    assert_eq!((&changed["verdict"], &changed["replayed_outcome"]), (&json!("basis_changed"), &Value::Null));
}

#[test]
fn a_decision_stands_in_the_audit_trail_with_the_hash_of_its_basis() {
    let env = shared();
    let Some(control) = env.control() else { return skip("reads the database") };
    let tenant = env.institution();
    let id = investor(env, &tenant, &professional());
    let check = ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(201);
    ask(env, &tenant, &question(&id, ALDER_I_USD, "subscribe", "250000", "USD")).expect(200);
    let subject = check["id"].as_str().unwrap();
    let rows = control
        .database()
        .connect_as("audit", Some(tenant.id))
        .query("select action, detail from audit_event where subject_id = $1", &[&subject])
        .unwrap();
    assert_eq!(rows.len(), 1, "asking again decides nothing");
    assert_eq!(rows[0].get::<_, String>(0), "compliance.decided");
    assert!(rows[0].get::<_, String>(1).contains(check["basis_sha256"].as_str().unwrap()));
}

#[test]
fn the_investors_of_the_demo_institution_get_each_their_answer() {
    let env = shared();
    let Some(demo) = env.demo() else { return };
    // Anvil's accounts, whose keys everybody knows: from the mnemonic `test test … junk`.
    for key in [
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
        "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
        "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    ] {
        WalletKey::from_bytes(&alloy_primitives::hex::decode(key).unwrap());
    }
    for number in [1, 2, 3, 6] {
        let path = format!("/v1/investors/0198c004-0000-7000-8000-{number:012}");
        env.prove_wallets(&demo, &env.get(&path).token(&demo).send().expect(200));
    }
    for (who, number, class, amount, expected) in [
        ("a professional in Luxembourg", 1, ALDER_I_USD, "250000", "allow"),
        ("a professional by request", 2, ALDER_I_USD, "250000", "allow"),
        ("a qualified purchaser", 3, KESTREL_QP, "1000000", "allow"),
        ("a qualified purchaser of the United States, offshore", 3, KESTREL_OFFSHORE, "1000000", "deny"),
        ("a retail investor of the United States", 4, KESTREL_QP, "1000000", "deny"),
        ("a Russian national", 5, ALDER_I_USD, "250000", "deny"),
        ("a Russian national with a German permit", 6, ALDER_I_USD, "250000", "allow"),
    ] {
        let id = format!("0198c004-0000-7000-8000-{number:012}");
        let check = ask(env, &demo, &question(&id, class, "subscribe", amount, "USD")).json();
        assert_eq!(check["outcome"], expected, "{who}: {check}");
    }
}

#[test]
fn every_rule_of_the_seed_makes_sense_and_belongs_to_a_set() {
    let env = shared();
    let Some(control) = env.control() else { return skip("reads the database") };
    let mut admin = control.database().admin();
    let sql = "select jsonb_build_object('id', id, 'version', version, 'source', source, 'applies_to', applies_to, \
            'predicate', jsonb_build_object(predicate, params), 'effective_from', rfc3339(effective_from), \
            'effective_to', rfc3339(effective_to), 'evidence', evidence, 'evidence_max_age_days', evidence_max_age_days, \
            'on_fail', on_fail, 'message', message)::text from compliance_rule";
    let rules = admin.query(sql, &[]).unwrap();
    assert!(rules.len() >= 20);
    for row in &rules {
        let text: String = row.get(0);
        Rule::from_stored(&text).unwrap_or_else(|error| panic!("{error}: {:?} {text}", error.context()));
    }
    let loose = "select r.id from compliance_rule r where not exists (select from rule_set_rule m where m.rule_id = r.id) \
        union select m.rule_id from rule_set_rule m where not exists (select from compliance_rule r where r.id = m.rule_id) \
        union select s.code from share_class c cross join unnest(c.rule_sets) as s (code) \
            where not exists (select from rule_set k where k.code = s.code) and c.id::text like '0198c003%'";
    assert!(admin.query(loose, &[]).unwrap().is_empty());
}
