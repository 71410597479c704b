//! What is measured: a request each, and what it should come to.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request};

use crate::load::{MakeRequest, Outgoing};

/// One measured route.
pub(crate) struct Case {
    /// What it is called, in tables and for `--only`.
    pub name: &'static str,
    /// What host over native should be at least.
    pub target: Option<f64>,
    /// Makes its requests.
    pub make: MakeRequest,
}

/// Every case, in the order of the table.
pub(crate) const NAMES: [&str; 1] = ["empty"];

/// The cases of these names, or all of them.
pub(crate) fn all() -> Vec<Case> {
    vec![Case { name: "empty", target: Some(0.33), make: get("/empty", None) }]
}

/// Repeats a GET.
fn get(path: &'static str, token: Option<String>) -> MakeRequest {
    Arc::new(move |_| request(Method::GET, path, token.as_deref(), Bytes::new()))
}

/// A request of a browser-less client: host, accept, and the token when there is one.
pub(crate) fn request(method: Method, path: &str, token: Option<&str>, body: Bytes) -> Outgoing {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    let headers = request.headers_mut();
    let mut set = |name: hyper::header::HeaderName, value: &str| {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    };
    set(hyper::header::HOST, "127.0.0.1");
    if let Some(token) = token {
        set(hyper::header::AUTHORIZATION, &format!("Bearer {token}"));
    }
    request
}
