//! The host's own responses: its own paths, static routes, and problems (RFC 9457) where no component responds.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt as _, Empty, Full};
use serde_json::json;
use uuid::Uuid;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::{core::Failure, head::BadHead, intake::Refusal, log, manifest::StaticResponse};

/// Content of this type.
pub(crate) fn content(media_type: &'static str, content: impl Into<Bytes>) -> Response<WasiBody> {
    let mut response = with_body(StatusCode::OK, content.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// The response that the manifest defines for a route without a component.
pub(crate) fn fixed(from: &StaticResponse) -> Response<WasiBody> {
    let mut response = with_body(from.status, from.body.clone().into());
    *response.headers_mut() = from.headers.clone();
    response
}

/// There is nothing at this path.
pub(crate) fn nothing_here() -> Response<WasiBody> {
    problem(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path.")
}

/// The head of the request is refused.
pub(crate) fn bad_head(why: &BadHead) -> Response<WasiBody> {
    closing(problem(StatusCode::BAD_REQUEST, "malformed", &why.to_string()))
}

/// The body of the request is refused.
pub(crate) fn refused(why: Refusal) -> Response<WasiBody> {
    closing(match why {
        Refusal::TooLarge(limit) => {
            let detail = format!("The body may have at most {limit} bytes.");
            problem(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", &detail)
        }
        Refusal::Late => {
            problem(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The body did not arrive in time.")
        }
        Refusal::Broken => {
            problem(StatusCode::BAD_REQUEST, "malformed", "The body cannot be read to its end.")
        }
    })
}

/// The component gave no response.
pub(crate) fn failed(failure: &Failure) -> Response<WasiBody> {
    let status = failure.status();
    let (code, detail) = match failure {
        Failure::Broken => ("internal", "Something went wrong on our side."),
        Failure::Late => ("timeout", "The response took too long."),
        Failure::Busy => ("unavailable", "The service is overloaded at the moment."),
    };
    let mut response = problem(status, code, detail);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// The response to a component that called another one, without a body, as in Spin.
pub(crate) fn failed_internally(failure: &Failure) -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(Error::from).boxed_unsync());
    *response.status_mut() = failure.status();
    response
}

/// With an id by which its line in the log can be found, as in components' responses.
fn problem(status: StatusCode, code: &str, detail: &str) -> Response<WasiBody> {
    let id = Uuid::now_v7().to_string();
    log::info(
        "answered",
        &[("request_id", json!(id)), ("status", json!(status.as_u16())), ("code", json!(code))],
    );
    let problem = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
        "request_id": id,
    });
    let mut response = with_body(status, problem.to_string().into());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The end of the request cannot be told from the beginning of the next one: the connection ends with the response.
fn closing(mut response: Response<WasiBody>) -> Response<WasiBody> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn with_body(status: StatusCode, content: Bytes) -> Response<WasiBody> {
    let mut response = Response::new(Full::new(content).map_err(Error::from).boxed_unsync());
    *response.status_mut() = status;
    response
}
