//! From a request to an answer: ids, route, guard, body, handler, problem, log line.

use std::{
    cell::RefCell,
    pin::{Pin, pin},
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use fundrail_domain::{Error, Result};
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use spin_sdk::http::Request;

use crate::{
    Context, Reply, Route, client_address,
    cors::Cors,
    guard::{self, RateState},
    idempotency,
    log::{self, Level},
    problem, random, route, time,
};

/// What a component answers with.
pub type Response = http::Response<Full<Bytes>>;

/// Answers a request by the route that it matches. Never fails: every error becomes a problem document.
pub async fn serve(request: Request, function: &'static str, routes: &'static [Route]) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let mut seen = Seen::of(&head.headers, head.method.clone());
    let mut body = pin!(body);
    let outcome = match Cors::of(&head.headers).await {
        Ok(cors) => {
            seen.cors = cors;
            match seen.cors.preflight(&head, routes) {
                Some(reply) => Ok(reply),
                None => answer(head, body.as_mut(), routes, &mut seen).await,
            }
        }
        Err(error) => Err(error),
    };
    let mut reply = match outcome {
        Ok(reply) => reply,
        Err(error) => {
            drain(body).await;
            let reply = problem::reply(&error, &seen.request_id);
            seen.error = Some(error);
            reply
        }
    };
    finish(&mut reply, &seen);
    log_request(function, &seen, &reply, started.elapsed());
    into_response(reply, &seen.method)
}

/// What the log and the headers of the answer need, gathered on the way.
struct Seen {
    request_id: String,
    trace: Option<(String, String)>,
    method: Method,
    route: Option<&'static str>,
    tenant: Option<String>,
    user: Option<String>,
    rate: Option<RateState>,
    error: Option<Error>,
    cors: Cors,
}

impl Seen {
    fn of(headers: &HeaderMap, method: Method) -> Self {
        Self {
            request_id: request_id(headers),
            trace: trace_of(headers),
            method,
            route: None,
            tenant: None,
            user: None,
            rate: None,
            error: None,
            cors: Cors::default(),
        }
    }
}

/// A body that takes longer than this to come has its sender asked about once more before it is acted upon.
const LONG_BODY: Duration = Duration::from_millis(100);

async fn answer(
    head: http::request::Parts,
    body: Pin<&mut impl http_body::Body<Data = Bytes, Error = impl std::fmt::Debug>>,
    routes: &'static [Route],
    seen: &mut Seen,
) -> Result<Reply> {
    let (route, parameters) = match route::find(routes, &head.method, head.uri.path()) {
        route::Match::Found(route, parameters) => (route, parameters),
        route::Match::WrongMethod(allow) => {
            return Err(Error::MethodNotAllowed { method: head.method.to_string(), allow: allow.join(", ") });
        }
        route::Match::Nothing => return Err(Error::NotFound { what: "route" }),
    };
    seen.route = Some(route.pattern);
    let client_address = client_address::of(&head.headers).await?;
    let admission = guard::admit(&head, route, client_address, &mut seen.rate).await?;
    if let Some(principal) = &admission.principal {
        seen.tenant = Some(principal.tenant_id.to_string());
        seen.user = principal.user_id.map(|id| id.to_string());
    }
    let admitted = Instant::now();
    let body = read_body(&head, body, route).await?;
    let admission =
        if admitted.elapsed() > LONG_BODY { guard::ask_again(admission, route).await? } else { admission };
    let cx = Context {
        head,
        body,
        route,
        parameters,
        request_id: seen.request_id.clone(),
        client_address: client_address.map(|address| address.to_string()),
        principal: admission.principal,
        now: time::now(),
        db: RefCell::new(admission.db.map(Rc::new)),
        dropped: RefCell::default(),
    };
    let reply = if cx.route.idempotent {
        idempotency::once(&cx, || (route.handler)(&cx)).await?
    } else {
        (route.handler)(&cx).await?
    };
    cx.after_commit().await;
    Ok(reply)
}

/// Reads the body up to the route's limit. A body where none is read, on a GET say, is ignored.
async fn read_body(
    head: &http::request::Parts,
    mut body: Pin<&mut impl http_body::Body<Data = Bytes, Error = impl std::fmt::Debug>>,
    route: &Route,
) -> Result<Bytes> {
    if matches!(head.method, Method::GET | Method::HEAD | Method::DELETE) {
        return Ok(Bytes::new());
    }
    let too_large = || Error::PayloadTooLarge { limit: route.body_limit };
    let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    // A number that does not fit, and memory is of 32 bits here, is too large as well.
    if announced.is_some_and(|text| text.parse::<usize>().ok().is_none_or(|length| length > route.body_limit))
    {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Error::Malformed {
            code: "incomplete_body",
            detail: format!("the body ended early: {error:?}").into(),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > route.body_limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    if route.json_body && !bytes.is_empty() && !is_json(&head.headers) {
        return Err(Error::UnsupportedMediaType);
    }
    Ok(bytes.freeze())
}

/// Reads away what a refused request still sends, within reason: who answers and closes while the other side is sending
/// has the answer lost on the way (RFC 9112, 9.6).
async fn drain(mut body: Pin<&mut impl http_body::Body<Data = Bytes, Error = impl std::fmt::Debug>>) {
    const ENOUGH: usize = 16 * 1024 * 1024;
    let read_away = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > ENOUGH {
                break;
            }
        }
    };
    time::within(std::time::Duration::from_secs(2), read_away).await;
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The caller's `x-request-id` when it is one that a log can hold, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let fits = |id: &&str| {
        (8..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let given = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(fits);
    given.map_or_else(|| random::new_id().to_string(), str::to_owned)
}

/// Trace id and parent id of a `traceparent` (W3C Trace Context, 3.2).
fn trace_of(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            && text.bytes().any(|b| b != b'0')
    };
    let fits = version.len() == 2 && version != "ff" && hex(trace, 32) && hex(parent, 16);
    fits.then(|| (trace.to_owned(), parent.to_owned()))
}

fn finish(reply: &mut Reply, seen: &Seen) {
    if let Ok(id) = HeaderValue::from_str(&seen.request_id) {
        reply.set_header(header::HeaderName::from_static("x-request-id"), id);
    }
    if let Some(rate) = &seen.rate {
        let (limit, policy) = rate_headers(rate);
        reply.set_header(header::HeaderName::from_static("ratelimit"), limit);
        reply.set_header(header::HeaderName::from_static("ratelimit-policy"), policy);
    }
    seen.cors.finish(reply);
    reply.set_header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !reply.headers.contains_key(header::CACHE_CONTROL) {
        // Who is to ask by tag has to have kept what the tag is of.
        let kept = if reply.headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
        reply.set_header(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    }
}

/// `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers has them.
fn rate_headers(rate: &RateState) -> (HeaderValue, HeaderValue) {
    let value = |text: String| HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    let RateState { class, limit, window, remaining, reset } = rate;
    (
        value(format!("\"{class}\";r={remaining};t={reset}")),
        value(format!("\"{class}\";q={limit};w={window}")),
    )
}

fn log_request(function: &'static str, seen: &Seen, reply: &Reply, took: std::time::Duration) {
    let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| Value::from(text.as_str()));
    let mut fields = vec![
        ("function", Value::from(function)),
        ("request_id", Value::from(seen.request_id.as_str())),
        ("method", Value::from(seen.method.as_str())),
        ("route", seen.route.map_or(Value::Null, Value::from)),
        ("status", Value::from(reply.status.as_u16())),
        ("micros", Value::from(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))),
        ("tenant", text(&seen.tenant)),
        ("user", text(&seen.user)),
    ];
    if let Some((trace, _)) = &seen.trace {
        fields.push(("trace_id", Value::from(trace.as_str())));
    }
    let level = match &seen.error {
        Some(error) => {
            fields.push(("code", Value::from(error.code())));
            if let Some(context) = error.context() {
                fields.push(("context", Value::from(context)));
            }
            if reply.status.is_server_error() { Level::Error } else { Level::Info }
        }
        None => Level::Info,
    };
    log::line(level, "request", &fields);
}

fn into_response(reply: Reply, method: &Method) -> Response {
    let body = if method == Method::HEAD { Bytes::new() } else { reply.body };
    let mut response = http::Response::new(Full::new(body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
