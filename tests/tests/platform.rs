//! What every function stands on: transactions that end with their request, logs, and requests that are no HTTP.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use fundrail_tests::{
    Environment, Options, Value, assert_problem, bare, json, leaks, run_folder, shared, skip, wait_until,
};
use uuid::Uuid;

/// The component that traps, on one thread, so that the next request gets the connection of the last.
fn trapping(host_arguments: &[&str]) -> Option<Environment> {
    let mut arguments = vec!["--threads".to_owned(), "1".to_owned()];
    arguments.extend(host_arguments.iter().map(|argument| (*argument).to_owned()));
    let manifest = "tests/components/trap/spin.toml".into();
    let env = Environment::start(&Options { manifest, host_arguments: arguments, ..Options::default() });
    if env.is_none() {
        skip("it starts a component of its own");
    }
    env
}

/// How many rows a trapped request has left, after another one has committed on the same connection.
fn left_behind(env: &Environment, commit: &str) -> u64 {
    let tenant = Uuid::now_v7();
    let trap = env.post(&format!("/trap/{tenant}")).send();
    assert_eq!(trap.status, 500, "{}", trap.describe());
    // The host takes the connection back off the request's way.
    thread::sleep(Duration::from_millis(500));
    env.post(&format!("/trap/{tenant}/{commit}")).send().expect(204);
    let rows = env.get(&format!("/trap/{tenant}/rows")).send().expect(200);
    rows["rows"].as_u64().expect("a number")
}

#[test]
fn nothing_is_left_of_a_request_that_traps_within_a_transaction() {
    let Some(env) = trapping(&[]) else { return };
    assert_eq!(left_behind(&env, "commit"), 0);
    assert_eq!(left_behind(&env, "commit-unguarded"), 0, "the host has rolled back");
    let mut host = env.control().expect("started here").host();
    assert!(host.runs(), "a trap ends a request, not the host");
}

#[test]
fn nothing_is_left_of_a_trapped_request_even_when_the_host_does_not_roll_back() {
    let Some(env) = trapping(&["--no-rollback-on-return"]) else { return };
    assert_eq!(
        left_behind(&env, "commit-unguarded"),
        1,
        "without either rollback the row survives: the danger is real"
    );
    assert_eq!(left_behind(&env, "commit"), 0, "the platform rolls back on every checkout");
}

#[test]
fn a_constraint_that_nobody_expected_is_a_defect_of_ours_and_is_logged() {
    let Some(env) = trapping(&[]) else { return };
    let broken = env.post(&format!("/trap/{}/violation", Uuid::now_v7())).send();
    assert_problem(&broken, 500, "internal", &[]);
    assert!(!broken.text().contains("tenant_kind_known"), "{}", broken.describe());
    wait_until("the log names it", || {
        let lines = env.control().expect("started here").host().log_lines();
        lines.iter().any(|line| {
            line["level"] == "error"
                && line["context"].as_str().is_some_and(|text| text.contains("tenant_kind_known"))
        })
    });
}

#[test]
fn a_transaction_with_a_failure_that_was_passed_over_is_not_taken_for_committed() {
    let Some(env) = trapping(&[]) else { return };
    let tenant = Uuid::now_v7();
    assert_problem(&env.post(&format!("/trap/{tenant}/passed-over")).send(), 500, "internal", &[]);
    assert_eq!(env.get(&format!("/trap/{tenant}/rows")).send().expect(200)["rows"], 0);
}

#[test]
fn checking_out_a_connection_is_nothing_that_postgres_warns_of() {
    let Some(env) = Environment::start(&Options { own_postgres: true, ..Options::default() }) else {
        return skip("it reads the log of Postgres");
    };
    let tenant = env.institution();
    for _ in 0..20 {
        env.get("/v1/auth/users").token(&tenant).send().expect(200);
        env.get("/v1/investors").token(&tenant).send().expect(200);
    }
    let log = env.control().expect("started here").postgres().log();
    // Of what the migrations are warned of it is not to say anything.
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("transaction in progress")).collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
}

#[test]
fn what_a_component_writes_is_in_the_log_that_is_searched_for_secrets() {
    let Some(env) = trapping(&[]) else { return };
    let secret = format!("planted-{}", Uuid::new_v4().simple());
    env.post(&format!("/log/{secret}")).send().expect(204);
    wait_until("the line is in the log", || {
        env.control().expect("started here").host().log().contains(&secret)
    });
    let secrets = BTreeSet::from([secret]);
    let entries = std::fs::read_dir(run_folder()).expect("the folder of the run").flatten();
    let logs = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "log"));
    assert_eq!(logs.flat_map(|log| leaks(&log, &secrets)).count(), 1);
}

#[test]
fn every_answer_names_its_request_and_keeps_a_good_name_that_it_was_given() {
    let env = shared();
    let given = format!("req-{}", Uuid::new_v4().simple());
    let kept = env.get("/health").header("x-request-id", &given).send();
    assert_eq!(kept.header("x-request-id"), Some(given.as_str()));
    for bad in ["short", "has spaces in it", &"x".repeat(65)] {
        let made = env.get("/health").header("x-request-id", bad).send();
        assert!(
            made.header("x-request-id").is_some_and(|id| id.len() == 36 && id != bad),
            "{}",
            made.describe()
        );
    }
}

#[test]
fn an_unknown_route_and_a_wrong_method_are_problems() {
    let env = shared();
    for path in ["/v1/funds/a/b/c", "/v1/nonsense", "/v1/nonsense/7", "/v1", "/v1/", "/v1/openapi.xml"] {
        assert_problem(&env.get(path).send(), 404, "not_found", &[]);
    }
    let wrong = env.request("DELETE", "/v1/openapi.json").send();
    assert_problem(&wrong, 405, "method_not_allowed", &[]);
    assert_eq!(wrong.header("allow"), Some("GET, HEAD"));
}

#[test]
fn a_head_request_gets_the_headers_of_the_get_without_its_body() {
    let env = shared();
    let (get, head) = (env.get("/docs").send(), env.request("HEAD", "/docs").send());
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), get.header("etag"));
}

#[test]
fn health_says_how_long_postgres_and_redis_took() {
    let health = shared().get("/health").send().expect(200);
    assert_eq!(health["status"], "ok", "{health}");
    for service in ["postgres", "redis"] {
        assert_eq!(health[service]["status"], "ok", "{health}");
        assert!(
            health[service]["latency_ms"].as_f64().is_some_and(|ms| ms > 0.0 && ms < 5_000.0),
            "{health}"
        );
    }
}

#[test]
fn a_list_that_is_past_its_review_shows_with_the_dates_of_all_others() {
    let env = shared();
    let owner = env.institution();
    let path = "/v1/ops/list-reviews";
    assert_problem(&env.get(path).send(), 401, "unauthenticated", &[]);
    let wrong = env.get("/v1/ops/list-reviews?x=1").token(&owner).send();
    assert_problem(&wrong, 422, "invalid_fields", &["/x"]);
    let read = || env.get(path).token(&owner).send().expect(200);
    let of = |reviews: &Value, rule: &str| {
        let lists = reviews["lists"].as_array().expect("a list");
        lists.iter().find(|list| list["rule_id"] == rule).cloned().unwrap_or_default()
    };
    let fatf = of(&read(), "jurisdiction.enhanced_due_diligence");
    assert!(fatf["reviewed_on"].is_string() && fatf["next_review_on"].is_string(), "{fatf}");
    let Some(control) = env.control() else { return skip("it writes a rule") };
    let rule = format!("test.{}", uuid::Uuid::new_v4().simple());
    let sql = format!(
        "insert into compliance_rule (id, version, source, applies_to, predicate, params, effective_from, evidence, on_fail, message)
         values ('{rule}', 1, 'a test', '{{subscribe}}', 'kyc_current', '{{}}', now() - interval '1 day', '{{}}', 'deny', 'a test')"
    );
    control.database().admin().batch_execute(&sql).expect("a rule");
    let review = |reviewed: i32, next: i32| {
        let sql = format!(
            "insert into compliance_rule_review (rule_id, rule_version, reviewed_on, next_review_on, source)
             values ('{rule}', 1, current_date - {reviewed}, current_date - {next}, 'a test')"
        );
        control.database().admin().batch_execute(&sql).expect("a review");
    };
    review(100, 1);
    let overdue = read();
    assert_eq!(of(&overdue, &rule)["overdue"], true);
    assert!(overdue["overdue"].as_u64() >= Some(1), "{overdue}");
    review(0, 0);
    assert_eq!(of(&read(), &rule)["overdue"], false, "the last day is not past");
}

#[test]
fn job_statistics_of_all_tenants_are_for_operators_alone() {
    let env = shared();
    let statistics = |token: &str| env.get("/v1/ops/statistics").token(token).send();
    assert_problem(&env.get("/v1/ops/statistics").send(), 401, "unauthenticated", &[]);
    let owner = env.institution();
    assert_problem(&statistics(&owner.access_token), 403, "forbidden", &[]);
    assert_problem(&statistics(&env.issuer().access_token), 403, "forbidden", &[]);
    let body = json!({"name": "monitor", "scopes": ["ops:read"]});
    let key = env.post("/v1/auth/api-keys").token(&owner).json(&body).send().expect(201);
    let key = key["key"].as_str().expect("a key").to_owned();
    assert_problem(&statistics(&key), 403, "forbidden", &[]);
    let body = json!({"name": "monitor", "scopes": ["installation:read"]});
    let asked = env.post("/v1/auth/api-keys").token(&owner).json(&body).send();
    assert_problem(&asked, 422, "invalid_fields", &["/scopes/0"]);
    let Some(operator) = env.operator(&owner) else { return skip("it makes somebody an operator") };
    let found = statistics(&operator.access_token).expect(200);
    assert!(found["jobs"].is_array(), "{found}");
}

#[test]
fn no_role_that_a_tenant_can_give_reaches_beyond_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("it looks into the database") };
    let mut admin = control.database().admin();
    let sql = "select p.name from permission p where p.of_installation order by 1";
    let names: Vec<String> =
        admin.query(sql, &[]).expect("permissions").iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["installation:read", "secrets:rotate"]);
    for permission in names {
        let mut transaction = admin.transaction().expect("a transaction");
        let give = "insert into role_permission (role, permission) values ('owner', $1)";
        let refused = transaction.execute(give, &[&permission]).expect_err("given to every owner");
        let constraint = refused.as_db_error().and_then(|error| error.constraint().map(str::to_owned));
        assert_eq!(constraint.as_deref(), Some("role_permission_within_tenant"), "{permission}");
    }
}

#[test]
fn requests_that_are_no_http_do_not_harm_those_that_are() {
    let env = shared();
    let base = env.client().base();
    let long = format!("GET /health HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(1 << 20));
    let patience = Duration::from_secs(2);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"em",
        long.as_bytes(),
    ] {
        // Whatever the answer is, and whether there is one: a refused request may be cut off.
        let _ = bare(base, bytes, patience);
        assert_eq!(env.get("/health").send().status, 200);
    }
}

#[test]
fn a_body_that_is_announced_larger_than_memory_is_refused_at_once() {
    let env = shared();
    for length in ["2000000", "99999999999", "9999999999999999"] {
        let head = format!(
            "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let answer = bare(env.client().base(), head.as_bytes(), Duration::from_secs(20)).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{length}: {answer}");
    }
}

#[test]
fn a_body_that_is_wrong_all_over_is_not_answered_by_a_larger_one() {
    let env = shared();
    let fields: serde_json::Map<String, Value> =
        (0..20_000).map(|number| (format!("unknown-{number}"), Value::Null)).collect();
    let answer = env.post("/v1/auth/login").json(&Value::Object(fields)).send();
    assert_eq!(answer.expect(422)["errors"].as_array().expect("errors").len(), 100);
    let query: Vec<String> = (0..500).map(|number| format!("unknown{number}=1")).collect();
    let answer = env.get(&format!("/v1/funds?{}", query.join("&"))).token(env.institution()).send();
    assert_eq!(answer.expect(422)["errors"].as_array().expect("errors").len(), 100);
}

/// A preflight of a page of an origin for a request that it would make.
fn preflight(env: &Environment, path: &str, origin: &str, method: &str) -> fundrail_tests::Response {
    env.request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .send()
}

#[test]
fn pages_of_the_origins_that_are_named_may_call_and_no_others() {
    let (ours, local) = ("https://app.example.com", "http://localhost:5173");
    let variables = vec![("cors_origins", format!("{ours},{local}"))];
    let Some(env) = Environment::start(&Options { variables, ..Options::default() }) else {
        return skip("it names origins");
    };
    for origin in [ours, local] {
        let allowed = preflight(&env, "/v1/auth/api-keys", origin, "POST");
        assert_eq!((allowed.status, allowed.body.len()), (204, 0), "{}", allowed.describe());
        assert_eq!(allowed.header("access-control-allow-origin"), Some(origin));
        let methods = allowed.header("access-control-allow-methods").expect("methods");
        for method in ["GET", "POST"] {
            assert!(methods.split(", ").any(|allowed| allowed == method), "{methods}");
        }
        let headers = allowed.header("access-control-allow-headers").expect("headers");
        for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
            assert!(headers.split(", ").any(|allowed| allowed == name), "{headers}");
        }
        assert!(allowed.header("vary").is_some_and(|vary| vary.contains("origin")));
        assert_eq!(allowed.header("access-control-allow-credentials"), None);
    }
    let tenant = env.institution();
    let read = env.get("/v1/auth/me").token(&tenant).header("origin", ours).send();
    assert_eq!((read.status, read.header("access-control-allow-origin")), (200, Some(ours)));
    let exposed = read.header("access-control-expose-headers").expect("headers").to_owned();
    for name in ["etag", "ratelimit", "retry-after", "x-request-id", "www-authenticate"] {
        assert!(exposed.split(", ").any(|one| one == name), "{exposed}");
    }
    let refused = env.get("/v1/auth/me").header("origin", ours).send();
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some(ours)));
    let foreign = [
        "https://app.example.com.evil.example",
        "https://APP.example.com",
        "http://app.example.com",
        "null",
        "*",
    ];
    for origin in foreign {
        assert_eq!(preflight(&env, "/v1/auth/me", origin, "GET").status, 405, "{origin}");
        let read = env.get("/v1/auth/me").token(&tenant).header("origin", origin).send();
        assert_eq!((read.status, read.header("access-control-allow-origin")), (200, None), "{origin}");
        assert!(read.header("vary").is_some_and(|vary| vary.contains("origin")), "a cache keeps them apart");
    }
    assert_eq!(preflight(&env, "/v1/auth/no-such-thing", ours, "GET").status, 404);
    let plain = env.request("OPTIONS", "/v1/auth/me").header("origin", ours).send();
    assert_eq!(plain.status, 405, "no preflight");
    assert_eq!(preflight(shared(), "/v1/auth/me", ours, "GET").status, 405, "where no origin is named");
}

/// The head of a request whose body has `length` bytes, of which nothing is sent yet.
fn head(line: &str, token: &str, length: usize) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    )
}

/// Sends the head and the beginning of a body, has something happen, and sends the rest; the answer.
fn send_in_two(
    env: &Environment,
    token: &str,
    (line, body): (&str, &str),
    meanwhile: impl FnOnce(),
) -> String {
    let address = env.client().base().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a patience");
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(head(line, token, body.len()).as_bytes()).expect("the head is sent");
    stream.write_all(first.as_bytes()).expect("half of the body is sent");
    thread::sleep(Duration::from_millis(200));
    meanwhile();
    stream.write_all(rest.as_bytes()).expect("the rest is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn who_is_signed_out_while_their_body_comes_is_not_let_in() {
    let env = shared();
    let owner = env.institution();
    let small = json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU"}).to_string();
    // More than a host takes in before it hands a request on.
    let large = format!("{small}{}", " ".repeat(200_000));
    let answer = send_in_two(env, owner.as_ref(), ("POST /v1/investors", &large), || ());
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    for body in [small, large] {
        let owner = env.institution();
        let answer = send_in_two(env, owner.as_ref(), ("POST /v1/investors", &body), || {
            env.post("/v1/auth/logout").token(&owner).send().expect(204);
        });
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
}

#[test]
fn a_body_that_never_comes_is_not_waited_for() {
    let env = shared();
    let owner = env.institution();
    // The second is more than a host takes in before it hands a request on.
    for (line, length) in [("POST /v1/auth/login", 10), ("POST /v1/investors", 200_000)] {
        let head = head(line, owner.as_ref(), length) + "{";
        let answer = bare(env.client().base(), head.as_bytes(), Duration::from_secs(15)).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{line}: {answer}");
    }
}

#[test]
fn who_is_refused_while_sending_nothing_is_answered_at_once() {
    let env = shared();
    for (line, status) in
        [("PUT /v1/auth/login", 405), ("POST /v1/funds/a/b/c", 404), ("POST /v1/investors", 401)]
    {
        let head = head(line, "nonsense", 200_000).replace("connection: close\r\n", "");
        let began = std::time::Instant::now();
        let address = env.client().base().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(head.as_bytes()).expect("it is sent");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a patience");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {status}"), "{line}");
        assert!(began.elapsed() < Duration::from_secs(4), "{line}: not after waiting for what does not come");
    }
}

#[test]
fn a_compressed_body_is_said_not_to_be_read() {
    let env = shared();
    let owner = env.institution();
    // `{}` by gzip.
    let gzip = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0];
    for path in ["/v1/auth/login", "/v1/investors", "/v1/webhooks/chain/standard"] {
        for coding in ["gzip", "br", "identity, deflate", "GZIP"] {
            let request = env.post(path).token(&owner).header("content-encoding", coding);
            let refused = request.body("application/json", &gzip).send();
            assert_problem(&refused, 415, "unsupported_media_type", &[]);
            assert_eq!(refused.header("accept-encoding"), Some("identity"));
        }
        // No header says so.
        let unsaid = env.post(path).token(&owner).body("application/json", &gzip).send();
        assert_problem(&unsaid, 415, "unsupported_media_type", &[]);
        assert_eq!(unsaid.header("accept-encoding"), Some("identity"));
    }
    let body = br#"{"kind": "natural", "name": "Ada Lovelace", "residence": "LU"}"#;
    let plain = env.post("/v1/investors").token(&owner).header("content-encoding", "identity");
    plain.body("application/json", body).send().expect(201);
}

#[test]
fn a_conditional_header_may_stand_on_several_lines() {
    let env = shared();
    let owner = env.institution();
    let body = json!({"kind": "natural", "name": "Ada Lovelace", "residence": "LU"});
    let made = env.post("/v1/investors").token(&owner).json(&body).send();
    let path = made.header("location").expect("a Location").to_owned();
    let etag = made.header("etag").expect("an ETag").to_owned();
    let (etag, weak) = (etag.as_str(), format!("W/{etag}"));
    for lines in [["\"other\"", etag], [etag, "\"other\""], ["\"a, b\"", weak.as_str()]] {
        let read = env.get(&path).token(&owner);
        let read = read.header("if-none-match", lines[0]).header("if-none-match", lines[1]).send();
        assert_eq!((read.status, read.body.len()), (304, 0), "{lines:?}");
    }
    let change = |lines: [&str; 2]| {
        let change = env.patch(&path).token(&owner).json(&json!({"name": "Ada King"}));
        change.header("if-match", lines[0]).header("if-match", lines[1]).send()
    };
    assert_problem(&change(["\"other\"", weak.as_str()]), 412, "precondition_failed", &[]);
    change(["\"other\"", etag]).expect(200);
}

#[test]
fn who_shows_a_token_that_does_not_hold_is_told_so_and_who_shows_none_is_not() {
    let env = shared();
    let challenge = |authorization: Option<&str>| {
        let mut request = env.get("/v1/auth/me");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let refused = request.send();
        assert_problem(&refused, 401, "unauthenticated", &[]);
        refused.header("www-authenticate").expect("a challenge").to_owned()
    };
    for none in [None, Some("Basic YTpi"), Some("nonsense")] {
        assert_eq!(challenge(none), "Bearer", "{none:?}");
    }
    for wrong in ["Bearer nonsense", "bearer frk_dev_nonsense", "Bearer a.b.c"] {
        let challenge = challenge(Some(wrong));
        assert!(
            challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""),
            "{challenge}"
        );
    }
    // RFC 6750, 3.1: a good token that does not reach is told what is missing, where that is a scope.
    let owner = env.institution();
    let refused = env.get("/v1/ops/statistics").token(&owner).send();
    assert_problem(&refused, 403, "forbidden", &[]);
    let challenge = refused.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.ends_with("scope=\"installation:read\""), "{challenge}");
    // Where no token is asked for, none is wrong.
    let body = json!({"email": "nobody@example.com", "password": "not a password"});
    let login = env.post("/v1/auth/login").header("authorization", "Bearer nonsense").json(&body).send();
    assert_eq!((login.status, login.header("www-authenticate")), (401, Some("Bearer")));
}
