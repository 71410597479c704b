//! HTTP as a caller does it.

use std::{collections::BTreeMap, io::Read as _, time::Duration};

use serde_json::Value;
use ureq::{
    Agent,
    http::{self, Method},
};

use crate::secrets::{note_all, note_secret};

/// A caller of one base URL; keeps connections alive.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    agent: Agent,
}

impl Client {
    /// A caller of `http://host:port`.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_idle_age(Duration::from_secs(2))
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self { base: base.trim_end_matches('/').to_owned(), agent: config.into() }
    }

    /// What it calls.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request to be filled in and sent. `path` begins with `/` and may have a query.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let builder = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        Request {
            client: self,
            line: format!("{} {path}", builder.method_ref().expect("set")),
            builder,
            body: None,
        }
    }
}

/// A request on its way.
#[must_use = "it is not sent yet"]
pub struct Request<'a> {
    client: &'a Client,
    line: String,
    builder: http::request::Builder,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    /// Signs in by `Authorization: Bearer`: a [`crate::Tenant`] or a token as text.
    pub fn token(self, token: impl AsRef<str>) -> Self {
        note_secret(token.as_ref());
        self.header("authorization", &format!("Bearer {}", token.as_ref()))
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sends JSON.
    pub fn json(self, body: &Value) -> Self {
        note_all(body);
        self.body("application/json", body.to_string().as_bytes())
    }

    /// Sends bytes of a content type; an empty one sends none.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = Some(body.to_owned());
        if content_type.is_empty() { self } else { self.header("content-type", content_type) }
    }

    /// Sends it, or says why no answer came.
    pub fn try_send(self) -> Result<Response, String> {
        let Self { client, line, builder, body } = self;
        let failed = |error: ureq::Error| format!("{line}: {error}");
        let sent = match body {
            Some(body) => client.agent.run(builder.body(body).map_err(|error| format!("{line}: {error}"))?),
            None => client.agent.run(builder.body(()).map_err(|error| format!("{line}: {error}"))?),
        };
        let (head, mut body) = sent.map_err(failed)?.into_parts();
        let mut bytes = Vec::new();
        body.as_reader().read_to_end(&mut bytes).map_err(|error| format!("{line}: {error}"))?;
        let response =
            Response { line: line.clone(), status: head.status.as_u16(), headers: head.headers, body: bytes };
        if let Ok(json) = serde_json::from_slice(&response.body) {
            note_all(&json);
        }
        Ok(response)
    }

    /// Sends it. Where the answer says that something was made and where that is, whoever has made it can read it there: this
    /// holds for every route, and is looked at here.
    ///
    /// # Panics
    /// When no answer comes, or when it names a place where nothing can be read.
    #[track_caller]
    pub fn send(self) -> Response {
        let client = self.client;
        let caller = self.builder.headers_ref().and_then(|headers| headers.get("authorization")).cloned();
        let response = self.try_send().unwrap_or_else(|error| panic!("{error}"));
        if let (201, Some(location), Some(caller)) = (response.status, response.header("location"), caller) {
            let read =
                client.request("GET", location).header("authorization", caller.to_str().expect("text"));
            let read = read.try_send().unwrap_or_else(|error| panic!("{error}"));
            assert!(
                !matches!(read.status, 404 | 405) && read.status < 500,
                "{} said Location: {location}, and {}",
                response.line,
                read.describe()
            );
        }
        response
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    line: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header, when it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All headers, the last of each name.
    pub fn all_headers(&self) -> BTreeMap<&str, &str> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())).collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.describe()))
    }

    /// Asserts the status and gives the body as JSON; null when it is empty.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.describe());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Request, status and body in a line, for the text of a failure.
    pub fn describe(&self) -> String {
        let text: String = self.text().chars().take(2_000).collect();
        format!("{} answered {}: {text}", self.line, self.status)
    }
}

/// Sends bytes as they are over a connection of their own and reads until the other side closes or `patience` is over: for
/// requests that no client library would send.
pub fn bare(base: &str, bytes: &[u8], patience: Duration) -> std::io::Result<Vec<u8>> {
    use std::io::Write as _;
    let address = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(answer),
            Ok(read) => answer.extend(buffer.iter().take(read)),
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                return Ok(answer);
            }
            Err(error) => return Err(error),
        }
    }
}
