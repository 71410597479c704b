//! Clients that begin requests and do not end them.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use fundrail_tests::{Environment, json, shared};

/// A connection to the host on which this was sent.
fn sent(env: &Environment, bytes: &str) -> TcpStream {
    let address = env.client().base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a limit");
    stream.write_all(bytes.as_bytes()).expect("a half request");
    stream
}

/// Whether nothing has come on it, not even its end.
fn is_waiting(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a mode");
    let came = stream.peek(&mut [0]);
    stream.set_nonblocking(false).expect("a mode");
    matches!(came, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

fn begun(method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    )
}

#[test]
fn sign_ins_that_stop_in_the_middle_hold_up_no_other() {
    let env = shared();
    let password = "a password that is long enough";
    let email = format!("slow-{}@example.com", uuid::Uuid::new_v4().simple());
    let sign_in = || {
        let body = json!({"email": email, "password": password});
        env.post("/v1/auth/login").header("forwarded", "for=\"[2001:db8:5107::1]\"").json(&body).send()
    };
    sign_in().expect(401);
    // More than there are turns, of several routes and methods, the wrong ones among them.
    let stalled: Vec<_> = [
        begun("POST", "/v1/auth/login"),
        begun("PUT", "/v1/auth/login"),
        begun("POST", "/v1/auth/register"),
        begun("POST", "/v1/auth/password/forgotten"),
    ]
    .iter()
    .cycle()
    .take(24)
    .map(|bytes| sent(env, bytes))
    .collect();
    sign_in().expect(401);
    let waiting = stalled.iter().filter(|stream| is_waiting(stream)).count();
    assert!(waiting > 0, "the sign-in came after all that had begun before it");
}

#[test]
fn a_request_that_stops_in_the_middle_gets_its_answer() {
    let env = shared();
    let mut stream = sent(env, &begun("POST", "/v1/auth/login"));
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
}
