//! Clients that send slowly, or not at all, or read nothing: what they hold is their own.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails should say so where it does"
)]

mod support;

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use support::{Host, Response, Setup, web_manifest};

/// What is done at once is done in much less, on any machine, and what waits for a stalled client in this test is not.
const SOON: Duration = Duration::from_secs(10);

fn host(limits: &str) -> Host {
    let table = format!("[component.web.tool.fundrail]\n{limits}");
    Setup::new(web_manifest(&table)).argument("--threads").argument("1").start()
}

/// A connection on which this was sent.
fn sent(host: &Host, bytes: &[u8]) -> TcpStream {
    let mut stream = host.connect();
    stream.write_all(bytes).unwrap();
    stream
}

fn head(length: usize) -> String {
    format!("POST /do/body HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
}

/// Everything that comes until the host hangs up.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // It may hang up on us.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn assert_answered(host: &Host) {
    let started = Instant::now();
    assert_eq!(host.post("/do/body", &json!("normal")).json()["length"], 8);
    assert!(started.elapsed() < SOON, "a normal request waited for stalled ones: {:?}", started.elapsed());
}

#[test]
fn bodies_that_do_not_come_hold_no_turn() {
    let host =
        host("max_concurrency = 2\ninstance_concurrency = 1\nbody_idle_ms = 60000\nbody_total_ms = 60000");
    let start = format!("{}1", head(100));
    let chunked = "POST /do/body HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab";
    let stalled: Vec<_> = (0..100)
        .map(|n| sent(&host, if n % 2 == 0 { start.as_bytes() } else { chunked.as_bytes() }))
        .collect();
    for _ in 0..3 {
        assert_answered(&host);
    }
    drop(stalled);
}

#[test]
fn a_body_that_stops_or_trickles_is_answered_408() {
    let host = host("body_idle_ms = 300\nbody_total_ms = 1000");
    let answer = rest(sent(&host, format!("{}1", head(100)).as_bytes()));
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("\"status\":408"), "{answer}");

    let mut trickling = sent(&host, head(1000).as_bytes());
    let mut reading = trickling.try_clone().unwrap();
    let writer = thread::spawn(move || {
        // It ends when the host hangs up.
        while trickling.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let mut answer = [0; 12];
    reading.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    let _ = reading.shutdown(Shutdown::Both);
    writer.join().unwrap();
}

#[test]
fn a_body_that_ends_early_or_makes_no_sense_is_answered_400() {
    let host = host("max_concurrency = 1");
    let cut = sent(&host, format!("{}half", head(100)).as_bytes());
    cut.shutdown(Shutdown::Write).unwrap();
    let answer = rest(cut);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let chunked = "POST /do/body HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let answer = rest(sent(&host, chunked.as_bytes()));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_answered(&host);
}

#[test]
fn a_large_body_streams_and_gives_its_turn_back_while_it_stalls() {
    let host = host("max_concurrency = 1\nbody_buffer_kib = 1\nbody_idle_ms = 60000");
    let mut large = sent(&host, head(100_000).as_bytes());
    large.write_all("x".repeat(50_000).as_bytes()).unwrap();
    for _ in 0..3 {
        assert_answered(&host);
    }
    large.write_all("x".repeat(50_000).as_bytes()).unwrap();
    let answer = rest(large);
    assert!(answer.contains("100000"), "{answer}");
}

#[test]
fn a_component_may_refuse_a_large_body_by_its_head() {
    let host = host("max_concurrency = 1\nbody_idle_ms = 60000");
    let started = Instant::now();
    let announced = sent(&host, head(9_999_999_999).replace("/do/body", "/do/echo").as_bytes());
    assert!(rest(announced).starts_with("HTTP/1.1 200 "));
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_large_body_that_stops_for_good_ends() {
    let host = host("max_concurrency = 1\nbody_buffer_kib = 1\nbody_idle_ms = 300");
    let mut large = sent(&host, head(100_000).as_bytes());
    large.write_all("x".repeat(50_000).as_bytes()).unwrap();
    let answer = rest(large);
    assert!(answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert_answered(&host);
}

#[test]
fn what_is_too_large_is_refused_and_the_answer_is_read() {
    let host = host("max_concurrency = 1\nmax_body_kib = 8");
    let body = "x".repeat(4 << 20);
    let announced = host.send(&format!("{}{body}", head(body.len())));
    assert_eq!(announced.status, 413, "{announced:?}");
    assert!(
        announced.head.contains("application/problem+json") && announced.body.contains("8192"),
        "{announced:?}"
    );
    let chunked = host.send(&format!(
        "POST /do/body HTTP/1.1\r\nhost: test\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    ));
    assert_eq!(chunked.status, 413, "{chunked:?}");

    let asked =
        "POST /do/body HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 9000\r\n\r\n";
    let answer = rest(sent(&host, asked.as_bytes()));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let exact = json!("x".repeat(8190));
    assert_eq!(host.post("/do/body", &exact).json()["length"], 8192);
}

#[test]
fn a_body_for_nobody_is_read_away_and_the_answer_is_read() {
    let host = host("");
    let body = "x".repeat(4 << 20);
    let length = body.len();
    for path in ["/nothing", "/static", "/.well-known/spin/health"] {
        let answer = host.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        assert!(matches!(answer.status, 404 | 418 | 200), "{path}: {answer:?}");
    }
    // A component that does not look at it.
    let answer = host.send(&format!(
        "POST /do/echo HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    ));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn trailers_and_pieces_of_a_body_come_through() {
    let answer = host("").send(
        "POST /do/body HTTP/1.1\r\nhost: test\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
         1\r\na\r\n2\r\nbc\r\n0\r\nx-sum: 1\r\n\r\n",
    );
    assert_eq!(answer.json()["length"], 3);
}

#[test]
fn a_client_that_leaves_does_not_give_its_turn_to_the_next_before_the_work_is_done() {
    let host = host("max_concurrency = 1");
    let started = Instant::now();
    let burning = sent(&host, b"GET /do/burn?1500 HTTP/1.1\r\nhost: test\r\n\r\n");
    thread::sleep(Duration::from_millis(300));
    drop(burning);
    assert_answered(&host);
    assert!(started.elapsed() >= Duration::from_millis(1400), "two ran side by side");
}

#[test]
fn a_connection_without_a_request_ends() {
    let setup = Setup::new(web_manifest(""));
    let host =
        setup.argument("--head-timeout").argument("1").argument("--idle-timeout").argument("2").start();
    let started = Instant::now();
    let silent = host.connect();
    let preface = sent(&host, b"PRI * HTTP/2");
    let half = sent(&host, b"GET /do/echo HTTP/1.1\r\nhost: te");
    let mut kept = sent(&host, b"GET /do/echo HTTP/1.1\r\nhost: test\r\n\r\n");
    let trickling = {
        let mut stream = host.connect();
        thread::spawn(move || {
            for byte in b"GET /do/echo HTTP/1.1\r\nhost: test\r\n".iter().cycle() {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(50));
            }
        })
    };
    for stream in [half, preface, silent] {
        assert_eq!(rest(stream), "");
    }
    let mut answer = String::new();
    kept.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    trickling.join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_answered(&host);
}

#[test]
fn a_request_that_takes_long_is_not_taken_for_an_idle_connection() {
    let setup = Setup::new(web_manifest(""));
    let host =
        setup.argument("--head-timeout").argument("1").argument("--idle-timeout").argument("1").start();
    let mut stream = sent(&host, b"GET /do/burn?2500 HTTP/1.1\r\nhost: test\r\n\r\n");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("2500"), "{answer}");
}

#[test]
fn a_client_that_reads_nothing_is_cut_off() {
    let host = Setup::new(web_manifest("")).argument("--write-timeout").argument("1").start();
    let started = Instant::now();
    let deaf = sent(&host, b"GET /do/big?32 HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    thread::sleep(Duration::from_secs(4));
    assert_answered(&host);
    assert!(rest(deaf).len() < 32 << 20, "everything came, after {:?}", started.elapsed());
    assert!(host.get("/do/big?8").body.len() > 8 << 20, "who reads gets everything");
}

#[test]
fn one_address_cannot_take_all_connections() {
    let setup = Setup::new(web_manifest("")).argument("--max-connections-per-address").argument("3");
    let mut host = setup.start();
    let held: Vec<_> = (0..3).map(|_| sent(&host, b"GET ")).collect();
    // Accepted one after the other, at the latest when the fourth is refused.
    let deadline = Instant::now() + SOON;
    while rest_within(&host.connect(), Duration::from_millis(500)).is_none() {
        assert!(Instant::now() < deadline, "a fourth connection was kept");
    }
    host.line("refusal", |line| line["event"] == "connection_refused");
    drop(held);
    let deadline = Instant::now() + SOON;
    while Response::of(host.connect(), "GET /do/echo HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
        .status
        != 200
    {
        assert!(Instant::now() < deadline, "room was not given back");
        thread::sleep(Duration::from_millis(50));
    }
}

/// What came until the host hung up; `None` when it did not.
fn rest_within(mut stream: &TcpStream, limit: Duration) -> Option<usize> {
    stream.set_read_timeout(Some(limit)).unwrap();
    match stream.read(&mut [0; 16]) {
        Ok(count) => Some(count),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
        {
            None
        }
        Err(_) => Some(0),
    }
}
