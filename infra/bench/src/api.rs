//! The few calls of the API that measurements need before they can begin.

use anyhow::Context as _;
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::{
    cases::request,
    load::{Answer, Client, Outgoing, next_number},
};

/// A password that no list of common ones has.
const PASSWORD: &str = "seventeen brass lanterns over Reykjavik";

/// An account of a tenant of its own.
pub(crate) struct Account {
    /// Its e-mail address.
    pub email: String,
}

/// An e-mail address that nobody has, of the same length every time.
pub(crate) fn some_email() -> String {
    format!("bench-{:08}-{:08}@example.com", std::process::id(), next_number())
}

/// Registers an institution with its owner.
pub(crate) fn register(client: &mut Client) -> anyhow::Result<Account> {
    let email = some_email();
    let body = json!({
        "tenant_name": "Benchmark", "kind": "institution", "email": email, "password": PASSWORD,
    });
    client.send(post("/v1/auth/register", &body))?.success("registration")?;
    Ok(Account { email })
}

/// Tries a password.
pub(crate) fn log_in(client: &mut Client, email: &str, password: &str) -> anyhow::Result<Answer> {
    client.send(post("/v1/auth/login", &json!({ "email": email, "password": password })))
}

/// A new access token of an account.
pub(crate) fn access_token(client: &mut Client, account: &Account) -> anyhow::Result<String> {
    let answer = log_in(client, &account.email, PASSWORD)?.success("login")?.json()?;
    let token = answer.get("access_token").and_then(Value::as_str).context("login gave no token")?;
    Ok(token.to_owned())
}

fn post(path: &str, body: &Value) -> Outgoing {
    let mut request = request(Method::POST, path, None, Bytes::from(body.to_string()));
    let headers = request.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    request
}
