//! What a handler answers, with the type of what it holds.

use std::marker::PhantomData;

use bytes::Bytes;
use fundrail_api::endpoint::Operation;
use fundrail_domain::{Error, Result};
use http::StatusCode;
use serde::Serialize;

use crate::{Context, Reply};

/// An answer that holds a `T` as JSON, or is known to: `Answer<()>` has no body.
#[derive(Debug)]
pub struct Answer<T> {
    reply: Reply,
    holds: PhantomData<fn() -> T>,
}

impl<T: Serialize> Answer<T> {
    /// 200.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no JSON of it; so with those below.
    pub fn ok(body: &T) -> Result<Self> {
        Reply::ok(body).map(Self::of)
    }

    /// 201, with the address of what was made.
    ///
    /// # Errors
    /// As [`Self::ok`].
    pub fn created(location: &str, body: &T) -> Result<Self> {
        Reply::created(location, body).map(Self::of)
    }

    /// 202: durable, and carried out later.
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
    /// Says that a reply holds a `T`: bytes that were made from one, by this version or by the one before.
    pub fn of(reply: Reply) -> Self {
        Self { reply, holds: PhantomData }
    }

    /// Says that the JSON of something else is that of a `T`: what came from the cache as it is, say.
    pub fn is<U>(self) -> Answer<U> {
        Answer::of(self.reply)
    }

    /// Bytes of a content type.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::of(Reply::bytes(status, content_type, body))
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

    /// Like [`Self::with_etag`], for a tag that was worked out before.
    #[must_use]
    pub fn with_known_etag(self, etag: &str, if_none_match: Option<&str>) -> Self {
        Self::of(self.reply.with_known_etag(etag, if_none_match))
    }

    /// Marks an answer that tells a secret, such as a new key: kept for a repeated request, it is encrypted.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::of(self.reply.secret())
    }
}

/// What a handler of an operation may answer with.
pub trait Answers<O: Operation> {
    /// As it is sent.
    fn reply(self) -> Reply;
}

impl<O: Operation> Answers<O> for Answer<O::Answer> {
    fn reply(self) -> Reply {
        self.reply
    }
}

/// Whose type nobody has said yet.
impl<O: Operation> Answers<O> for Reply {
    fn reply(self) -> Reply {
        self
    }
}
