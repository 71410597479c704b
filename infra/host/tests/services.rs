//! What components reach through the host: Redis, Postgres, key-value stores, HTTP, variables, files.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails should say so where it does"
)]

mod support;

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use serde_json::{Value, json};
use support::{Host, Setup, address, service, sql, web_manifest};

/// A host whose component may connect to Redis and Postgres.
fn host(redis: &str, postgres: &str, arguments: &[&str]) -> Host {
    let allowed = [
        if redis.is_empty() { String::new() } else { address(redis, "redis", 6379) },
        if postgres.is_empty() { String::new() } else { address(postgres, "postgres", 5432) },
    ];
    let allowed: Vec<_> = allowed.into_iter().filter(|entry| !entry.is_empty()).collect();
    let more =
        format!("allowed_outbound_hosts = {}\nkey_value_stores = [\"default\", \"other\"]", json!(allowed));
    let mut setup = Setup::new(web_manifest(&more));
    if !redis.is_empty() {
        setup = setup.variable("redis_url", redis);
    }
    arguments.iter().fold(setup, |setup, argument| setup.argument(argument)).start()
}

#[test]
fn redis_commands_answer_as_in_spin() {
    let Some(redis) = service("REDIS_URL") else { return };
    let host = host(&redis, "", &[]);
    let key = format!("host-test:{}", host.id());
    let commands = json!([
        ["SET", key, "value"],
        ["GET", key],
        ["GET", "host-test:missing"],
        ["INCRBY", key, 1],
        ["EVAL", "return {1, 'two', {3, 'four'}, false}", 0],
        ["EVALSHA", "0000000000000000000000000000000000000000", 0],
        ["NONSENSE"],
        ["LPUSH", key, "x"],
        ["DEL", key],
    ]);
    let answers = host.post("/do/redis", &json!({ "address": redis, "commands": commands })).json();
    assert_eq!(answers[0], json!([{ "status": "OK" }]));
    assert_eq!(answers[1], json!(["value"]));
    assert_eq!(answers[2], json!([null]));
    let error = |index: usize| answers[index]["error"].as_str().unwrap().to_owned();
    assert!(
        error(3).contains("An error was signalled by the server - ResponseError: value is not an integer")
    );
    assert_eq!(answers[4], json!([1, "two", 3, "four", null]));
    assert!(error(5).contains("An error was signalled by the server - NoScriptError: "), "{}", error(5));
    assert!(error(6).contains("ResponseError: unknown command"), "{}", error(6));
    assert!(error(7).contains("WRONGTYPE: Operation against a key"), "{}", error(7));
    assert_eq!(answers[8], json!([1]));
}

#[test]
fn commands_that_change_a_connection_stay_with_their_handle() {
    let Some(redis) = service("REDIS_URL") else { return };
    let host = host(&redis, "", &["--threads", "1"]);
    let key = format!("host-test:{}:multi", host.id());
    let run =
        |commands: Value| host.post("/do/redis", &json!({ "address": redis, "commands": commands })).json();
    let queued = run(json!([["MULTI"], ["SET", key, "1"]]));
    assert_eq!(queued[1], json!([{ "status": "QUEUED" }]));
    // The transaction was never executed, and its connection is nobody else's.
    assert_eq!(run(json!([["GET", key]])), json!([[null]]));
    let done = run(json!([["MULTI"], ["SET", key, "2"], ["GET", key], ["EXEC"], ["DEL", key]]));
    assert_eq!(done[3], json!([{ "status": "OK" }, "2"]));
    assert_eq!(run(json!([["BLPOP", "host-test:nothing", "0.1"]])), json!([[null]]));
}

#[test]
fn a_redis_that_is_not_allowed_or_not_there_is_an_error() {
    let host = host("redis://127.0.0.1:1", "", &[]);
    let open = |address: &str| {
        let response = host.post("/do/redis", &json!({ "address": address, "commands": [] }));
        response.json()["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(open("redis://127.0.0.1:2"), "Error::InvalidAddress");
    assert_eq!(open("redis://example.com:1"), "Error::InvalidAddress");
    assert!(open("redis://127.0.0.1:1").contains("Connection refused"));
}

#[test]
fn key_value_stores_keep_and_are_kept_apart() {
    let Some(redis) = service("REDIS_URL") else { return };
    let host = host(&redis, "", &[]);
    let access = |access: Value| host.post("/do/key-value", &access).json();
    let key = format!("key-{}", host.id());
    let set = access(json!({ "label": "default", "set": [key, "value"], "get": key }));
    assert_eq!(set["found"], json!({ "exists": true, "value": "value" }));
    assert!(set["keys"].as_array().unwrap().contains(&json!(key)));
    let other = access(json!({ "label": "other", "get": key }));
    assert_eq!(other["found"], json!({ "exists": false, "value": null }));
    assert!(!other["keys"].as_array().unwrap().contains(&json!(key)));
    let deleted = access(json!({ "label": "default", "delete": key }));
    assert!(!deleted["keys"].as_array().unwrap().contains(&json!(key)));
    assert_eq!(access(json!({ "label": "unknown" })), json!({ "error": "Error::AccessDenied" }));
}

/// Runs statements on one connection.
fn run(host: &Host, postgres: &str, statements: &[Value]) -> Value {
    host.post("/do/postgres", &json!({ "address": postgres, "statements": statements })).json()
}

#[test]
fn postgres_types_arrive_as_in_spin() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &[]);
    let cases = [
        ("true", "Boolean", "DbValue::Boolean(true)"),
        ("1::int2", "Int16", "DbValue::Int16(1)"),
        ("1::int4", "Int32", "DbValue::Int32(1)"),
        ("1::int8", "Int64", "DbValue::Int64(1)"),
        ("1.5::float4", "Floating32", "DbValue::Floating32(1.5)"),
        ("1.5::float8", "Floating64", "DbValue::Floating64(1.5)"),
        ("'a'::text", "Str", "DbValue::Str(\"a\")"),
        ("'a'::varchar", "Str", "DbValue::Str(\"a\")"),
        ("'a'::char(2)", "Str", "DbValue::Str(\"a \")"),
        ("'\\x01'::bytea", "Binary", "DbValue::Binary([1])"),
        ("'2026-01-02'::date", "Date", "DbValue::Date((2026, 1, 2))"),
        ("'01:02:03.000004'::time", "Time", "DbValue::Time((1, 2, 3, 4000))"),
        ("'2026-01-02 03:04:05'::timestamp", "Datetime", "DbValue::Datetime((2026, 1, 2, 3, 4, 5, 0))"),
        (
            "'0191e9f0-0000-7000-8000-000000000001'::uuid",
            "Uuid",
            "DbValue::Uuid(\"0191e9f0-0000-7000-8000-000000000001\")",
        ),
        ("'1.10'::numeric", "Decimal", "DbValue::Decimal(\"1.10\")"),
        ("'{1,null}'::int4[]", "ArrayInt32", "DbValue::ArrayInt32([Some(1), None])"),
        ("'{a,null}'::text[]", "ArrayStr", "DbValue::ArrayStr([Some(\"a\"), None])"),
        ("'{1.0}'::numeric[]", "ArrayDecimal", "DbValue::ArrayDecimal([Some(\"1.0\")])"),
        ("null::int4", "Int32", "DbValue::DbNull"),
    ];
    for (value, kind, expected) in cases {
        let answers = run(&host, &postgres, &[sql(&format!("select {value} as x"), &json!([]))]);
        assert_eq!(
            answers[0]["columns"],
            json!([["x", format!("DbDataType::{kind}")]]),
            "{value}: {answers}"
        );
        assert_eq!(answers[0]["rows"], json!([[expected]]), "{value}");
    }
    let answers = run(
        &host,
        &postgres,
        &[
            sql("select '10.0.0.1'::inet as x", &json!([])),
            sql("select '{\"a\": 1.0000000000000000000001}'::jsonb as x", &json!([])),
            sql("select now() as x", &json!([])),
            sql("select 'NaN'::numeric as x", &json!([])),
            sql("select 1 as x where false", &json!([])),
            sql("select '[1,5)'::int4range as x, interval '1 month 2 days' as y", &json!([])),
        ],
    );
    assert_eq!(answers[0]["columns"][0][1], "DbDataType::Other(\"inet\")");
    assert!(answers[0]["rows"][0][0].as_str().unwrap().starts_with("DbValue::Unsupported("));
    assert!(answers[1]["rows"][0][0].as_str().unwrap().contains("Jsonb"));
    for refused in [2, 3] {
        assert_eq!(answers[refused]["kind"], "text", "{answers}");
        assert!(
            answers[refused]["text"]
                .as_str()
                .unwrap()
                .starts_with("error deserializing column 0\n\nCaused by:\n    "),
            "{answers}"
        );
    }
    assert_eq!(answers[4], json!({ "columns": [], "rows": [] }));
    assert!(answers[5]["rows"][0][0].as_str().unwrap().contains("RangeInt32((Some((1, "));
}

#[test]
fn postgres_parameters_bind_and_fail_as_in_spin() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &[]);
    let id = "0191e9f0-0000-7000-8000-000000000001";
    let good = [
        ("$1::bool", json!({ "boolean": true })),
        ("$1::int2", json!({ "int16": 2 })),
        ("$1::int4", json!({ "int32": 2 })),
        ("$1::int8", json!({ "int64": 2 })),
        ("$1::float8", json!({ "floating64": 2.5 })),
        ("$1::text", json!({ "str": "x" })),
        ("$1::text::uuid", json!({ "str": id })),
        ("$1::uuid", json!({ "uuid": id })),
        ("$1::bytea", json!({ "binary": [1, 2] })),
        ("$1::date", json!({ "date": [2026, 1, 2] })),
        ("$1::time", json!({ "time": [1, 2, 3, 0] })),
        ("$1::timestamp", json!({ "datetime": [2026, 1, 2, 3, 4, 5, 0] })),
        ("($1::timestamptz)::text", json!({ "timestamp": 0 })),
        ("$1::jsonb", json!({ "jsonb": "{\"a\":[1]}" })),
        ("$1::numeric", json!({ "decimal": "1.50" })),
        ("$1::int4[]", json!({ "array_int32": [1, null] })),
        ("$1::text[]", json!({ "array_str": ["a", null] })),
        ("$1::int4", json!("null")),
    ];
    for (expression, parameter) in good {
        let answers =
            run(&host, &postgres, &[sql(&format!("select {expression} as x"), &json!([parameter]))]);
        assert_eq!(answers[0]["rows"].as_array().map(Vec::len), Some(1), "{expression}: {answers}");
    }
    let wrong = [
        ("$1::uuid", json!({ "str": id })),
        ("$1::jsonb", json!({ "str": "{}" })),
        ("$1::int8", json!({ "int32": 1 })),
        ("$1::int4", json!({ "int64": 1 })),
        ("$1::timestamptz", json!({ "datetime": [2026, 1, 2, 3, 4, 5, 0] })),
    ];
    for (expression, parameter) in wrong {
        let answers =
            run(&host, &postgres, &[sql(&format!("select ({expression})::text as x"), &json!([parameter]))]);
        let text = answers[0]["text"].as_str().unwrap_or_default();
        assert!(answers[0]["kind"] == "text" && text.contains("ToSql(0)"), "{expression}: {answers}");
    }
    let answers = run(
        &host,
        &postgres,
        &[
            sql("select $1::uuid", &json!([{ "uuid": "nonsense" }])),
            sql("select $1::numeric", &json!([{ "decimal": "NaN" }])),
            sql("select 1; select 2", &json!([])),
        ],
    );
    assert!(
        answers[0]["text"].as_str().unwrap().contains("BadParameter(\"invalid UUID nonsense"),
        "{answers}"
    );
    assert!(answers[1]["text"].as_str().unwrap().contains("BadParameter"), "{answers}");
    assert_eq!(answers[2]["code"], "42601", "{answers}");
}

#[test]
fn database_errors_are_structured() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &[]);
    let answers = run(
        &host,
        &postgres,
        &[
            sql("create temporary table t (id int constraint t_small check (id < 10))", &json!([])),
            sql("insert into t values (11)", &json!([])),
            json!({ "sql": "insert into t select generate_series(1, 3)", "execute": true }),
        ],
    );
    assert_eq!(answers[1]["code"], "23514", "{answers}");
    assert_eq!(answers[1]["severity"], "ERROR");
    assert!(answers[1]["detail"].as_str().unwrap().contains("Failing row"));
    assert!(
        answers[1]["extras"].as_array().unwrap().contains(&json!(["constraint", "t_small"])),
        "{answers}"
    );
    assert_eq!(answers[2], json!({ "changed": 3 }));
}

#[test]
fn many_rows_stream_through() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &[]);
    let answers = run(
        &host,
        &postgres,
        &[
            sql("select i, repeat('x', 100) from generate_series(1, 5000) i", &json!([])),
            sql("select 10 / (3000 - i) from generate_series(1, 5000) i", &json!([])),
        ],
    );
    assert_eq!(answers[0]["rows"].as_array().unwrap().len(), 5000);
    assert_eq!(answers[1]["code"], "22012", "an error behind the first rows must not be lost");
}

#[test]
fn a_connection_comes_back_clean() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &["--threads", "1"]);
    let table = format!("host_test_{}", host.id());
    run(&host, &postgres, &[sql(&format!("create table {table} (id int)"), &json!([]))]);
    let insert = sql(&format!("insert into {table} values (1)"), &json!([]));
    let trap = json!({ "address": postgres, "trap": true, "statements": [sql("begin", &json!([])), insert] });
    assert_eq!(host.post("/do/postgres", &trap).status, 500);
    run(&host, &postgres, &[sql("select set_config('app.tenant_id', 'one', false)", &json!([]))]);
    let later = run(
        &host,
        &postgres,
        &[
            sql("commit", &json!([])),
            sql(&format!("select count(*) from {table}"), &json!([])),
            sql("select current_setting('app.tenant_id', true)", &json!([])),
            sql(&format!("drop table {table}"), &json!([])),
        ],
    );
    assert_eq!(later[1]["rows"], json!([["DbValue::Int64(0)"]]), "{later}");
    assert_ne!(later[2]["rows"], json!([["DbValue::Str(\"one\")"]]), "{later}");
}

#[test]
fn without_the_rollback_a_transaction_stays_open_as_in_stock_spin() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &["--threads", "1", "--no-rollback-on-return"]);
    let table = format!("host_test_{}", host.id());
    run(&host, &postgres, &[sql(&format!("create table {table} (id int)"), &json!([]))]);
    let insert = sql(&format!("insert into {table} values (1)"), &json!([]));
    let trap = json!({ "address": postgres, "trap": true, "statements": [sql("begin", &json!([])), insert] });
    assert_eq!(host.post("/do/postgres", &trap).status, 500);
    thread::sleep(std::time::Duration::from_millis(200));
    let later = run(
        &host,
        &postgres,
        &[
            sql("commit", &json!([])),
            sql(&format!("select count(*) from {table}"), &json!([])),
            sql(&format!("drop table {table}"), &json!([])),
        ],
    );
    assert_eq!(later[1]["rows"], json!([["DbValue::Int64(1)"]]), "{later}");
}

#[test]
fn statements_are_prepared_again_when_the_schema_changed() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &["--threads", "1"]);
    let table = format!("host_test_schema_{}", host.id());
    let select = || sql(&format!("select * from {table}"), &json!([]));
    let answers = run(
        &host,
        &postgres,
        &[
            sql(&format!("create table {table} (a int)"), &json!([])),
            sql(&format!("insert into {table} values (1)"), &json!([])),
            select(),
            sql(&format!("alter table {table} add b text default 'new'"), &json!([])),
            select(),
            sql("deallocate all", &json!([])),
            select(),
            sql(&format!("drop table {table}"), &json!([])),
        ],
    );
    assert_eq!(answers[2]["rows"].as_array().unwrap()[0].as_array().unwrap().len(), 1, "{answers}");
    assert_eq!(answers[4]["rows"].as_array().unwrap()[0].as_array().unwrap().len(), 2, "{answers}");
    assert_eq!(answers[6]["rows"].as_array().unwrap()[0].as_array().unwrap().len(), 2, "{answers}");
}

#[test]
fn more_requests_than_connections_are_all_answered() {
    let Some(postgres) = service("DATABASE_URL") else { return };
    let host = host("", &postgres, &[]);
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let answers = run(&host, &postgres, &[sql("select pg_sleep(0.05)::text", &json!([]))]);
                assert!(answers[0]["rows"].is_array(), "{answers}");
            });
        }
    });
}

#[test]
fn a_database_that_is_not_allowed_or_not_there_is_an_error() {
    let host = host("", "postgres://127.0.0.1:1", &[]);
    let open = |address: &str| run(&host, address, &[])["error"].as_str().unwrap().to_owned();
    let refused = open("postgres://127.0.0.1:2/x");
    assert!(
        refused.contains("ConnectionFailed(\"address postgres://127.0.0.1:2 is not permitted\")"),
        "{refused}"
    );
    assert!(open("postgres://127.0.0.1:1/x").contains("Connection refused"));
    assert!(open("host=/tmp").contains("Unix sockets are not supported on WebAssembly"));
    assert!(open("nonsense").contains("ConnectionFailed"));
}

/// A server that answers every request with `ok` until dropped.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
                }
            });
        }
    });
    port
}

#[test]
fn requests_to_the_outside_need_permission() {
    let port = server();
    let more = format!(
        "allowed_outbound_hosts = [\"http://127.0.0.1:{port}\", \"http://127.0.0.1:1\", \"http://self\", \
         \"http://hidden.spin.internal\"]"
    );
    let host = Setup::new(web_manifest(&more)).start();
    let get = |url: &str| host.get(&format!("/do/get?{url}")).json();
    for _ in 0..3 {
        assert_eq!(get(&format!("http://127.0.0.1:{port}/")), json!({ "status": 200, "body": "ok" }));
    }
    assert!(
        get(&format!("http://localhost:{port}/"))["error"].as_str().unwrap().contains("HttpRequestDenied")
    );
    assert!(get("http://127.0.0.1:1/")["error"].as_str().unwrap().contains("ConnectionRefused"));
    let own = get("http://self.alt/static");
    assert_eq!(own, json!({ "status": 418, "body": "short and stout" }));
    let hidden = get("http://hidden.spin.internal/a/b");
    assert_eq!(hidden["status"], 200, "{hidden}");
    assert!(hidden["body"].as_str().unwrap().contains("\"spin-path-info\",\"/a/b\""), "{hidden}");
}

#[test]
fn variables_environment_and_files_are_those_of_the_manifest() {
    let more = "variables = { text = \"{{ greeting }}, world\" }\nenvironment = { NAME = \"value\" }\n\
                files = [\"assets/**/*.txt\", { source = \"assets\", destination = \"/data\" }]\n\
                exclude_files = [\"assets/secret.txt\"]";
    let setup = Setup::new(web_manifest(more)).variable("greeting", "goodbye");
    std::fs::create_dir_all(setup.folder.join("assets/deep")).unwrap();
    std::fs::write(setup.folder.join("assets/deep/a.txt"), "content").unwrap();
    std::fs::write(setup.folder.join("assets/secret.txt"), "secret").unwrap();
    let host = setup.start();
    assert_eq!(host.get("/do/variable?text").json(), "goodbye, world");
    assert!(host.get("/do/variable?missing").json()["error"].as_str().unwrap().contains("Undefined"));
    assert!(host.get("/do/variable?Wrong").json()["error"].as_str().unwrap().contains("InvalidName"));
    assert_eq!(host.get("/do/environment").json(), json!([["NAME", "value"]]));
    assert_eq!(host.get("/do/file?/assets/deep/a.txt").json(), "content");
    assert_eq!(host.get("/do/file?/data/deep/a.txt").json(), "content");
    assert_eq!(host.get("/do/file?/assets/secret.txt").status, 502);
    assert_eq!(host.get("/do/file?/data/../../../etc/passwd").status, 502);
    assert_eq!(host.get("/do/write?/data/new").status, 502);
}

#[test]
fn what_a_component_prints_is_json_lines_with_its_id() {
    let mut host = Setup::new(web_manifest("")).start();
    assert_eq!(host.get("/do/print").status, 200);
    let plain = host.line("plain line", |line| line["message"] == "a plain line");
    assert_eq!((&plain["component"], &plain["stream"]), (&json!("web"), &json!("stdout")));
    let own = host.line("the component's object", |line| line["event"] == "from_the_guest");
    assert_eq!(own, json!({ "component": "web", "event": "from_the_guest", "number": 1 }));
    host.line("line of stderr", |line| line["stream"] == "stderr" && line["message"] == "a line of stderr");
}

#[test]
fn a_server_that_hung_up_is_connected_to_again() {
    let (Some(redis), Some(postgres)) = (service("REDIS_URL"), service("DATABASE_URL")) else { return };
    let relay = Relay::start(&redis);
    let through = relay.url(&redis);
    let host = host(&through, &postgres, &["--threads", "1"]);
    let ping = || host.post("/do/redis", &json!({ "address": through, "commands": [["PING"]] })).json();
    let answer = json!([[{ "status": "PONG" }]]);
    assert_eq!(ping(), answer);
    relay.hang_up();
    thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(ping(), answer, "a connection that is known to be gone must not be used");

    let select =
        || run(&host, &postgres, &[sql("select pg_backend_pid()", &json!([]))])[0]["rows"][0][0].clone();
    let before = select();
    let pid = before.as_str().unwrap().trim_start_matches("DbValue::Int32(").trim_end_matches(')').to_owned();
    run(&host, &postgres, &[sql(&format!("select pg_terminate_backend({pid})::text"), &json!([]))]);
    thread::sleep(std::time::Duration::from_millis(200));
    let after = select();
    assert!(after.is_string() && after != before, "{after}");
}

/// Passes bytes between its port and a server, until told to hang up.
struct Relay {
    port: u16,
    streams: std::sync::Arc<std::sync::Mutex<Vec<std::net::TcpStream>>>,
}

impl Relay {
    fn start(url: &str) -> Self {
        let server = address(url, "redis", 6379).split_once("://").unwrap().1.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let streams = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = streams.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let upstream = std::net::TcpStream::connect(&server).unwrap();
                for (from, to) in [(&client, &upstream), (&upstream, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    // It ends when either side does.
                    thread::spawn(move || std::io::copy(&mut from, &mut to));
                }
                kept.lock().unwrap().extend([client, upstream]);
            }
        });
        Self { port, streams }
    }

    /// `url` through the relay.
    fn url(&self, url: &str) -> String {
        let server = address(url, "redis", 6379).split_once("://").unwrap().1.to_owned();
        url.replace(&server, &format!("127.0.0.1:{}", self.port))
    }

    fn hang_up(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}
