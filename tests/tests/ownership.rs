//! `/v1/ownership…` and `/v1/investors/{id}/ownership`: who owns an organisation, directly and through others.

use std::thread;

use fundrail_tests::{Environment, Response, Tenant, Value, assert_problem, json, register_extract, shared};

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

/// A tenant that records owners.
struct Book<'a> {
    env: &'a Environment,
    tenant: Tenant,
}

impl<'a> Book<'a> {
    fn new(env: &'a Environment) -> Self {
        Self { env, tenant: env.institution() }
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Response {
        self.env.post(path).token(&self.tenant).json(body).send()
    }

    #[track_caller]
    fn company(&self, name: &str) -> String {
        let body = json!({"kind": "legal", "name": name, "residence": "LU", "registration_number": "B 1", "beneficial_owners": []});
        id(&self.post("/v1/investors", &body).expect(201))
    }

    #[track_caller]
    fn party(&self, kind: &str, name: &str) -> String {
        id(&self.post("/v1/ownership/parties", &json!({"kind": kind, "name": name})).expect(201))
    }

    /// A stake of a party in an investor.
    #[track_caller]
    fn stake(&self, holder: (&str, &str), owned: (&str, &str), percent: &str) -> Response {
        let mut body = json!({"percent": percent, "since": "2020-01-01"});
        body[format!("owner_{}_id", holder.0)] = json!(holder.1);
        body[format!("owned_{}_id", owned.0)] = json!(owned.1);
        self.post("/v1/ownership/stakes", &body)
    }

    #[track_caller]
    fn graph(&self, investor: &str) -> Value {
        self.env.get(&format!("/v1/investors/{investor}/ownership")).token(&self.tenant).send().expect(200)
    }
}

fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}

#[track_caller]
fn node<'a>(graph: &'a Value, id: &str) -> &'a Value {
    graph["nodes"].as_array().expect("nodes").iter().find(|node| node["id"] == id).expect("the node")
}

#[test]
fn a_chain_is_looked_through_to_the_people_behind_it() {
    let book = Book::new(shared());
    let target = book.company("Target");
    let (holding, ada, grace) =
        (book.party("legal", "Holding"), book.party("natural", "Ada"), book.party("natural", "Grace"));
    book.stake(("party", &holding), ("investor", &target), "60").expect(201);
    book.stake(("party", &ada), ("party", &holding), "50").expect(201);
    book.stake(("party", &ada), ("investor", &target), "10.5").expect(201);
    let made = book.stake(("party", &grace), ("party", &holding), "33.3333333333").expect(201);
    assert_eq!(
        (&made["percent"], &made["valid"], &made["until"]),
        (&json!("33.3333333333"), &json!(true), &Value::Null)
    );
    let graph = book.graph(&target);
    assert_eq!(node(&graph, &ada)["effective_percent"], "40.5");
    assert_eq!(node(&graph, &grace)["effective_percent"], "20");
    assert_eq!(node(&graph, &target)["effective_percent"], Value::Null);
    assert_eq!(graph["beneficial_owners"], json!([ada]));
    assert_eq!((&graph["unaccounted_percent"], &graph["blocked"]), (&json!("29.5"), &json!(false)));
    assert_eq!(
        (graph["nodes"].as_array().map(Vec::len), graph["edges"].as_array().map(Vec::len)),
        (Some(4), Some(4))
    );
    assert_eq!(node(&graph, &target)["is_investor"], true);
    assert_eq!(book.graph(&book.company("Alone"))["nodes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn circles_are_lawful_and_what_a_company_owns_of_itself_belongs_to_its_owners() {
    let book = Book::new(shared());
    let target = book.company("Target");
    let (subsidiary, ada) = (book.party("legal", "Subsidiary"), book.party("natural", "Ada"));
    book.stake(("investor", &target), ("party", &subsidiary), "100").expect(201);
    book.stake(("party", &subsidiary), ("investor", &target), "50").expect(201);
    book.stake(("party", &ada), ("investor", &target), "50").expect(201);
    assert_eq!(node(&book.graph(&target), &ada)["effective_percent"], "100");
    let own = book.stake(("investor", &target), ("investor", &target), "1");
    assert_problem(&own, 422, "invalid_fields", &["/owner_investor_id"]);
    let own = book.stake(("party", &subsidiary), ("party", &subsidiary), "1");
    assert_problem(&own, 422, "invalid_fields", &["/owner_party_id"]);
}

#[test]
fn nobody_owns_more_than_all_of_it_on_any_day() {
    let book = Book::new(shared());
    let target = book.company("Target");
    let (ada, grace) = (book.party("natural", "Ada"), book.party("natural", "Grace"));
    let first = book.stake(("party", &ada), ("investor", &target), "70").expect(201);
    let over = book.stake(("party", &grace), ("investor", &target), "30.0000000001");
    assert_problem(&over, 422, "invalid_fields", &["/percent"]);
    let end = format!("/v1/ownership/stakes/{}/end", id(&first));
    assert_problem(
        &book.post(&end, &json!({"until": "2019-12-31", "reason": "sold"})),
        422,
        "invalid_fields",
        &["/until"],
    );
    let ended = book.post(&end, &json!({"until": "2025-06-30", "reason": "sold"})).expect(200);
    assert_eq!((&ended["until"], &ended["end_reason"]), (&json!("2025-06-30"), &json!("sold")));
    assert_problem(&book.post(&end, &json!({"reason": "again"})), 409, "already_revoked", &[]);
    let mut later = json!({"owner_party_id": grace, "owned_investor_id": target, "percent": "100", "since": "2025-06-30"});
    assert_problem(&book.post("/v1/ownership/stakes", &later), 422, "invalid_fields", &["/percent"]);
    later["since"] = json!("2025-07-01");
    let second = book.post("/v1/ownership/stakes", &later).expect(201);
    let on = |day: &str| {
        let path = format!("/v1/investors/{target}/ownership?on={day}");
        book.env.get(&path).token(&book.tenant).send().expect(200)["edges"][0]["owner_id"].clone()
    };
    assert_eq!(
        (on("2025-06-30"), on("2025-07-01"), on("2019-12-31")),
        (json!(ada), json!(grace), Value::Null)
    );
    // One that never was leaves nothing behind.
    let mistake = format!("/v1/ownership/stakes/{}/end", id(&second));
    assert_eq!(book.post(&mistake, &json!({"reason": "a typing error"})).expect(200)["valid"], false);
    assert_eq!(on("2025-07-01"), Value::Null);
}

#[test]
fn those_who_write_at_once_do_not_exceed_all_of_it_together() {
    let book = Book::new(shared());
    let target = book.party("legal", "Target");
    let owners: Vec<String> = (0..4).map(|n| book.party("natural", &format!("Owner {n}"))).collect();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let (book, target) = (&book, &target);
        let run = |owner| scope.spawn(move || book.stake(("party", owner), ("party", target), "40").status);
        let running: Vec<_> = owners.iter().map(|owner| run(owner.as_str())).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 2, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 422].contains(status)), "{statuses:?}");
}

#[test]
fn half_in_the_hands_of_sanctioned_persons_blocks_what_they_own() {
    let book = Book::new(shared());
    let target = book.company("Target");
    let (holding, ivan, oleg) =
        (book.party("legal", "Holding"), book.party("natural", "Ivan"), book.party("natural", "Oleg"));
    book.stake(("party", &ivan), ("party", &holding), "25").expect(201);
    book.stake(("party", &oleg), ("party", &holding), "25").expect(201);
    book.stake(("party", &holding), ("investor", &target), "50").expect(201);
    let hit = json!({"outcome": "match", "screened_at": "2026-11-01T00:00:00Z", "source": "OFAC SDN"});
    let screen =
        |party: &str, body: &Value| book.post(&format!("/v1/ownership/parties/{party}/screenings"), body);
    assert_eq!(screen(&ivan, &hit).expect(201)["screening"]["outcome"], "match");
    assert_eq!(book.graph(&target)["blocked"], false, "a quarter of the holding");
    screen(&oleg, &hit).expect(201);
    let graph = book.graph(&target);
    assert_eq!(
        (&graph["blocked"], &node(&graph, &holding)["blocked"]),
        (&json!(true), &json!(true)),
        "half, in aggregate"
    );
    assert_eq!(
        (&node(&graph, &ivan)["sanctioned"], &node(&graph, &holding)["sanctioned"]),
        (&json!(true), &json!(false))
    );
    let cleared = json!({"outcome": "clear", "screened_at": "2026-11-02T00:00:00Z", "source": "OFAC SDN"});
    screen(&oleg, &cleared).expect(201);
    assert_eq!(book.graph(&target)["blocked"], false);
    assert_problem(&screen(NOBODY, &hit), 404, "not_found", &[]);
    assert_problem(
        &screen(&oleg, &json!({"outcome": "king"})),
        422,
        "invalid_fields",
        &["/outcome", "/screened_at", "/source"],
    );
}

#[test]
fn who_owns_an_investor_is_part_of_what_is_approved_of_it() {
    let env = shared();
    let book = Book::new(env);
    let second = env.colleague(&book.tenant, "compliance");
    let target = book.company("Target");
    let kyc = format!("/v1/investors/{target}/kyc");
    book.post(&format!("{kyc}/documents"), &register_extract()).expect(201);
    let declared = json!({"politically_exposed": false, "source_of_funds": "Earnings"});
    book.post(&format!("{kyc}/submission"), &declared).expect(200);
    let ada = json!({"kind": "natural", "name": "Ada"});
    let ada = id(&env.post("/v1/ownership/parties").token(&second).json(&ada).send().expect(201));
    let stake =
        json!({"owner_party_id": ada, "owned_investor_id": target, "percent": "60", "since": "2020-01-01"});
    env.post("/v1/ownership/stakes").token(&second).json(&stake).send().expect(201);
    let file = env.get(&kyc).token(&book.tenant).send().expect(200);
    assert_eq!(file["state"], "draft");
    let file = book.post(&format!("{kyc}/submission"), &declared).expect(200);
    env.post(&format!("{kyc}/review")).token(&second).send().expect(200);
    let approval = json!({"submission_id": file["submission"]["id"]});
    let refused = env.post(&format!("{kyc}/approval")).token(&second).json(&approval).send();
    assert_problem(&refused, 409, "second_person_required", &[]);
}

#[test]
fn every_wrong_field_is_named_and_nothing_is_written() {
    let book = Book::new(shared());
    let target = book.company("Target");
    let party =
        json!({"kind": "robot", "name": "", "birth_date": "1800-01-01", "residence": "XX", "colour": "red"});
    let pointers = ["/kind", "/name", "/birth_date", "/residence", "/colour"];
    assert_problem(&book.post("/v1/ownership/parties", &party), 422, "invalid_fields", &pointers);
    let company = json!({"kind": "legal", "name": "Acme", "birth_date": "1990-01-01"});
    assert_problem(&book.post("/v1/ownership/parties", &company), 422, "invalid_fields", &["/birth_date"]);
    let stake = json!({"percent": "101", "since": "2999-01-01", "until": "x", "owner_party_id": NOBODY, "owner_investor_id": NOBODY});
    let pointers = ["/percent", "/since", "/until", "/owner_party_id", "/owned_investor_id"];
    assert_problem(&book.post("/v1/ownership/stakes", &stake), 422, "invalid_fields", &pointers);
    let ada = book.party("natural", "Ada");
    for percent in ["0", "-1", "100.0000000001", "0.00000000001", "many"] {
        let refused = book.stake(("party", &ada), ("investor", &target), percent);
        assert_problem(&refused, 422, "invalid_fields", &["/percent"]);
    }
    for (holder, owned, pointer) in [
        (("party", NOBODY), ("investor", target.as_str()), "/owner_party_id"),
        (("investor", NOBODY), ("investor", target.as_str()), "/owner_investor_id"),
        (("party", ada.as_str()), ("investor", NOBODY), "/owned_investor_id"),
        (("party", ada.as_str()), ("party", NOBODY), "/owned_party_id"),
        (("investor", target.as_str()), ("party", ada.as_str()), "/owned_party_id"),
    ] {
        assert_problem(&book.stake(holder, owned, "10"), 422, "invalid_fields", &[pointer]);
    }
    assert_eq!(book.graph(&target)["edges"], json!([]));
    let query = book
        .env
        .get(&format!("/v1/investors/{target}/ownership?on=soon&colour=red"))
        .token(&book.tenant)
        .send();
    assert_problem(&query, 422, "invalid_fields", &["/on", "/colour"]);
}

#[test]
fn owners_are_for_those_who_are_signed_in_and_of_their_tenant() {
    let env = shared();
    let book = Book::new(env);
    let (target, ada) = (book.company("Target"), book.party("natural", "Ada"));
    let stake = id(&book.stake(("party", &ada), ("investor", &target), "10").expect(201));
    let other = env.institution();
    let reads = [
        format!("/v1/investors/{target}/ownership"),
        format!("/v1/ownership/parties/{ada}"),
        format!("/v1/ownership/stakes/{stake}"),
    ];
    for path in &reads {
        assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
        assert_problem(&env.get(path).token(&other).send(), 404, "not_found", &[]);
        env.get(path).token(&book.tenant).send().expect(200);
    }
    assert_eq!(env.get("/v1/ownership/parties").token(&other).send().expect(200)["data"], json!([]));
    assert_eq!(env.get("/v1/ownership/parties").token(&book.tenant).send().expect(200)["data"][0]["id"], ada);
    let end = format!("/v1/ownership/stakes/{stake}/end");
    assert_problem(&env.post(&end).token(&other).json(&json!({"reason": "x"})).send(), 404, "not_found", &[]);
    let theirs =
        json!({"owner_party_id": ada, "owned_investor_id": target, "percent": "1", "since": "2020-01-01"});
    let refused = env.post("/v1/ownership/stakes").token(&other).json(&theirs).send();
    assert_problem(&refused, 422, "invalid_fields", &["/owner_party_id"]);
    let viewer = env.colleague(&book.tenant, "viewer");
    for (path, body) in [
        ("/v1/ownership/parties", json!({"kind": "natural", "name": "Ada"})),
        ("/v1/ownership/stakes", theirs),
        (end.as_str(), json!({"reason": "x"})),
    ] {
        assert_problem(&env.post(path).json(&body).send(), 401, "unauthenticated", &[]);
        assert_problem(&env.post(path).token(&viewer).json(&body).send(), 403, "forbidden", &[]);
    }
}

#[test]
fn the_same_key_and_body_record_one_stake() {
    let book = Book::new(shared());
    let (target, ada) = (book.company("Target"), book.party("natural", "Ada"));
    let body =
        json!({"owner_party_id": ada, "owned_investor_id": target, "percent": "60", "since": "2020-01-01"});
    let post = || {
        let request =
            book.env.post("/v1/ownership/stakes").token(&book.tenant).header("idempotency-key", "once");
        request.json(&body).send().expect(201)
    };
    assert_eq!(post(), post());
    assert_eq!(book.graph(&target)["edges"].as_array().map(Vec::len), Some(1));
}
