//! Bad input, on every operation of the OpenAPI document: a 4xx problem that names what is wrong, nothing written, no trap.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use fundrail_tests::{
    Environment, Operation, Options, Request, Response, Tenant, Value, assert_problem, json, shared,
    signed_webhook, skip,
};

/// All of it in an environment of its own, where nobody else writes, so that a row more or less is seen.
#[test]
fn bad_input_is_refused_everywhere_and_leaves_no_trace() {
    let Some(env) = Environment::start(&Options::default()) else {
        // The cases still have to hold; that nothing is written cannot be seen from outside.
        try_everything(shared());
        return skip("it counts rows (the cases themselves have run)");
    };
    let control = env.control().expect("started here");
    let before = prepare_and_count(&env);
    try_everything_as(&env, &before.0);
    let after = rows(&env);
    assert_eq!(before.1, after, "rows by table, before and after");
    assert!(control.host().runs());
    let errors: Vec<Value> = control
        .host()
        .log_lines()
        .into_iter()
        .filter(|line| line["level"] == "error" && line["message"] == "request")
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Who sends it, and what is theirs.
struct Caller {
    tenant: Tenant,
    investor: String,
    issuer: String,
    fund: String,
    share_class: String,
    is_operator: bool,
}

impl Caller {
    fn new(env: &Environment) -> Self {
        let owner = env.issuer();
        // Without it, an operator's routes refuse everything alike.
        let operator = env.operator(&owner);
        let (is_operator, tenant) = (operator.is_some(), operator.unwrap_or(owner));
        let body = json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU"});
        let investor = env.post("/v1/investors").token(&tenant).json(&body).send().expect(201);
        let investor = investor["id"].as_str().expect("an id").to_owned();
        let create = |path: &str, body: &Value| {
            let created = env.post(path).token(&tenant).json(body).send().expect(201);
            created["id"].as_str().expect("an id").to_owned()
        };
        let issuer = create("/v1/issuers", &json!({"name": "Contract Asset Management", "country": "LU"}));
        let body = json!({"issuer_id": issuer, "name": "Contract Fund", "strategy": "equity", "domicile": "LU",
            "legal_form": "SICAV", "base_currency": "EUR", "launched_on": "2026-01-05"});
        let fund = create("/v1/funds", &body);
        let body = json!({"name": "A", "currency": "EUR", "min_first_subscription": "1", "min_further_subscription": "1",
            "fees": {"management_bps": 1}, "distribution_policy": "accumulating", "rule_sets": ["sanctions"],
            "launched_on": "2026-01-05"});
        let share_class = create(&format!("/v1/funds/{fund}/share-classes"), &body);
        Self { tenant, investor, issuer, fund, share_class, is_operator }
    }

    /// Where a body is looked at: what is to be changed has to be there first.
    fn path(&self, operation: &Operation) -> String {
        if operation.path.starts_with("/v1/investors/{id}") {
            return operation.fill(|_, _| self.investor.clone());
        }
        let is_change = operation.method == "PATCH" || operation.path.ends_with("/share-classes");
        if operation.path.starts_with("/v1/issuers/{id}") && is_change {
            return operation.fill(|_, _| self.issuer.clone());
        }
        if operation.path.starts_with("/v1/funds/{id}") && is_change {
            return operation.fill(|name, _| {
                if name == "class_id" { self.share_class.clone() } else { self.fund.clone() }
            });
        }
        operation.unknown_path()
    }
}

fn prepare_and_count(env: &Environment) -> (Caller, BTreeMap<String, i64>) {
    let caller = Caller::new(env);
    // The first requests of a tenant may write (a key is made, a job is queued): they are over before the count.
    for operation in env.operations().iter().filter(|operation| operation.method == "GET") {
        let _ = send(env, operation, &operation.unknown_path(), Some(&caller), Body::None);
    }
    std::thread::sleep(std::time::Duration::from_secs(6));
    (caller, rows(env))
}

/// Rows by table, without what comes and goes by itself.
fn rows(env: &Environment) -> BTreeMap<String, i64> {
    let mut admin = env.control().expect("started here").database().admin();
    let sql = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') \
        and not relispartition and relname not in ('job', 'periodic_task')";
    let tables: Vec<String> =
        admin.query(sql, &[]).expect("the tables").iter().map(|row| row.get(0)).collect();
    let mut count = |table: &String| -> i64 {
        admin.query_one(&format!("select count(*) from {table}"), &[]).expect("a count").get(0)
    };
    tables.iter().map(|table| (table.clone(), count(table))).collect()
}

fn try_everything(env: &Environment) {
    try_everything_as(env, &Caller::new(env));
}

fn try_everything_as(env: &Environment, caller: &Caller) {
    let operations = env.operations();
    assert!(operations.len() > 10, "{} operations", operations.len());
    let cases: [(&str, Case); 5] = [
        ("tokens", tokens),
        ("unknown ids", unknown_ids),
        ("queries", queries),
        ("broken bodies", broken_bodies),
        ("wrong fields", wrong_fields),
    ];
    let mut failed = Vec::new();
    let operators = ["/v1/auth/signing-keys", "/v1/ops/statistics"];
    let needs_operator =
        |operation: &Operation| operators.iter().any(|path| operation.path.starts_with(path));
    for operation in operations.iter().filter(|operation| caller.is_operator || !needs_operator(operation)) {
        for (what, case) in cases {
            // Every failure is reported, not the first alone; each has said its own line.
            if catch_unwind(AssertUnwindSafe(|| case(env, operation, caller))).is_err() {
                failed.push(format!("{}: {what}", operation.name()));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

type Case = fn(&Environment, &Operation, &Caller);

#[derive(Clone, Copy)]
enum Body<'a> {
    None,
    Json(&'a [u8]),
    Of(&'a str, &'a [u8]),
}

fn send(
    env: &Environment,
    operation: &Operation,
    path: &str,
    caller: Option<&Caller>,
    body: Body<'_>,
) -> Response {
    let webhook = operation.path.starts_with("/v1/webhooks/");
    let request: Request<'_> = match body {
        Body::Json(bytes) if webhook => signed_webhook(env, path, bytes),
        Body::Json(bytes) => env.request(&operation.method, path).body("application/json", bytes),
        Body::Of(kind, bytes) => env.request(&operation.method, path).body(kind, bytes),
        Body::None => env.request(&operation.method, path),
    };
    let request = match caller {
        Some(caller) if operation.is_guarded() => request.token(&caller.tenant),
        _ => request,
    };
    let request = match caller {
        // Whatever version there is: what is looked at here is the body.
        Some(_) if operation.method == "PATCH" => request.header("if-match", "*"),
        _ => request,
    };
    let response = request.send();
    assert!(response.status < 500, "{}", response.describe());
    response
}

/// A refusal: any 4xx that is a whole problem document, and none of those given.
#[track_caller]
fn assert_refused(response: &Response, but: &[u16]) {
    assert!(
        (400..500).contains(&response.status) && !but.contains(&response.status),
        "{}",
        response.describe()
    );
    let json = response.json();
    let (code, pointers) =
        (json["code"].as_str().unwrap_or_default(), fundrail_tests::problem_pointers(response));
    let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
    assert_problem(response, response.status, code, &pointers);
}

/// No token, and tokens that do not hold.
fn tokens(env: &Environment, operation: &Operation, caller: &Caller) {
    if !operation.is_guarded() {
        return;
    }
    let path = operation.unknown_path();
    let send = |token: Option<&str>| {
        let request = env.request(&operation.method, &path);
        let request =
            if operation.body_schema().is_some() { request.body("application/json", b"{}") } else { request };
        match token {
            Some(token) => request.header("authorization", token).send(),
            None => request.send(),
        }
    };
    assert_problem(&send(None), 401, "unauthenticated", &[]);
    let token = caller.tenant.access_token.as_str();
    let (head, signature) = token.rsplit_once('.').expect("a JWT");
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("Bearer {head}.{flipped}{}", signature.split_at(1).1);
    // {"alg":"none","typ":"JWT"}
    let payload = head.split_once('.').expect("a JWT").1;
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.");
    let cut = format!("Bearer {}", token.split_at(token.len() / 2).0);
    let long = format!("Bearer {}", "a".repeat(10_000));
    let key = format!("Bearer frk_dev_{}", "a".repeat(36));
    for bad in [forged.as_str(), &unsigned, &cut, &long, &key, "Bearer ", "Bearer", "Basic YTpi", token] {
        let response = send(Some(bad));
        assert_eq!(response.status, 401, "{} with {bad:.40}", response.describe());
        assert_problem(&response, 401, "unauthenticated", &[]);
    }
}

/// What nobody has, and what is no id at all.
fn unknown_ids(env: &Environment, operation: &Operation, caller: &Caller) {
    if operation.parameters("path").next().is_none() {
        return;
    }
    let body = || if operation.body_schema().is_some() { Body::Json(b"{}") } else { Body::None };
    let unknown = send(env, operation, &operation.unknown_path(), Some(caller), body());
    if operation.body_schema().is_none() && operation.is_guarded() {
        assert_problem(&unknown, 404, "not_found", &[]);
    } else {
        assert_refused(&unknown, &[401]);
    }
    for bad in ["not-an-id", "%00", "%ff", "..", "%27%20or%201=1--", &"9".repeat(300)] {
        let response = send(env, operation, &operation.fill(|_, _| bad.to_owned()), Some(caller), body());
        assert!((400..500).contains(&response.status), "{}", response.describe());
    }
}

fn queries(env: &Environment, operation: &Operation, caller: &Caller) {
    if operation.method != "GET" || operation.parameters("query").next().is_none() {
        return;
    }
    let path = operation.unknown_path();
    let try_query = |query: &str| send(env, operation, &format!("{path}?{query}"), Some(caller), Body::None);
    assert_problem(&try_query("no_such_parameter=1"), 422, "invalid_fields", &["/no_such_parameter"]);
    assert_problem(&try_query("a=%ff"), 400, "malformed_query", &[]);
    if operation.parameters("query").any(|parameter| parameter["name"] == "limit") {
        for bad in ["0", "101", "-1", "ten", "1.5", "99999999999999999999"] {
            assert_problem(&try_query(&format!("limit={bad}")), 422, "invalid_fields", &["/limit"]);
        }
        assert_problem(&try_query("limit=1&limit=2"), 422, "invalid_fields", &["/limit"]);
    }
    for parameter in operation.parameters("query") {
        let name = parameter["name"].as_str().expect("a name");
        let response = try_query(&format!("{name}=%00%01"));
        assert!(response.status < 500, "{}", response.describe());
    }
}

/// Bodies that are no JSON, or not of the right kind.
fn broken_bodies(env: &Environment, operation: &Operation, caller: &Caller) {
    if operation.body_schema().is_none() {
        return;
    }
    let path = caller.path(operation);
    let deep = "[".repeat(100_000);
    let broken: [&[u8]; 7] =
        [b"{", b"{\"a\":1,\"a\":2}", b"{} {}", b"\xff\xfe", b"nul", b"{\"a\":1e999}", deep.as_bytes()];
    for bytes in broken {
        let response = send(env, operation, &path, Some(caller), Body::Json(bytes));
        assert_problem(&response, 400, "malformed_json", &[]);
    }
    for bytes in [&b"null"[..], b"1", b"\"text\"", b"true"] {
        let response = send(env, operation, &path, Some(caller), Body::Json(bytes));
        assert_problem(&response, 422, "invalid_fields", &[""]);
    }
    let empty = send(env, operation, &path, Some(caller), Body::Json(b""));
    assert_refused(&empty, &[401, 403, 404]);
    let large = vec![b' '; 1024 * 1024 + 1];
    let response = send(env, operation, &path, Some(caller), Body::Of("application/json", &large));
    assert_problem(&response, 413, "payload_too_large", &[]);
    if !operation.path.starts_with("/v1/webhooks/") {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
            let response = send(env, operation, &path, Some(caller), Body::Of(kind, b"{}"));
            assert_problem(&response, 415, "unsupported_media_type", &[]);
        }
    }
}

/// Fields that are unknown, missing, or of a wrong type: all of them named at once.
fn wrong_fields(env: &Environment, operation: &Operation, caller: &Caller) {
    let Some(schema) = operation.body_schema() else { return };
    let Some(properties) = schema["properties"].as_object() else { return };
    let path = caller.path(operation);
    let try_body =
        |body: &Value| send(env, operation, &path, Some(caller), Body::Json(body.to_string().as_bytes()));
    let mut body = json!({ "no_such_field": 1 });
    for name in properties.keys() {
        body[name] = json!([[["wrong"]]]);
    }
    let response = try_body(&body);
    assert_eq!(response.status, 422, "{}", response.describe());
    let named = fundrail_tests::problem_pointers(&response);
    assert!(named.contains("/no_such_field"), "{}", response.describe());
    for name in properties.keys() {
        let prefix = format!("/{name}");
        let is_named =
            named.iter().any(|pointer| *pointer == prefix || pointer.starts_with(&format!("{prefix}/")));
        assert!(is_named, "{name} is not named: {}", response.describe());
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    if !required.is_empty() {
        let response = try_body(&json!({}));
        let named = fundrail_tests::problem_pointers(&response);
        for name in required.iter().filter_map(Value::as_str) {
            assert!(named.contains(&format!("/{name}")), "{name} is not named: {}", response.describe());
        }
    }
}
