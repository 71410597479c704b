//! Requests and responses: routes, headers, failures, limits, and clients that misbehave.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails should say so where it does"
)]

mod support;

use std::{
    io::{Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{Host, Setup, web_manifest};

fn host() -> Host {
    Setup::new(web_manifest("")).start()
}

/// The values of a header in what the component echoed.
fn header(echo: &Value, name: &str) -> Vec<String> {
    let headers = echo["headers"].as_array().unwrap();
    let values = headers
        .iter()
        .filter(|header| header[0] == name)
        .map(|header| header[1].as_str().unwrap().to_owned());
    values.collect()
}

#[test]
fn the_host_answers_its_own_paths_and_static_routes() {
    let host = host();
    assert_eq!(host.get("/.well-known/spin/health").body, "OK");
    assert_eq!(host.get("/.well-known/spin/info").json(), json!({ "name": "host-test", "version": "1.2.3" }));
    for path in ["/.well-known/spin/other", "/nothing"] {
        let answer = host.get(path);
        assert_eq!(answer.status, 404);
        assert!(answer.head.contains("application/problem+json"), "{answer:?}");
        assert_eq!(answer.json()["status"], 404);
    }
    let response = host.get("/static");
    assert_eq!((response.status, response.body.as_str()), (418, "short and stout"));
    assert!(response.head.contains("x-kind: static"));
}

#[test]
fn components_get_the_headers_of_spin() {
    let host = host();
    let echo = host.get("/do/some/where?q=1").json();
    assert_eq!(header(&echo, "spin-path-info"), ["/some/where"]);
    assert_eq!(header(&echo, "spin-full-url"), ["http://test/do/some/where?q=1"]);
    assert_eq!(header(&echo, "spin-matched-route"), ["/do/..."]);
    assert_eq!(header(&echo, "spin-raw-component-route"), ["/do/..."]);
    assert_eq!(header(&echo, "spin-component-route"), ["/do"]);
    assert_eq!(header(&echo, "spin-base-path"), ["/"]);
    assert!(header(&echo, "spin-client-addr")[0].starts_with("127.0.0.1:"));
    assert_eq!(echo["uri"], "http://test/do/some/where?q=1");

    let echo = host.get("/users/a%20b/posts/7").json();
    assert_eq!(header(&echo, "spin-path-match-user-id"), ["a%20b"]);
    assert_eq!(header(&echo, "spin-path-match-post"), ["7"]);
}

#[test]
fn a_client_cannot_forge_them() {
    let echo = host()
        .send(
            "GET /users/1/posts/2 HTTP/1.1\r\nhost: test\r\nspin-client-addr: 6.6.6.6:1\r\nSpin-Path-Match-Post: 99\r\n\
             spin-anything: x\r\nconnection: close\r\n\r\n",
        )
        .json();
    assert_eq!(header(&echo, "spin-path-match-post"), ["2"]);
    assert_eq!(header(&echo, "spin-client-addr").len(), 1);
    assert!(header(&echo, "spin-anything").is_empty());
}

#[test]
fn a_request_is_for_exactly_one_host() {
    let host = host();
    let status = |head: &str| {
        let answer = host.send(&format!("{head}\r\nconnection: close\r\n\r\n"));
        if answer.status == 400 {
            assert!(answer.head.contains("application/problem+json"), "{answer:?}");
            assert_eq!(answer.json()["code"], "malformed");
            let id = answer.json()["request_id"].as_str().expect("an id to ask about").to_owned();
            assert!(answer.head.contains(&id), "{answer:?}");
        }
        answer.status
    };
    for path in ["/do/echo", "/static", "/nothing", "/.well-known/spin/health"] {
        for hosts in [
            "",
            "host: a\r\nhost: a",
            "host: a\r\nHost: b",
            "host:",
            "host: user@a",
            "host: a:b",
            "host: a b",
        ] {
            assert_eq!(status(&format!("GET {path} HTTP/1.1\r\n{hosts}")), 400, "{hosts:?} at {path}");
        }
    }
    assert_eq!(status("GET http://a/do/echo HTTP/1.1\r\nhost: b"), 400);
    assert_eq!(status("GET http://a/do/echo HTTP/1.1\r\nhost: A"), 200);
    assert_eq!(status("GET /do/echo HTTP/1.1\r\nhost: web.spin.internal"), 400);
    assert_eq!(status("GET /do/echo HTTP/1.1\r\nhost: [::1]:3000"), 200);
    assert_eq!(
        host.send("GET /do/echo HTTP/1.0\r\n\r\n").json()["uri"],
        format!("http://{}/do/echo", host.address)
    );
}

#[test]
fn values_of_headers_are_utf_8() {
    let host = host();
    let send = |value: &[u8]| {
        let mut stream = host.connect();
        stream.write_all(b"GET /do/echo HTTP/1.1\r\nhost: test\r\nconnection: close\r\nx-name: ").unwrap();
        stream.write_all(value).unwrap();
        support::Response::of(stream, "\r\n\r\n")
    };
    assert_eq!(header(&send("caf\u{e9}".as_bytes()).json(), "x-name"), ["caf\u{e9}"]);
    for value in [&b"caf\xe9"[..], b"\xff\xfe", b"\xed\xa0\x80"] {
        let answer = send(value);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("x-name"), "{answer:?}");
    }
}

#[test]
fn a_trap_is_a_500_and_the_host_lives_on() {
    let mut host = host();
    for _ in 0..3 {
        let answer = host.get("/do/trap");
        assert_eq!((answer.status, &answer.json()["code"]), (500, &json!("internal")));
    }
    assert_eq!(host.get("/do/echo").status, 200);
    host.line("report of the trap", |line| line["event"] == "component_failed" && line["component"] == "web");
    host.line("panic message", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("asked to trap"))
    });
}

#[test]
fn an_instance_is_used_again_and_a_trap_ends_it() {
    let host = Setup::new(web_manifest("")).argument("--threads").argument("1").start();
    assert_eq!(host.get("/do/count").json()["count"], 1);
    assert_eq!(host.get("/do/count").json()["count"], 2);
    assert_eq!(host.get("/do/trap").status, 500);
    assert_eq!(host.get("/do/count").json()["count"], 1);
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(host.get("/do/count").json()["count"], 1, "an idle instance must go after a second");
}

#[test]
fn a_request_that_takes_too_long_ends_and_others_go_on_meanwhile() {
    let limits = "[component.web.tool.fundrail]\ntimeout_ms = 2000";
    let host = Setup::new(web_manifest(limits)).argument("--threads").argument("1").start();
    let started = Instant::now();
    let looping = {
        let mut stream = host.connect();
        stream.write_all(b"GET /do/loop HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
        stream
    };
    thread::sleep(Duration::from_millis(100));
    assert_eq!(host.get("/do/echo").status, 200);
    assert!(started.elapsed() < Duration::from_millis(1500), "a busy component held up the core");
    let mut answer = String::new();
    let mut looping = looping;
    looping.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 50") && answer.contains("application/problem+json"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(host.get("/do/echo").status, 200);
}

#[test]
fn memory_is_limited() {
    let limits = "[component.web.tool.fundrail]\nmemory_mib = 32";
    let host = Setup::new(web_manifest(limits)).start();
    assert_eq!(host.get("/do/grow?8").json()["bytes"], 8 << 20);
    assert_eq!(host.get("/do/grow?64").status, 500);
    assert_eq!(host.get("/do/grow?8").status, 200);
}

#[test]
fn concurrency_is_limited_and_the_rest_waits() {
    let limits = "[component.web.tool.fundrail]\nmax_concurrency = 1";
    let host = Setup::new(web_manifest(limits)).start();
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(host.get("/do/burn?150").status, 200));
        }
    });
    assert!(started.elapsed() >= Duration::from_millis(600), "requests ran side by side");
}

#[test]
fn odd_requests_do_no_harm() {
    let host = host();
    let long = "x".repeat(1 << 20);
    let many = "a: b\r\n".repeat(500);
    for request in [
        "GET /do/echo HTTP/1.1\r\n\r\n".to_owned(),
        "GET /do/echo HTTP/1.1\r\nhost: a b\r\n\r\n".to_owned(),
        "GET http://other/do/echo HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n".to_owned(),
        "CONNECT test:1 HTTP/1.1\r\nhost: test:1\r\nconnection: close\r\n\r\n".to_owned(),
        format!("GET /do/{long} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"),
        format!("GET /do/echo HTTP/1.1\r\nhost: test\r\nx: {long}\r\nconnection: close\r\n\r\n"),
        format!("GET /do/echo HTTP/1.1\r\nhost: test\r\n{many}connection: close\r\n\r\n"),
        "GET /do/echo HTTP/1.1\r\nhost: test\r\nx: \u{1}\r\nconnection: close\r\n\r\n".to_owned(),
        "POST /do/body HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n12345"
            .to_owned(),
        "POST /do/body HTTP/1.1\r\nhost: test\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
    ] {
        let mut stream = host.connect();
        // The host may hang up before it has all.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or("none");
        assert!(answer.is_empty() || status.starts_with('4'), "{status} for {request:.80}");
    }
    assert_eq!(host.get("/do/%C3%A4%00?%zz").status, 200);
    assert_eq!(host.get("/do/echo").status, 200);
}

#[test]
fn half_requests_and_clients_that_leave_do_no_harm() {
    let host = Setup::new(web_manifest("")).argument("--threads").argument("1").start();
    let mut held = Vec::new();
    for _ in 0..50 {
        let mut slow = host.connect();
        slow.write_all(b"POST /do/body HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf").unwrap();
        held.push(slow);
        let mut gone = host.connect();
        gone.write_all(b"POST /do/body HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf").unwrap();
        drop(gone);
        let mut leaves = host.connect();
        leaves.write_all(b"GET /do/burn?1 HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
        drop(leaves);
    }
    assert_eq!(host.get("/do/echo").status, 200);
    drop(held);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(host.post("/do/body", &json!({ "a": 1 })).json()["length"], 7);
}

#[test]
fn a_large_body_comes_through() {
    let host = host();
    let body = json!("x".repeat(5 << 20));
    assert_eq!(host.post("/do/body", &body).json()["length"], (5 << 20) + 2);
}

#[test]
fn running_requests_end_before_the_host_does() {
    let mut host = host();
    let mut stream = host.connect();
    stream.write_all(b"GET /do/burn?2000 HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    let stopped = Instant::now();
    host.signal("-TERM");
    while std::net::TcpStream::connect(host.address).is_ok() {
        assert!(stopped.elapsed() < Duration::from_millis(1500), "still accepting");
        thread::sleep(Duration::from_millis(20));
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("2000"), "{answer}");
    assert!(host.wait().success());
}

#[test]
fn a_port_in_use_is_an_error() {
    let host = host();
    let setup = Setup::new(web_manifest(""));
    let output = setup.listen(&host.address.to_string()).command().output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(&host.address.to_string()) && error.contains("in use"), "{error}");
}
