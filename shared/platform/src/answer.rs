//! The response of a handler, with the type of its content.

use std::marker::PhantomData;

use bytes::Bytes;
use fundrail_api::endpoint::Operation;
use fundrail_domain::{Error, Result};
use http::StatusCode;
use serde::Serialize;

use crate::{Context, Reply};

/// A response whose JSON is, or is known to be, a `T`: `Answer<()>` has no body.
#[derive(Debug)]
pub struct Answer<T> {
    reply: Reply,
    holds: PhantomData<fn() -> T>,
}

impl<T: Serialize> Answer<T> {
    /// 200.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be represented in JSON; the same for the following functions.
    pub fn ok(body: &T) -> Result<Self> {
        Reply::ok(body).map(Self::of)
    }

    /// 201, with the address of what was created.
    ///
    /// # Errors
    /// As [`Self::ok`].
    pub fn created(location: &str, body: &T) -> Result<Self> {
        Reply::created(location, body).map(Self::of)
    }

    /// 202: stored durably, and carried out later.
    ///
    /// # Errors
    /// As [`Self::ok`].
    pub fn accepted(body: &T) -> Result<Self> {
        Reply::accepted(body).map(Self::of)
    }

    /// Any status.
    ///
    /// # Errors
    /// As [`Self::ok`].
    pub fn json(status: StatusCode, body: &T) -> Result<Self> {
        Reply::json(status, body).map(Self::of)
    }
}

impl Answer<()> {
    /// 204.
    ///
    /// # Errors
    /// None: for handlers that end in it.
    pub fn no_content() -> Result<Self> {
        Reply::no_content().map(Self::of)
    }
}

impl<T> Answer<T> {
    /// Declares that a reply holds a `T`: bytes made from one, by this version or the previous one.
    pub fn of(reply: Reply) -> Self {
        Self { reply, holds: PhantomData }
    }

    /// Declares that the JSON of something else is that of a `T`, e.g. what came from the cache.
    pub fn is<U>(self) -> Answer<U> {
        Answer::of(self.reply)
    }

    /// Bytes of a content type.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::of(Reply::bytes(status, content_type, body))
    }

    /// The strong entity tag of an answer that holds this.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no JSON of it.
    pub fn etag(of: &impl Serialize) -> Result<String> {
        Reply::etag(of)
    }

    /// The problem document of an error, for a handler whose work is to be committed all the same.
    pub fn problem(error: &Error, cx: &Context) -> Self {
        Self::of(Reply::problem(error, cx))
    }

    /// With a header whose value is known to fit one.
    #[must_use]
    pub fn with_header(self, name: &'static str, value: &str) -> Self {
        Self::of(self.reply.with_header(name, value))
    }

    /// With a strong `ETag` over the body; 304 when `If-None-Match` names it.
    #[must_use]
    pub fn with_etag(self, if_none_match: Option<&str>) -> Self {
        Self::of(self.reply.with_etag(if_none_match))
    }

    /// Like [`Self::with_etag`], for a tag computed earlier.
    #[must_use]
    pub fn with_known_etag(self, etag: &str, if_none_match: Option<&str>) -> Self {
        Self::of(self.reply.with_known_etag(etag, if_none_match))
    }

    /// Marks a response that contains a secret, such as a new key: if it is stored for a repeated request, it is encrypted.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::of(self.reply.secret())
    }
}

impl<T> Answer<T> {
    /// What a handler of this operation has answered, in the form in which it is sent. Made by [`crate::routes!`], so that a handler
    /// that answers something else does not compile.
    pub fn for_operation<O: Operation<Answer = T>>(self) -> Reply {
        self.reply
    }
}
