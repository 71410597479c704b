//! Responses.

use bytes::Bytes;
use fundrail_domain::{Error, Result};
use fundrail_kit::entity_tag::{self, Comparison, names};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Context, problem};

/// The response of a handler.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) secret: bool,
}

impl Reply {
    /// 200 with JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with JSON and the address of what was created.
    pub fn created(location: &str, body: &impl Serialize) -> Result<Self> {
        let location = HeaderValue::from_str(location)
            .map_err(|_| Error::internal(format!("{location} is not a valid header value")))?;
        let mut reply = Self::json(StatusCode::CREATED, body)?;
        reply.set_header(header::LOCATION, location);
        Ok(reply)
    }

    /// 202 with JSON: stored durably, and carried out later.
    pub fn accepted(body: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// 204.
    pub fn no_content() -> Result<Self> {
        Ok(Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            secret: false,
        })
    }

    /// Any status with JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
        Ok(Self::bytes(status, "application/json", body))
    }

    /// The problem document of an error, for a handler whose work is committed nonetheless.
    pub fn problem(error: &Error, cx: &Context) -> Self {
        problem::reply(&error.clone().into(), cx.request_id(), false)
    }

    /// Any status with bytes of a content type.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into(), secret: false }
    }

    /// Sets a header.
    pub fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Sets a header from text that is known to fit one.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Marks a response that contains a secret, such as a new key: if it is stored for a repeated request, it is encrypted.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The same response with different JSON.
    pub fn with_body(mut self, body: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_vec(body).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
        self.body = json.into();
        Ok(self)
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// An entity tag over something other than the body, for [`Self::with_known_etag`]: e.g. over the lasting parts of a response
    /// that also contains its age.
    pub fn etag(lasting: &impl Serialize) -> Result<String> {
        let json =
            serde_json::to_vec(lasting).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
        Ok(entity_tag::strong(&json))
    }

    /// Adds a strong `ETag` over the body, or turns it into a 304 if `If-None-Match` names it (RFC 9110, 13.1.2).
    #[must_use]
    pub fn with_etag(self, if_none_match: Option<&str>) -> Self {
        let etag = entity_tag::strong(&self.body);
        self.with_known_etag(&etag, if_none_match)
    }

    /// Like [`Self::with_etag`], for a tag computed earlier.
    #[must_use]
    pub fn with_known_etag(mut self, etag: &str, if_none_match: Option<&str>) -> Self {
        if if_none_match.is_some_and(|given| names(given, etag, Comparison::Weak)) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Bytes::new();
            self.headers.remove(header::CONTENT_TYPE);
            self.headers.remove(header::CONTENT_ENCODING);
        }
        self.with_header("etag", etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_etag_makes_it_not_modified() {
        let reply = Reply::ok(&"x").unwrap().with_etag(None);
        let etag = reply.headers["etag"].to_str().unwrap().to_owned();
        for given in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
            let reply = Reply::ok(&"x").unwrap().with_etag(Some(&given));
            assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0));
        }
        assert_eq!(Reply::ok(&"y").unwrap().with_etag(Some(&etag)).status, StatusCode::OK);
    }
}
