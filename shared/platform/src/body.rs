//! Bodies: read within limits of size and time.
//!
//! Who announces a body and does not send it would hold whatever the request has: so each piece has to come soon, and all of it
//! before long. Hosts have no such limits.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use fundrail_domain::{Error, Result};
use http::{HeaderMap, Method, header, request::Parts};
use http_body_util::BodyExt as _;

use crate::{Route, time};

/// Longest wait for the next piece of a body.
const IDLE: Duration = Duration::from_secs(5);
/// Longest time for all of it: 1 MiB at 50 kB/s.
const WHOLE: Duration = Duration::from_secs(20);

/// What a body of a request is to us.
pub(crate) trait Body: http_body::Body<Data = Bytes, Error: std::fmt::Debug> {}

impl<B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>> Body for B {}

/// Reads the body up to the route's limit. A body where none is read, on a GET say, is ignored.
///
/// # Errors
/// [`Error::PayloadTooLarge`], [`Error::BodyTooSlow`], [`Error::Malformed`] when the connection ends first,
/// [`Error::UnsupportedEncoding`] and [`Error::UnsupportedMediaType`].
pub(crate) async fn read(head: &Parts, mut body: Pin<&mut impl Body>, route: &Route) -> Result<Bytes> {
    if matches!(head.method, Method::GET | Method::HEAD | Method::DELETE) {
        return Ok(Bytes::new());
    }
    if is_encoded(&head.headers) {
        return Err(Error::UnsupportedEncoding);
    }
    let too_large = || Error::PayloadTooLarge { limit: route.body_limit };
    let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    // A number that does not fit, and memory is of 32 bits here, is too large as well.
    if announced.is_some_and(|text| text.parse::<usize>().ok().is_none_or(|length| length > route.body_limit))
    {
        return Err(too_large());
    }
    let began = Instant::now();
    let mut bytes = BytesMut::new();
    loop {
        let patience = IDLE.min(WHOLE.saturating_sub(began.elapsed()));
        let Some(frame) = time::within(patience, body.frame()).await.ok_or(Error::BodyTooSlow)? else {
            break;
        };
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
/// has the answer lost on the way (RFC 9112, 9.6). Who sends nothing loses nothing.
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

/// Whether the body is compressed, or encoded otherwise.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("unreadable").split(','))
        .map(str::trim);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
}

/// Whether the body is said, once, to be JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let essence = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
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
}
