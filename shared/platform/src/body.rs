//! Bodies: read within limits of size and time.
//!
//! Somebody who announces a body and does not send it would hold on to whatever the request has: so each piece must arrive soon,
//! and the whole before long. Hosts have no such limits.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use fundrail_domain::Error;
use http::{HeaderMap, Method, header, request::Parts};
use http_body_util::BodyExt as _;

use crate::{Route, failure::Failure, time};

/// Maximum wait for the next piece of a body.
const IDLE: Duration = Duration::from_secs(5);
/// Maximum time for the whole body: 1 MiB at 50 kB/s.
const WHOLE: Duration = Duration::from_secs(20);

/// How the body of a request is treated.
pub(crate) trait Body: http_body::Body<Data = Bytes, Error: std::fmt::Debug> {}

impl<B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>> Body for B {}

/// Reads the body up to the route's limit. A body where none is expected, e.g. on a GET, is ignored.
///
/// # Errors
/// [`Failure::PayloadTooLarge`], [`Failure::BodyTooSlow`], [`Error::Malformed`] if the connection ends first,
/// [`Failure::UnsupportedEncoding`] and [`Failure::UnsupportedMediaType`].
pub(crate) async fn read(
    head: &Parts,
    mut body: Pin<&mut impl Body>,
    route: &Route,
) -> Result<Bytes, Failure> {
    if matches!(head.method, Method::GET | Method::HEAD | Method::DELETE) {
        return Ok(Bytes::new());
    }
    if is_encoded(&head.headers) {
        return Err(Failure::UnsupportedEncoding);
    }
    let too_large = || Failure::PayloadTooLarge { limit: route.endpoint.body_limit };
    let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    // A number that does not fit (memory here is 32-bit) is too large as well.
    if announced.is_some_and(|text| {
        text.parse::<usize>().ok().is_none_or(|length| length > route.endpoint.body_limit)
    }) {
        return Err(too_large());
    }
    let began = Instant::now();
    let mut bytes = BytesMut::new();
    loop {
        let patience = IDLE.min(WHOLE.saturating_sub(began.elapsed()));
        let Some(frame) = time::within(patience, body.frame()).await.ok_or(Failure::BodyTooSlow)? else {
            break;
        };
        let frame = frame.map_err(|error| broken(&format!("{error:?}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > route.endpoint.body_limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    if looks_compressed(&bytes) {
        return Err(Failure::UnsupportedEncoding);
    }
    if route.endpoint.json_body && !bytes.is_empty() && !is_json(&head.headers, &head.method) {
        return Err(Failure::UnsupportedMediaType);
    }
    Ok(bytes.freeze())
}

/// Reads and discards what a refused request still sends, within reason: if one side responds and closes while the other is
/// sending, the response is lost on the way (RFC 9112, 9.6). A sender who sends nothing loses nothing.
pub(crate) async fn drain(mut body: Pin<Box<impl Body>>) {
    const ENOUGH: usize = 16 * 1024 * 1024;
    const PIECE: Duration = Duration::from_millis(500);
    const ALL: Duration = Duration::from_secs(2);
    let began = Instant::now();
    let mut read = 0;
    while let Some(Some(Ok(frame))) = time::within(PIECE, body.frame()).await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > ENOUGH || began.elapsed() > ALL {
            break;
        }
    }
}

/// Whether the body is compressed or otherwise encoded.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("unreadable").split(','))
        .map(str::trim);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
}

/// Why a body broke off, by its WASI name. Our host gives up on a slow sender after the same time as we do, so either may be the
/// first to notice.
fn broken(name: &str) -> Failure {
    if name.contains("ConnectionReadTimeout") {
        return Failure::BodyTooSlow;
    }
    let detail = format!("the body ended early: {name}").into();
    Error::Malformed { code: "incomplete_body", detail }.into()
}

/// Whether the body is compressed although no header says so: it begins like gzip (RFC 1952, 2.3.1) or Zstandard (RFC 8878,
/// 3.1.1). No text begins that way, and telling the sender what it is helps more than saying that it is not JSON.
fn looks_compressed(body: &[u8]) -> bool {
    [&[0x1f, 0x8b][..], &[0x28, 0xb5, 0x2f, 0xfd]].iter().any(|magic| body.starts_with(magic))
}

/// Whether exactly one header says that the body is JSON. A PATCH is a JSON Merge Patch, and may say so (RFC 7396, 4).
fn is_json(headers: &HeaderMap, method: &Method) -> bool {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let essence = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    is("application/json") || (method == Method::PATCH && is("application/merge-patch+json"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_coding_is_one_but_for_identity() {
        let encoded = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(line));
            }
            is_encoded(&headers)
        };
        for none in [&[][..], &["identity"], &["Identity, identity"], &[""]] {
            assert!(!encoded(none), "{none:?}");
        }
        for some in [&["gzip"][..], &["identity, br"], &["identity", "deflate"], &["x-gzip"], &["gzip", ""]] {
            assert!(encoded(some), "{some:?}");
        }
    }

    #[test]
    fn who_is_too_slow_is_told_so_whoever_notices_first() {
        assert_eq!(broken("ErrorCode::ConnectionReadTimeout").code(), Failure::BodyTooSlow.code());
        assert_eq!(broken("ErrorCode::HttpProtocolError").code(), "incomplete_body");
    }

    #[test]
    fn a_body_is_json_by_one_line_that_says_so() {
        let json = |lines: &[&'static str], method| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_TYPE, HeaderValue::from_static(line));
            }
            is_json(&headers, &method)
        };
        for line in ["application/json", "Application/JSON ; charset=utf-8"] {
            assert!(json(&[line], Method::POST) && json(&[line], Method::PATCH), "{line}");
        }
        assert!(json(&["application/merge-patch+json"], Method::PATCH));
        assert!(!json(&["application/merge-patch+json"], Method::POST));
        for lines in [
            &[][..],
            &["text/json"],
            &["application/json", "application/json"],
            &["application/json-patch+json"],
        ] {
            assert!(!json(lines, Method::PATCH), "{lines:?}");
        }
    }

    #[test]
    fn a_body_is_compressed_also_when_no_header_says_so() {
        for compressed in [&b"\x1f\x8b\x08\0"[..], b"\x28\xb5\x2f\xfd\x04"] {
            assert!(looks_compressed(compressed), "{compressed:?}");
        }
        for plain in [&b""[..], b"{}", b"\x1f", b"(", "\u{feff}{}".as_bytes()] {
            assert!(!looks_compressed(plain), "{plain:?}");
        }
    }
}
