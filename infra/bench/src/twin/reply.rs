//! From an outcome to an answer: the platform's headers, and its log line.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use anyhow::Context as _;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What a handler answers with.
pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    /// JSON with a status.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { status, headers, body: serde_json::to_vec(body)?.into() })
    }

    /// Sets a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> anyhow::Result<Self> {
        self.headers.insert(name, HeaderValue::from_str(value).context(name)?);
        Ok(self)
    }

    /// The bytes of the answer.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }
}

/// What the log line and the headers of the answer need, gathered on the way.
pub(crate) struct Seen {
    started: Instant,
    function: &'static str,
    route: &'static str,
    method: Method,
    request_id: String,
    address: IpAddr,
    /// Whose request it is.
    pub tenant: Option<String>,
    /// By whom.
    pub user: Option<String>,
    /// `RateLimit` and `RateLimit-Policy`.
    pub rate: Option<[String; 2]>,
}

impl Seen {
    /// At the beginning of a request.
    pub(crate) fn new(
        function: &'static str,
        route: &'static str,
        method: Method,
        headers: &HeaderMap,
        address: SocketAddr,
    ) -> Self {
        Self {
            address: address.ip(),
            started: Instant::now(),
            function,
            route,
            method,
            request_id: request_id(headers),
            tenant: None,
            user: None,
            rate: None,
        }
    }

    /// Who has opened the connection.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Turns the outcome into the answer, and logs it.
    pub(crate) fn answer(self, outcome: anyhow::Result<Reply>) -> Response<Body> {
        let reply = outcome.unwrap_or_else(|error| Reply {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: HeaderMap::new(),
            body: format!("{error:#}").into(),
        });
        let Reply { status, mut headers, body } = reply;
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set("x-request-id", &self.request_id);
        if let Some([limit, policy]) = &self.rate {
            set("ratelimit", limit);
            set("ratelimit-policy", policy);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        self.log(status);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// The platform's line of a request.
    fn log(&self, status: StatusCode) {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let line: Map<String, Value> = [
            ("at", Value::from(fundrail_domain::time::rfc3339(now()))),
            ("level", "info".into()),
            ("message", "request".into()),
            ("function", self.function.into()),
            ("request_id", self.request_id.as_str().into()),
            ("method", self.method.as_str().into()),
            ("route", self.route.into()),
            ("status", status.as_u16().into()),
            ("micros", micros.into()),
            ("tenant", text(&self.tenant)),
            ("user", text(&self.user)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
        let _ = writeln!(std::io::stdout(), "{}", Value::Object(line));
    }
}

/// Now, in microseconds, as the platform has it.
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|value| value.to_str().ok());
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
