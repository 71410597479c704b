//! Why a request has failed: because of what the domain says, or of something that only HTTP knows.

use fundrail_domain::Error;

/// Why a request has failed. The texts are for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// What carries it out, or the guard, says so.
    #[error(transparent)]
    Domain(#[from] Error),
    /// The route exists, but not with this method.
    #[error("this route does not support {method}")]
    MethodNotAllowed {
        /// The method of the request.
        method: String,
        /// The supported methods, for the `Allow` header.
        allow: String,
    },
    /// The body exceeds the route's limit.
    #[error("the body is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is not of a media type that the route accepts.
    #[error("the body must be application/json")]
    UnsupportedMediaType,
    /// The body is compressed or otherwise encoded.
    #[error("the body must not have a Content-Encoding")]
    UnsupportedEncoding,
    /// The body was announced but did not arrive in time.
    #[error("the body did not arrive in time; send the request again")]
    BodyTooSlow,
    /// The work took longer than anybody would wait. Whether it took effect is unknown: check, or repeat it with the same
    /// `Idempotency-Key`.
    #[error("the request took too long and was abandoned; it may or may not have taken effect")]
    TimedOut,
}

impl Failure {
    /// The stable machine-readable code that callers may match on.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Domain(error) => error.code(),
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => "unsupported_media_type",
            Self::BodyTooSlow => "request_timeout",
            Self::TimedOut => "timeout",
        }
    }

    /// What the log says beyond the text for the caller.
    pub(crate) fn context(&self) -> Option<&str> {
        match self {
            Self::Domain(error) => error.context(),
            _ => None,
        }
    }
}
