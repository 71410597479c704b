//! From a request to a response: the host's own paths, the route, the headers that components are given.

use std::{convert::Infallible, net::SocketAddr};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{CONTENT_TYPE, HOST, RETRY_AFTER},
    uri::{Authority, Scheme},
};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Body as _, Incoming};
use serde_json::json;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::{
    app::{App, Target},
    core::CoreApp,
    manifest::StaticResponse,
    router::{Entry, Matched},
    settle::settle,
};

/// Paths that the host answers itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// What the names of the headers that the host sets start with: clients cannot set them.
const OURS: &str = "spin-";

const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// A request that no component can be given: its head makes no sense.
#[derive(Debug)]
pub(crate) struct BadRequest;

/// The client of a connection.
pub(crate) struct Peer {
    address: HeaderValue,
}

impl Peer {
    pub(crate) fn new(address: SocketAddr) -> Self {
        // An address and a port are always visible ASCII.
        let address = HeaderValue::from_str(&address.to_string()).unwrap_or(HeaderValue::from_static(""));
        Self { address }
    }
}

/// Answers a request.
pub(crate) async fn respond(
    app: &CoreApp,
    peer: &Peer,
    request: Request<Incoming>,
) -> Result<Response<WasiBody>, Infallible> {
    let path = request.uri().path();
    if let Some(name) = path.strip_prefix(WELL_KNOWN) {
        return Ok(well_known(&app.app, name));
    }
    let Some(matched) = app.app.router.find(path) else { return Ok(empty(StatusCode::NOT_FOUND)) };
    let component = match &matched.entry.target {
        Target::Static(response) => return Ok(static_response(response)),
        Target::Component(component) => *component,
    };
    let Ok(request) = prepare(&matched, peer, request) else { return Ok(empty(StatusCode::BAD_REQUEST)) };
    let is_head = request.method() == Method::HEAD;
    Ok(match app.call(component, request).await {
        // What a HEAD is answered with says nothing of the length that a GET would have.
        Ok(response) if is_head => response,
        Ok(response) => settle(response).await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(failure) => {
            let mut response = empty(failure.status());
            if failure.status() == StatusCode::SERVICE_UNAVAILABLE {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
    })
}

fn well_known(app: &App, name: &str) -> Response<WasiBody> {
    match name {
        "health" => text(StatusCode::OK, Bytes::from_static(b"OK")),
        "info" => {
            let mut info = json!({ "name": app.name });
            if let (Some(version), Some(fields)) = (&app.version, info.as_object_mut()) {
                fields.insert("version".to_owned(), json!(version));
            }
            let mut response = text(StatusCode::OK, format!("{info:#}").into());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        _ => empty(StatusCode::NOT_FOUND),
    }
}

fn static_response(from: &StaticResponse) -> Response<WasiBody> {
    let mut response = text(from.status, from.body.clone().into());
    *response.headers_mut() = from.headers.clone();
    response
}

fn empty(status: StatusCode) -> Response<WasiBody> {
    with_status(status, no_body())
}

fn text(status: StatusCode, content: Bytes) -> Response<WasiBody> {
    with_status(status, Full::new(content).map_err(Error::from).boxed_unsync())
}

fn with_status(status: StatusCode, body: WasiBody) -> Response<WasiBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn no_body() -> WasiBody {
    Empty::new().map_err(Error::from).boxed_unsync()
}

/// The request as a component gets it.
fn prepare<T>(
    matched: &Matched<'_, T>,
    peer: &Peer,
    request: Request<Incoming>,
) -> Result<Request<WasiBody>, BadRequest> {
    let (mut head, body) = request.into_parts();
    head.uri = absolute(head.uri, &head.headers)?;
    remove_ours(&mut head.headers);
    announce(&mut head.headers, &head.uri, matched, peer)?;
    let body = if body.is_end_stream() { no_body() } else { body.map_err(Error::from).boxed_unsync() };
    Ok(Request::from_parts(head, body))
}

/// `uri` with scheme and authority. The authority comes from the `host` header or the request's own URI; when both are
/// there and differ, nobody can say which server was meant.
fn absolute(uri: Uri, headers: &HeaderMap) -> Result<Uri, BadRequest> {
    let header = match headers.get(HOST) {
        Some(host) => Some(Authority::try_from(host.as_bytes()).map_err(|_| BadRequest)?),
        None => None,
    };
    let mut parts = uri.into_parts();
    let authority = match (header, parts.authority.take()) {
        (Some(one), Some(other)) if one != other => return Err(BadRequest),
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(BadRequest),
    };
    parts.authority = Some(authority);
    parts.scheme = Some(Scheme::HTTP);
    Uri::from_parts(parts).map_err(|_| BadRequest)
}

/// Removes what a client must not say in the host's name.
fn remove_ours(headers: &mut HeaderMap) {
    if headers.keys().any(|name| name.as_str().starts_with(OURS)) {
        let forged: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(OURS)).cloned().collect();
        for name in forged {
            headers.remove(name);
        }
    }
}

/// Sets the headers that Spin sets.
fn announce<T>(
    headers: &mut HeaderMap,
    uri: &Uri,
    matched: &Matched<'_, T>,
    peer: &Peer,
) -> Result<(), BadRequest> {
    let Entry { raw, matched: route, component, .. } = matched.entry;
    headers.reserve(7 + matched.parameters.len());
    headers.insert(PATH_INFO, value(&matched.path_info)?);
    headers.insert(FULL_URL, full_url(uri)?);
    headers.insert(MATCHED_ROUTE, route.clone());
    headers.insert(BASE_PATH, HeaderValue::from_static("/"));
    headers.insert(RAW_COMPONENT_ROUTE, raw.clone());
    headers.insert(COMPONENT_ROUTE, component.clone());
    headers.insert(CLIENT_ADDR, peer.address.clone());
    for (name, content) in &matched.parameters {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| BadRequest)?;
        headers.append(name, value(content)?);
    }
    Ok(())
}

/// Sets the headers of a request that one component sends to another.
pub(crate) fn announce_internal(request: &mut Request<WasiBody>) -> Result<(), BadRequest> {
    let entry = Entry {
        target: (),
        raw: HeaderValue::from_static("/..."),
        matched: HeaderValue::from_static("/..."),
        component: HeaderValue::from_static(""),
    };
    let path_info = request.uri().path().to_owned();
    let matched = Matched { entry: &entry, path_info, parameters: Vec::new() };
    let uri = request.uri().clone();
    let peer = Peer { address: HeaderValue::from_static("127.0.0.1:0") };
    request.headers_mut().remove(HOST);
    remove_ours(request.headers_mut());
    announce(request.headers_mut(), &uri, &matched, &peer)
}

fn full_url(uri: &Uri) -> Result<HeaderValue, BadRequest> {
    let path = uri.path_and_query().ok_or(BadRequest)?.as_str();
    let host = uri.authority().map_or("localhost", Authority::as_str);
    let mut url = BytesMut::with_capacity("http://".len() + host.len() + path.len());
    url.extend_from_slice(b"http://");
    url.extend_from_slice(host.as_bytes());
    url.extend_from_slice(path.as_bytes());
    HeaderValue::from_maybe_shared(url.freeze()).map_err(|_| BadRequest)
}

fn value(content: &str) -> Result<HeaderValue, BadRequest> {
    HeaderValue::from_str(content)
        .or_else(|_| HeaderValue::from_bytes(content.as_bytes()))
        .map_err(|_| BadRequest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HOST, HeaderValue::from_static(text))])
    }

    #[test]
    fn the_authority_must_be_clear() {
        let relative = Uri::from_static("/a?b");
        let uri = absolute(relative.clone(), &host("example.com:1")).unwrap();
        assert_eq!(uri, "http://example.com:1/a?b");
        assert!(absolute(relative.clone(), &HeaderMap::new()).is_err());
        assert!(absolute(relative, &host("not a host")).is_err());
        assert!(absolute(Uri::from_static("http://a/"), &host("b")).is_err());
        assert!(absolute(Uri::from_static("http://a/"), &HeaderMap::new()).is_ok());
    }

    #[test]
    fn forged_headers_are_removed() {
        let mut headers = HeaderMap::new();
        headers.append(CLIENT_ADDR, HeaderValue::from_static("6.6.6.6:1"));
        headers.append(CLIENT_ADDR, HeaderValue::from_static("6.6.6.6:2"));
        headers.append("spin-path-match-id", HeaderValue::from_static("forged"));
        headers.append("accept", HeaderValue::from_static("*/*"));
        remove_ours(&mut headers);
        assert_eq!(headers.len(), 1);
    }
}
