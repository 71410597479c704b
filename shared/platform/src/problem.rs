//! Errors as `application/problem+json` (RFC 9457). The one place where an error becomes a status.

use fundrail_api::common::{Problem, ProblemField};
use fundrail_domain::Error;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::{Reply, failure::Failure};

/// The HTTP status of a failure.
fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Domain(error) => status_of(error),
        Failure::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Failure::PayloadTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Failure::UnsupportedMediaType | Failure::UnsupportedEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Failure::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        Failure::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    }
}

fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Malformed { .. } => StatusCode::BAD_REQUEST,
        Error::Unauthenticated { .. } | Error::Unsigned { .. } | Error::StepUpRequired { .. } => {
            StatusCode::UNAUTHORIZED
        }
        Error::Forbidden { .. } | Error::NotReady { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Conflict { .. } | Error::ConflictAt { .. } => StatusCode::CONFLICT,
        Error::Stale => StatusCode::PRECONDITION_FAILED,
        Error::Invalid(_) | Error::Unprocessable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
        Error::TooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Violated { .. } | Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The response that tells a caller about a failure. `bad_token` says that they sent a token that is not valid.
pub(crate) fn reply(failure: &Failure, request_id: &str, bad_token: bool) -> Reply {
    let status = status(failure);
    let errors = match failure {
        Failure::Domain(Error::Invalid(fields) | Error::ConflictAt { parts: fields, .. }) => fields
            .iter()
            .map(|field| ProblemField { pointer: field.pointer.clone(), message: field.message.clone() })
            .collect(),
        _ => Vec::new(),
    };
    let problem = Problem {
        kind: format!("/docs#problem-{}", failure.code()),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        code: failure.code().to_owned(),
        detail: detail(failure),
        request_id: request_id.to_owned(),
        errors,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut reply = Reply::bytes(status, "application/problem+json", body);
    reply.set_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some((name, value)) = header_of(failure, bad_token)
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        reply.set_header(name, value);
    }
    reply
}

/// What the caller is told: how HTTP names a version is said here.
fn detail(failure: &Failure) -> String {
    match failure {
        Failure::Domain(Error::VersionRequired) => {
            "updates require an If-Match header with the ETag of the version to be changed".to_owned()
        }
        other => other.to_string(),
    }
}

/// The challenge of RFC 9470, 3: the token is good, and this kind of sign-in would suffice.
fn step_up_challenge(acr: Option<&str>, max_age: i64) -> String {
    let acr = acr.map_or_else(String::new, |acr| format!(", acr_values=\"{acr}\""));
    format!(
        "Bearer error=\"insufficient_user_authentication\", \
         error_description=\"a fresh proof of identity is required\"{acr}, max_age=\"{max_age}\""
    )
}

/// The challenge of RFC 6750, 3.1: the token is good, but does not suffice. What is missing is named if it is a scope, and not if
/// it is something that one is, such as an owner.
fn scope_challenge(permission: &str) -> String {
    let is_scope = permission.contains(':')
        && permission.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b':'));
    let scope = if is_scope { format!(", scope=\"{permission}\"") } else { String::new() };
    format!("Bearer error=\"insufficient_scope\", error_description=\"the token does not allow this\"{scope}")
}

/// The header that goes with a failure.
fn header_of(failure: &Failure, bad_token: bool) -> Option<(HeaderName, String)> {
    match failure {
        Failure::Domain(error) => header_of_error(error, bad_token),
        Failure::MethodNotAllowed { allow, .. } => Some((header::ALLOW, allow.clone())),
        // RFC 9110, 15.5.16: says that the encoding is the problem, and which one is accepted.
        Failure::UnsupportedEncoding => Some((header::ACCEPT_ENCODING, "identity".to_owned())),
        _ => None,
    }
}

fn header_of_error(error: &Error, bad_token: bool) -> Option<(HeaderName, String)> {
    Some(match error {
        Error::TooSoon { retry_after } | Error::Unavailable { retry_after, .. } => {
            (header::RETRY_AFTER, retry_after.to_string())
        }
        // RFC 6750, 3.1: a caller who sent no token is not told that it is wrong.
        Error::Unauthenticated { .. } if bad_token => (
            header::WWW_AUTHENTICATE,
            r#"Bearer error="invalid_token", error_description="the token is not valid, or it is over""#
                .to_owned(),
        ),
        // A 401 must name a scheme, and there is none for signatures of this kind.
        Error::Unauthenticated { .. } | Error::Unsigned { .. } => {
            (header::WWW_AUTHENTICATE, "Bearer".to_owned())
        }
        Error::StepUpRequired { acr, max_age, .. } => {
            (header::WWW_AUTHENTICATE, step_up_challenge(*acr, *max_age))
        }
        Error::Forbidden { permission } => (header::WWW_AUTHENTICATE, scope_challenge(permission)),
        _ => return None,
    })
}
