//! `/v1/investors/{id}/kyc…`: files that a second person approves, and who is one.

use std::thread;

use fundrail_tests::{
    Environment, Response, Tenant, Value, assert_problem, json, passport, register_extract, shared, skip,
    wait_until,
};

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000000";

/// An investor whose file is kept by somebody, with the path of the file.
struct Case<'a> {
    env: &'a Environment,
    keeper: Tenant,
    path: String,
}

impl<'a> Case<'a> {
    fn new(env: &'a Environment) -> Self {
        Self::of(env, env.institution(), &ada())
    }

    fn of(env: &'a Environment, keeper: Tenant, body: &Value) -> Self {
        let made = env.post("/v1/investors").token(&keeper).json(body).send().expect(201);
        let path = format!("/v1/investors/{}", made["id"].as_str().expect("an id"));
        Self { env, keeper, path }
    }

    #[track_caller]
    fn post(&self, who: impl AsRef<str>, what: &str, body: &Value) -> Response {
        self.env.post(&format!("{}/kyc/{what}", self.path)).token(who).json(body).send()
    }

    #[track_caller]
    fn act(&self, who: impl AsRef<str>, what: &str) -> Response {
        self.env.post(&format!("{}/kyc/{what}", self.path)).token(who).send()
    }

    #[track_caller]
    fn file(&self) -> Value {
        self.env.get(&format!("{}/kyc", self.path)).token(&self.keeper).send().expect(200)
    }

    #[track_caller]
    fn patch(&self, who: &Tenant, body: &Value) -> Value {
        self.env.patch(&self.path).token(who).header("if-match", "*").json(body).send().expect(200)
    }

    /// Adds a passport and submits; answers with the submission.
    #[track_caller]
    fn submitted(&self) -> Value {
        self.post(&self.keeper, "documents", &passport()).expect(201);
        self.submit(&self.keeper).expect(200)["submission"]["id"].clone()
    }

    #[track_caller]
    fn submit(&self, who: impl AsRef<str>) -> Response {
        self.post(who, "submission", &declaration())
    }

    #[track_caller]
    fn approve(&self, who: impl AsRef<str>, submission: &Value) -> Response {
        self.post(who, "approval", &json!({"submission_id": submission}))
    }

    /// Events of the file, oldest first.
    #[track_caller]
    fn events(&self) -> Vec<String> {
        let path = format!("{}/kyc/history?order=asc&limit=100", self.path);
        let page = self.env.get(&path).token(&self.keeper).send().expect(200);
        let events = page["data"]
            .as_array()
            .expect("a page")
            .iter()
            .map(|one| one["event"].as_str().unwrap().to_owned());
        events.collect()
    }
}

fn ada() -> Value {
    json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU", "nationalities": ["GB"], "birth_date": "1985-12-10"})
}

fn declaration() -> Value {
    json!({"politically_exposed": false, "source_of_funds": "Sale of a company in 2024"})
}

#[test]
fn a_file_goes_from_a_draft_to_an_approval_by_a_second_person() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let draft = case.file();
    assert_eq!(
        (&draft["state"], &draft["submission"], &draft["decision"]),
        (&json!("draft"), &Value::Null, &Value::Null)
    );
    let added = case.post(&case.keeper, "documents", &passport());
    assert_eq!(added.header("location"), Some(format!("{}/kyc", case.path).as_str()));
    assert_eq!(added.expect(201)["documents"][0]["sha256"], "a".repeat(64));
    let submitted = case.submit(&case.keeper).expect(200);
    assert_eq!(submitted["state"], "submitted");
    assert_eq!(submitted["submission"]["submitted_by"], case.keeper.user_id.to_string());
    assert_eq!(submitted["submission"]["source_of_funds"], "Sale of a company in 2024");
    assert_eq!(submitted["risk"], json!({"rating": "low", "factors": []}));
    assert_eq!(case.act(&second, "review").expect(200)["state"], "in_review");
    let approved = case.approve(&second, &submitted["submission"]["id"]).expect(200);
    assert_eq!(
        (&approved["state"], &approved["decision"]["decision"]),
        (&json!("approved"), &json!("approved"))
    );
    assert_eq!(
        (&approved["decision"]["risk"], &approved["decision"]["stale"]),
        (&json!("low"), &json!(false))
    );
    let today = chrono::Utc::now().date_naive();
    let until = today.checked_add_months(chrono::Months::new(36)).unwrap();
    let decided = approved["decision"]["decided_at"].as_str().unwrap();
    if decided.starts_with(&today.to_string()) {
        assert_eq!(approved["decision"]["valid_until"], until.to_string(), "36 months for a low risk");
    }
    assert_eq!(case.file(), approved);
    assert_eq!(case.events(), ["submitted", "review_begun", "approved"]);
    let investor = env.get(&case.path).token(&case.keeper).send().expect(200);
    assert_eq!(investor["kyc_decision"], approved["decision"]);
    let list = env.get("/v1/kyc/files?state=approved").token(&case.keeper).send().expect(200);
    assert_eq!(list["data"][0]["investor_id"], investor["id"]);
    assert_eq!(
        env.get("/v1/kyc/files?state=draft").token(&case.keeper).send().expect(200)["data"],
        json!([])
    );
}

#[test]
fn whoever_submitted_or_recorded_any_of_it_does_not_approve_it() {
    let env = shared();
    let case = Case::new(env);
    let (recorder, submitter, second) = (
        env.colleague(&case.keeper, "compliance"),
        env.colleague(&case.keeper, "compliance"),
        env.colleague(&case.keeper, "compliance"),
    );
    case.post(&recorder, "documents", &passport()).expect(201);
    let submission = case.submit(&submitter).expect(200)["submission"]["id"].clone();
    case.act(&submitter, "review").expect(200);
    for (who, why) in [(&submitter, "submitted"), (&recorder, "recorded"), (&case.keeper, "recorded")] {
        let refused = case.approve(who, &submission);
        assert_problem(&refused, 409, "second_person_required", &[]);
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(case.file()["state"], "in_review");
    // Whoever asks has recorded nothing; whoever answers has.
    let asked = case.post(&second, "requests", &json!({"question": "Where was it sold?"})).expect(201);
    let request = asked["requests"][0]["id"].as_str().unwrap();
    let open = case.approve(&second, &submission);
    assert_problem(&open, 409, "kyc_request_open", &[]);
    case.post(&submitter, &format!("requests/{request}/answer"), &json!({"answer": "In Luxembourg"}))
        .expect(200);
    assert_eq!(case.approve(&second, &submission).expect(200)["state"], "approved");
}

#[test]
fn a_permission_given_after_the_submission_makes_nobody_a_second_person() {
    let env = shared();
    let case = Case::new(env);
    let early = env.colleague(&case.keeper, "viewer");
    let submission = case.submitted();
    let late = env.colleague(&case.keeper, "compliance");
    let roles = format!("/v1/auth/users/{}/roles", early.user_id);
    env.put(&roles).token(&case.keeper).json(&json!({"roles": ["compliance"]})).send().expect(200);
    let early = env.sign_in(&early.email, &early.password);
    case.act(&late, "review").expect(200);
    for who in [&late, &early] {
        let refused = case.approve(who, &submission);
        assert_problem(&refused, 409, "second_person_required", &[]);
        assert!(refused.text().contains("not yet permitted"), "{}", refused.text());
    }
    // Submitted again, it is theirs to approve.
    case.post(&late, "return", &json!({"reason": "once more"})).expect(200);
    let submission = case.submit(&case.keeper).expect(200)["submission"]["id"].clone();
    case.act(&late, "review").expect(200);
    case.approve(&late, &submission).expect(200);
}

#[test]
fn an_api_key_counts_as_its_maker_and_approves_nothing() {
    let env = shared();
    let case = Case::new(env);
    let (maker, second) = (env.colleague(&case.keeper, "admin"), env.colleague(&case.keeper, "admin"));
    let scopes = ["investors:read", "investors:write", "investors:approve"];
    let body = json!({"name": "Machine", "scopes": scopes});
    let made = env.post("/v1/auth/api-keys").token(&maker).json(&body).send().expect(201);
    let key = made["key"].as_str().expect("the key").to_owned();
    case.post(&key, "documents", &passport()).expect(201);
    let file = case.submit(&key).expect(200);
    assert_eq!(file["submission"]["submitted_by"], maker.user_id.to_string());
    assert_eq!(file["submission"]["submitted_with"], made["id"]);
    let submission = &file["submission"]["id"];
    case.act(&second, "review").expect(200);
    assert_problem(&case.approve(&key, submission), 403, "forbidden", &[]);
    assert_problem(&case.post(&key, "rejection", &json!({"reason": "no"})), 403, "forbidden", &[]);
    assert_problem(&case.approve(&maker, submission), 409, "second_person_required", &[]);
    assert_eq!(case.file()["state"], "in_review");
}

#[test]
fn an_edit_after_the_submission_sends_the_file_back() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let submission = case.submitted();
    case.patch(&case.keeper, &json!({"other_names": ["Ada King"]}));
    assert_eq!(case.file()["state"], "draft");
    case.submit(&case.keeper).expect(200);
    case.act(&second, "review").expect(200);
    assert_problem(&case.approve(&second, &submission), 409, "kyc_file_changed", &[]);
    case.post(&case.keeper, "documents", &passport()).expect(201);
    assert_eq!(case.file()["state"], "draft");
    let again = case.submit(&case.keeper).expect(200)["submission"]["id"].clone();
    case.act(&second, "review").expect(200);
    let document = case.file()["documents"][0]["id"].as_str().unwrap().to_owned();
    case.post(&case.keeper, &format!("documents/{document}/withdrawal"), &json!({"reason": "twice"}))
        .expect(200);
    assert_problem(&case.approve(&second, &again), 409, "kyc_state", &[]);
    let verification = json!({"status": "verified", "verified_on": "2026-01-05"});
    case.submit(&case.keeper).expect(200);
    env.post(&format!("{}/verifications", case.path))
        .token(&case.keeper)
        .json(&verification)
        .send()
        .expect(201);
    assert_eq!(case.file()["state"], "draft", "what is declared is part of what is approved");
    // What is judged on its own leaves the file alone.
    case.submit(&case.keeper).expect(200);
    let screening = json!({"outcome": "clear", "screened_at": "2026-11-01T00:00:00Z", "source": "a test"});
    env.post(&format!("{}/screenings", case.path)).token(&case.keeper).json(&screening).send().expect(201);
    assert_eq!(case.file()["state"], "submitted");
    let events = case.events();
    assert_eq!(events.iter().filter(|event| *event == "edited").count(), 3, "{events:?}");
    assert_eq!(events.iter().filter(|event| *event == "identity_changed").count(), 1, "{events:?}");
}

#[test]
fn an_approval_ends_with_the_identity_and_outlives_a_renewal() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let submission = case.submitted();
    case.act(&second, "review").expect(200);
    case.approve(&second, &submission).expect(200);
    // Another document changes nothing; a renewal leaves the approval standing.
    case.post(&case.keeper, "documents", &passport()).expect(201);
    assert_eq!(case.file()["state"], "approved");
    case.post(&case.keeper, "reopening", &json!({"reason": "yearly renewal"})).expect(200);
    let open = case.file();
    assert_eq!((&open["state"], &open["decision"]["decision"]), (&json!("draft"), &json!("approved")));
    // Who approved last time has recorded nothing; who recorded last time was approved by a second person, and may approve now.
    case.post(&second, "documents", &passport()).expect(201);
    let submission = case.submit(&second).expect(200)["submission"]["id"].clone();
    case.act(&second, "review").expect(200);
    assert_problem(&case.approve(&second, &submission), 409, "second_person_required", &[]);
    let refused = case.approve(&case.keeper, &submission);
    assert_problem(&refused, 409, "second_person_required", &[]);
    assert!(refused.text().contains("recorded"), "a document was added since: {}", refused.text());
    let third = env.colleague(&case.keeper, "compliance");
    case.post(&third, "return", &json!({"reason": "for the third"})).expect(200);
    let submission = case.submit(&case.keeper).expect(200)["submission"]["id"].clone();
    case.act(&third, "review").expect(200);
    case.approve(&third, &submission).expect(200);
    case.patch(&case.keeper, &json!({"name": "Ada King"}));
    let after = case.file();
    assert_eq!((&after["state"], &after["decision"]["stale"]), (&json!("draft"), &json!(true)));
    assert_eq!(case.events().last().map(String::as_str), Some("identity_changed"));
}

#[test]
fn in_a_team_of_two_each_approves_what_the_other_has_recorded() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let submission = case.submitted();
    case.act(&second, "review").expect(200);
    case.approve(&second, &submission).expect(200);
    case.post(&second, "reopening", &json!({"reason": "renewal"})).expect(200);
    case.post(&second, "documents", &passport()).expect(201);
    let submission = case.submit(&second).expect(200)["submission"]["id"].clone();
    case.act(&case.keeper, "review").expect(200);
    assert_eq!(case.approve(&case.keeper, &submission).expect(200)["state"], "approved");
}

#[test]
fn what_cannot_happen_in_a_state_is_refused_by_name() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let reason = json!({"reason": "why not"});
    for what in ["return", "rejection", "reopening"] {
        assert_problem(&case.post(&second, what, &reason), 409, "kyc_state", &[]);
    }
    assert_problem(&case.act(&second, "review"), 409, "kyc_state", &[]);
    assert_problem(&case.approve(&second, &json!(NOBODY)), 409, "kyc_state", &[]);
    assert_problem(&case.post(&second, "requests", &json!({"question": "Who?"})), 409, "kyc_state", &[]);
    let incomplete = case.submit(&case.keeper);
    assert_problem(&incomplete, 409, "kyc_incomplete", &["/documents"]);
    let submission = case.submitted();
    assert_problem(&case.submit(&case.keeper), 409, "kyc_state", &[]);
    assert_problem(&case.approve(&second, &submission), 409, "kyc_state", &[]);
    case.act(&second, "review").expect(200);
    assert_problem(&case.act(&second, "review"), 409, "kyc_state", &[]);
    case.post(&second, "rejection", &json!({"reason": "the passport is forged"})).expect(200);
    assert_problem(&case.approve(&second, &submission), 409, "kyc_state", &[]);
    let rejected = case.file();
    assert_eq!(
        (&rejected["state"], &rejected["decision"]["decision"]),
        (&json!("rejected"), &json!("rejected"))
    );
    case.post(&case.keeper, "reopening", &reason).expect(200);
    assert_eq!(case.file()["state"], "draft");
}

#[test]
fn an_organisation_needs_its_own_papers() {
    let env = shared();
    let case = Case::of(env, env.institution(), &json!({"kind": "legal", "name": "Acme", "residence": "LU"}));
    case.post(&case.keeper, "documents", &passport()).expect(201);
    let missing = ["/registration_number", "/beneficial_owners", "/documents"];
    assert_problem(&case.submit(&case.keeper), 409, "kyc_incomplete", &missing);
    case.patch(
        &case.keeper,
        &json!({"registration_number": "B 1", "beneficial_owners": [{"name": "Grace", "percent": "60"}]}),
    );
    case.post(&case.keeper, "documents", &register_extract()).expect(201);
    let file = case.submit(&case.keeper).expect(200);
    assert_eq!(file["risk"], json!({"rating": "medium", "factors": ["owners_not_identified"]}));
}

#[test]
fn risk_is_computed_and_may_be_raised_but_not_lowered() {
    let env = shared();
    let mut body = ada();
    body["residence"] = json!("MM");
    let case = Case::of(env, env.institution(), &body);
    let second = env.colleague(&case.keeper, "compliance");
    let mut document = passport();
    let today = chrono::Utc::now().date_naive();
    let expires = today + chrono::Duration::days(90);
    document["expires_on"] = json!(expires.to_string());
    case.post(&case.keeper, "documents", &document).expect(201);
    let mut exposed = declaration();
    exposed["politically_exposed"] = json!(true);
    let file = case.post(&case.keeper, "submission", &exposed).expect(200);
    assert_eq!(
        file["risk"],
        json!({"rating": "high", "factors": ["politically_exposed", "high_risk_country"]})
    );
    case.act(&second, "review").expect(200);
    let mut approval = json!({"submission_id": file["submission"]["id"], "risk": "medium"});
    assert_problem(&case.post(&second, "approval", &approval), 422, "invalid_fields", &["/risk"]);
    approval["risk"] = json!("high");
    let approved = case.post(&second, "approval", &approval).expect(200);
    assert_eq!(approved["decision"]["risk"], "high");
    assert_eq!(approved["decision"]["valid_until"], expires.to_string(), "no longer than the passport");
}

#[test]
fn an_approval_that_has_run_out_is_written_down() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it lets time pass in the database") };
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let submission = case.submitted();
    case.act(&second, "review").expect(200);
    case.approve(&second, &submission).expect(200);
    let investor = case.path.rsplit('/').next().unwrap();
    let sql = format!("update kyc_file set valid_until = current_date - 2 where investor_id = '{investor}'");
    assert_eq!(control.database().admin().execute(&sql, &[]).expect("an update"), 1);
    // The worker looks four times a minute: have it look at once.
    let due = "update periodic_task set due_at = now() where name = 'kyc.expire'";
    wait_until("the file has expired", || {
        control.database().admin().execute(due, &[]).expect("an update");
        case.file()["state"] == "expired"
    });
    assert_eq!(case.events(), ["submitted", "review_begun", "approved", "expired"]);
    let path = format!("{}/kyc/history", case.path);
    let last = env.get(&path).token(&case.keeper).send().expect(200)["data"][0].clone();
    assert_eq!((&last["event"], &last["acted_by"]), (&json!("expired"), &Value::Null));
    case.post(&case.keeper, "reopening", &json!({"reason": "renewal"})).expect(200);
}

#[test]
fn of_two_who_approve_at_once_one_does() {
    let env = shared();
    let case = Case::new(env);
    let seconds = [env.colleague(&case.keeper, "compliance"), env.colleague(&case.keeper, "compliance")];
    let submission = case.submitted();
    case.act(&seconds[0], "review").expect(200);
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let (case, submission) = (&case, &submission);
        let approve = |who| scope.spawn(move || case.approve(who, submission).status);
        let running: Vec<_> = seconds.iter().map(approve).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(case.events(), ["submitted", "review_begun", "approved"]);
}

#[test]
fn the_same_key_and_body_happen_once() {
    let env = shared();
    let case = Case::new(env);
    let add = || {
        let path = format!("{}/kyc/documents", case.path);
        env.post(&path)
            .token(&case.keeper)
            .header("idempotency-key", "once")
            .json(&passport())
            .send()
            .expect(201)
    };
    assert_eq!(add(), add());
    assert_eq!(case.file()["documents"].as_array().map(Vec::len), Some(1));
    let document = case.file()["documents"][0]["id"].as_str().unwrap().to_owned();
    let withdraw =
        || case.post(&case.keeper, &format!("documents/{document}/withdrawal"), &json!({"reason": "no"}));
    withdraw().expect(200);
    assert_problem(&withdraw(), 409, "already_revoked", &[]);
}

#[test]
fn requests_are_answered_or_withdrawn_once() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    case.submitted();
    let ask = |question: &str| {
        let file = case.post(&second, "requests", &json!({"question": question})).expect(201);
        let last = file["requests"].as_array().unwrap().last().unwrap().clone();
        last["id"].as_str().unwrap().to_owned()
    };
    let (first, other) = (ask("Why?"), ask("Where?"));
    let answer = json!({"answer": "Because"});
    let answered = case.post(&case.keeper, &format!("requests/{first}/answer"), &answer).expect(200);
    assert_eq!(answered["requests"][0]["answer"], "Because");
    assert_eq!(answered["requests"][0]["answered_by"], case.keeper.user_id.to_string());
    for over in [format!("requests/{first}/answer"), format!("requests/{first}/withdrawal")] {
        let again = if over.ends_with("answer") {
            case.post(&case.keeper, &over, &answer)
        } else {
            case.act(&second, &over)
        };
        assert_problem(&again, 409, "kyc_request_over", &[]);
    }
    case.act(&second, &format!("requests/{other}/withdrawal")).expect(200);
    assert_problem(
        &case.post(&case.keeper, &format!("requests/{other}/answer"), &answer),
        409,
        "kyc_request_over",
        &[],
    );
    assert_problem(&case.act(&second, &format!("requests/{NOBODY}/withdrawal")), 404, "not_found", &[]);
}

#[test]
fn who_may_do_what_is_said_by_permissions() {
    let env = shared();
    let case = Case::new(env);
    let (viewer, trader) = (env.colleague(&case.keeper, "viewer"), env.colleague(&case.keeper, "trader"));
    case.submitted();
    let reason = json!({"reason": "x"});
    for who in [&viewer, &trader] {
        env.get(&format!("{}/kyc", case.path)).token(who).send().expect(200);
        for (what, body) in [
            ("documents", passport()),
            ("submission", declaration()),
            ("review", json!({})),
            ("return", reason.clone()),
            ("approval", json!({"submission_id": NOBODY})),
            ("rejection", reason.clone()),
            ("reopening", reason.clone()),
            ("requests", json!({"question": "x"})),
        ] {
            assert_problem(&case.post(who, what, &body), 403, "forbidden", &[]);
        }
    }
}

#[test]
fn files_are_for_those_who_are_signed_in_and_of_their_tenant() {
    let env = shared();
    let case = Case::new(env);
    let other = env.institution();
    let reads = [format!("{}/kyc", case.path), format!("{}/kyc/history", case.path)];
    for path in reads.iter().map(String::as_str).chain(["/v1/kyc/files"]) {
        assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
    }
    for path in &reads {
        assert_problem(&env.get(path).token(&other).send(), 404, "not_found", &[]);
    }
    assert_eq!(env.get("/v1/kyc/files").token(&other).send().expect(200)["data"], json!([]));
    let reason = json!({"reason": "x"});
    for (what, body) in [
        ("documents", passport()),
        ("submission", declaration()),
        ("return", reason.clone()),
        ("approval", json!({"submission_id": NOBODY})),
        ("rejection", reason.clone()),
        ("reopening", reason.clone()),
        ("requests", json!({"question": "x"})),
        (&format!("documents/{NOBODY}/withdrawal"), reason.clone()),
        (&format!("requests/{NOBODY}/answer"), json!({"answer": "x"})),
    ] {
        let path = format!("{}/kyc/{what}", case.path);
        assert_problem(&env.post(&path).json(&body).send(), 401, "unauthenticated", &[]);
        assert_problem(&case.post(&other, what, &body), 404, "not_found", &[]);
    }
    assert_problem(&case.act(&other, "review"), 404, "not_found", &[]);
    assert_eq!(case.events(), [""; 0]);
}

#[test]
fn every_wrong_field_is_named_and_nothing_is_written() {
    let env = shared();
    let case = Case::new(env);
    let wrong = json!({"kind": "library_card", "issuer": "", "sha256": "abc", "issued_on": "2999-01-01", "colour": "red"});
    let pointers = ["/kind", "/issuer", "/sha256", "/issued_on", "/colour"];
    assert_problem(&case.post(&case.keeper, "documents", &wrong), 422, "invalid_fields", &pointers);
    let mut expired = passport();
    expired["expires_on"] = json!("2025-01-01");
    assert_problem(&case.post(&case.keeper, "documents", &expired), 422, "invalid_fields", &["/expires_on"]);
    let wrong = json!({"politically_exposed": "no"});
    let pointers = ["/politically_exposed", "/source_of_funds"];
    assert_problem(&case.post(&case.keeper, "submission", &wrong), 422, "invalid_fields", &pointers);
    let wrong = json!({"submission_id": "7", "risk": "none"});
    assert_problem(
        &case.post(&case.keeper, "approval", &wrong),
        422,
        "invalid_fields",
        &["/submission_id", "/risk"],
    );
    let stale = env
        .post(&format!("{}/kyc/documents", case.path))
        .token(&case.keeper)
        .header("if-match", "\"99\"")
        .json(&passport())
        .send();
    assert_problem(&stale, 412, "precondition_failed", &[]);
    let query = env.get("/v1/kyc/files?state=lost&colour=red").token(&case.keeper).send();
    assert_problem(&query, 422, "invalid_fields", &["/state", "/colour"]);
    let query = env.get(&format!("{}/kyc/history?starting_after=x", case.path)).token(&case.keeper).send();
    assert_problem(&query, 422, "invalid_fields", &["/starting_after"]);
    assert_eq!((case.events().len(), case.file()["documents"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn the_audit_trail_tells_who_did_what_to_a_file() {
    let env = shared();
    let case = Case::new(env);
    let second = env.colleague(&case.keeper, "compliance");
    let submission = case.submitted();
    case.act(&second, "review").expect(200);
    case.approve(&second, &submission).expect(200);
    let investor = case.path.rsplit('/').next().unwrap();
    let page = env.get("/v1/audit?limit=100").token(&case.keeper).send().expect(200);
    let of_file: Vec<(String, String)> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["subject_id"] == investor)
        .filter(|event| event["action"].as_str().unwrap().starts_with("kyc."))
        .map(|event| (event["action"].as_str().unwrap().to_owned(), event.to_string()))
        .collect();
    let actions: Vec<&str> = of_file.iter().rev().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["kyc.document_added", "kyc.submitted", "kyc.review_begun", "kyc.approved"]);
    assert!(of_file[0].1.contains(&second.user_id.to_string()), "{}", of_file[0].1);
}

#[test]
fn a_classification_counts_once_a_second_person_has_approved_it() {
    let env = shared();
    let case = Case::new(env);
    let (author, second) = (env.colleague(&case.keeper, "admin"), env.colleague(&case.keeper, "compliance"));
    let letter = json!({"kind": "us_accredited", "evidence": "third_party_letter", "issued_on": "2026-10-01",
        "issuer": "Wirth & Partners LLP", "document_sha256": "c".repeat(64), "expires_on": "2027-01-01"});
    let recorded =
        env.post(&format!("{}/classifications", case.path)).token(&author).json(&letter).send().expect(201);
    let one = &recorded["classifications"][0];
    assert_eq!((&one["issuer"], &one["approved_at"]), (&letter["issuer"], &Value::Null));
    let approval = format!("{}/classifications/{}/approval", case.path, one["id"].as_str().unwrap());
    let approve = |who: &Tenant| env.post(&approval).token(who).send();
    assert_problem(&env.post(&approval).send(), 401, "unauthenticated", &[]);
    assert_problem(&approve(&env.institution()), 404, "not_found", &[]);
    assert_problem(&approve(&env.colleague(&case.keeper, "viewer")), 403, "forbidden", &[]);
    assert_problem(&approve(&author), 409, "second_person_required", &[]);
    let late = env.colleague(&case.keeper, "compliance");
    assert_problem(&approve(&late), 409, "second_person_required", &[]);
    let approved = approve(&second).expect(200);
    assert_eq!(approved["classifications"][0]["approved_by"], second.user_id.to_string());
    assert!(approved["classifications"][0]["approved_at"].is_string(), "{approved}");
    assert_problem(&approve(&second), 409, "already_approved", &[]);
    let nothing = format!("{}/classifications/{NOBODY}/approval", case.path);
    assert_problem(&env.post(&nothing).token(&second).send(), 404, "not_found", &[]);
    // What was revoked is not approved.
    let again =
        env.post(&format!("{}/classifications", case.path)).token(&author).json(&letter).send().expect(201);
    let other =
        again["classifications"].as_array().unwrap().iter().find(|one| one["approved_at"].is_null()).unwrap();
    let path = format!("{}/classifications/{}", case.path, other["id"].as_str().unwrap());
    env.post(&format!("{path}/revocation"))
        .token(&author)
        .json(&json!({"reason": "twice"}))
        .send()
        .expect(200);
    assert_problem(&env.post(&format!("{path}/approval")).token(&second).send(), 409, "already_revoked", &[]);
    let mut wrong = letter;
    wrong["document_sha256"] = json!("c");
    wrong["issuer"] = json!("");
    let refused = env.post(&format!("{}/classifications", case.path)).token(&author).json(&wrong).send();
    assert_problem(&refused, 422, "invalid_fields", &["/issuer", "/document_sha256"]);
}

#[test]
fn whoever_holds_the_key_that_recorded_a_classification_does_not_approve_it() {
    let env = shared();
    let case = Case::new(env);
    let (maker, second) = (env.colleague(&case.keeper, "admin"), env.colleague(&case.keeper, "compliance"));
    let body =
        json!({"name": "Machine", "scopes": ["investors:read", "investors:write", "investors:approve"]});
    let made = env.post("/v1/auth/api-keys").token(&maker).json(&body).send().expect(201);
    let key = made["key"].as_str().expect("the key").to_owned();
    let letter =
        json!({"kind": "us_accredited", "evidence": "third_party_letter", "issued_on": "2026-10-01"});
    let recorded =
        env.post(&format!("{}/classifications", case.path)).token(&key).json(&letter).send().expect(201);
    let id = recorded["classifications"][0]["id"].as_str().unwrap();
    let approval = format!("{}/classifications/{id}/approval", case.path);
    assert_problem(&env.post(&approval).token(&key).send(), 403, "forbidden", &[]);
    assert_problem(&env.post(&approval).token(&maker).send(), 409, "second_person_required", &[]);
    env.post(&approval).token(&second).send().expect(200);
}
