//! From request to response: ids, route, guard, body, handler, problem, log line.

use std::{
    cell::RefCell,
    future::{Future as _, poll_fn},
    net::IpAddr,
    pin::{Pin, pin},
    rc::Rc,
    task::Poll,
    time::{Duration, Instant},
};

use bytes::Bytes;
use fundrail_domain::Error;
use fundrail_kit::{route::Match, trace};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use http_body_util::Full;
use serde_json::Value;
use spin_sdk::http::Request;

use crate::{
    Context, Principal, Reply, Route,
    body::{self, Body},
    client_address, conditional,
    cors::Cors,
    failure::Failure,
    guard::{Admission, Authority, Guard},
    idempotency,
    log::{self, Level},
    problem, random,
    rates::{self, RateState},
    route, time,
};

/// The response of a component.
pub type Response = http::Response<Full<Bytes>>;

/// Maximum time for a request: less than hosts allow (30 s), whose response would be empty.
const LONGEST: Duration = Duration::from_secs(25);

/// With this header our host says that too many requests are already waiting for a component (`max_waiting` in the manifest), so
/// that this one is to be turned away: counted like every other, and before anything is done.
const BUSY: &str = "spin-busy";

/// Responds to a request with the matching route, for whom the guard lets in. Never fails: every error becomes a problem document.
pub async fn serve<G: Guard>(request: Request, function: &'static str, routes: &'static [Route]) -> Response {
    let started = Instant::now();
    let (mut head, body) = request.into_parts();
    conditional::join_lines(&mut head.headers);
    let mut seen = Seen::of(&head.headers, head.method.clone());
    let mut body = Box::pin(body);
    let work = async {
        seen.cors = Cors::of(&head.headers).await?;
        match seen.cors.preflight(&head, routes) {
            Some(reply) => Ok(reply),
            None => answer::<G>(head, body.as_mut(), routes, &mut seen).await,
        }
    };
    let outcome = time::within(LONGEST, work).await;
    let mut reply = match outcome.unwrap_or(Err(Failure::TimedOut)) {
        Ok(reply) => reply,
        Err(failure) => {
            // After the response, for which nobody should have to wait because somebody else is slow.
            spin_sdk::wit_bindgen::spawn(body::drain(body));
            let reply = problem::reply(&failure, &seen.request_id, seen.bad_token);
            seen.failure = Some(failure);
            reply
        }
    };
    finish(&mut reply, &seen);
    log_request(function, &seen, &reply, started.elapsed());
    into_response(reply, &seen.method)
}

/// What the log and the headers of the response need, collected on the way.
struct Seen {
    request_id: String,
    trace_id: Option<String>,
    method: Method,
    route: Option<&'static str>,
    tenant: Option<String>,
    user: Option<String>,
    rate: Option<RateState>,
    failure: Option<Failure>,
    cors: Cors,
    /// The caller sent a token that is not valid.
    bad_token: bool,
}

impl Seen {
    fn of(headers: &HeaderMap, method: Method) -> Self {
        Self {
            request_id: request_id(headers),
            trace_id: trace_id(headers),
            method,
            route: None,
            tenant: None,
            user: None,
            rate: None,
            failure: None,
            cors: Cors::default(),
            bad_token: false,
        }
    }

    fn note_caller(&mut self, principal: Option<&Principal>) {
        if let Some(principal) = principal {
            self.tenant = Some(principal.tenant_id.to_string());
            self.user = principal.user_id.map(|id| id.to_string());
        }
    }

    fn note_refusal(&mut self, error: &Error, head: &Parts) {
        self.bad_token = matches!(error, Error::Unauthenticated { .. }) && shows_token(head);
    }
}

/// If a body takes longer than this, its sender is checked again before it is acted upon.
const LONG_BODY: Duration = Duration::from_millis(100);

async fn answer<G: Guard>(
    head: Parts,
    body: Pin<&mut impl Body>,
    routes: &'static [Route],
    seen: &mut Seen,
) -> Result<Reply, Failure> {
    let client_address = client_address::of(&head.headers).await?;
    let (route, parameters) = match route::find(routes, &head.method, head.uri.path()) {
        Match::Found(route, parameters) => (route, parameters),
        Match::WrongMethod(allow) => {
            let error =
                Failure::MethodNotAllowed { method: head.method.to_string(), allow: allow.join(", ") };
            return Err(rates::count_refused(error, "default", client_address, &mut seen.rate).await);
        }
        Match::Nothing => {
            let error = Failure::from(Error::NotFound { what: "route" });
            return Err(rates::count_refused(error, "default", client_address, &mut seen.rate).await);
        }
    };
    seen.route = Some(route.endpoint.path);
    let (admission, body) = let_in::<G>(&head, body, route, client_address, seen).await?;
    if head.headers.contains_key(BUSY) {
        return Err(Error::unavailable("this function", "too many requests are waiting for it").into());
    }
    rates::count_subject(&route.endpoint, &body, client_address, &mut seen.rate).await?;
    let cx = Context {
        head,
        body,
        route,
        parameters,
        request_id: seen.request_id.clone(),
        client_address: client_address.map(|address| address.to_string()),
        authority: admission.principal.map(|principal| Authority::of::<G>(principal, &route.endpoint)),
        now: time::now(),
        db: RefCell::new(admission.db.map(Rc::new)),
    };
    let reply = if cx.route.endpoint.idempotent {
        idempotency::once(&cx, || (route.handler)(&cx)).await?
    } else {
        (route.handler)(&cx).await?
    };
    Ok(reply)
}

/// Consults the guard while the body arrives. Usually it is there before the guard has decided. A slow sender holds no
/// connection, and is checked again at the end of a long body: they may have been signed out, demoted or removed in the meantime.
async fn let_in<G: Guard>(
    head: &Parts,
    body: Pin<&mut impl Body>,
    route: &'static Route,
    address: Option<IpAddr>,
    seen: &mut Seen,
) -> Result<(Admission<G::Credential>, Bytes), Failure> {
    let mut reading = pin!(body::read(head, body, route));
    let mut arrived = None;
    let admission = {
        let mut admitting = pin!(G::admit(head, &route.endpoint, address, &mut seen.rate));
        poll_fn(|cx| {
            if arrived.is_none()
                && let Poll::Ready(read) = reading.as_mut().poll(cx)
            {
                arrived = Some(read);
            }
            admitting.as_mut().poll(cx)
        })
        .await
    };
    let mut admission = admission.inspect_err(|error| seen.note_refusal(error, head))?;
    seen.note_caller(admission.principal.as_ref());
    let body = if let Some(read) = arrived {
        read?
    } else {
        admission.db = None;
        let admitted = Instant::now();
        let body = reading.await?;
        if admitted.elapsed() > LONG_BODY {
            let asked = G::ask_again(admission, &route.endpoint).await;
            admission = asked.inspect_err(|error| seen.note_refusal(error, head))?;
        }
        body
    };
    Ok((admission, body))
}

/// Whether a request has a bearer token at all.
fn shows_token(head: &Parts) -> bool {
    head.headers.get_all(header::AUTHORIZATION).iter().any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b' ')
            .next()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    })
}

/// The caller's `x-request-id` if a log can hold it, or else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|value| value.to_str().ok());
    let given = given.filter(|id| trace::fits_as_request_id(id));
    given.map_or_else(|| random::uuid().to_string(), str::to_owned)
}

fn trace_id(headers: &HeaderMap) -> Option<String> {
    trace::trace_id(headers.get("traceparent")?.to_str().ok()?).map(str::to_owned)
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
        // Whoever is to ask by tag must have stored what the tag belongs to.
        let kept = if reply.headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
        reply.set_header(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    }
}

/// `RateLimit` and `RateLimit-Policy` as defined by draft-ietf-httpapi-ratelimit-headers.
fn rate_headers(rate: &RateState) -> (HeaderValue, HeaderValue) {
    let value = |text: String| HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    let RateState { class, limit, window, remaining, reset } = rate;
    (
        value(format!("\"{class}\";r={remaining};t={reset}")),
        value(format!("\"{class}\";q={limit};w={window}")),
    )
}

fn log_request(function: &'static str, seen: &Seen, reply: &Reply, took: Duration) {
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
    if let Some(trace_id) = &seen.trace_id {
        fields.push(("trace_id", Value::from(trace_id.as_str())));
    }
    let level = match &seen.failure {
        Some(failure) => {
            fields.push(("code", Value::from(failure.code())));
            if let Some(context) = failure.context() {
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
