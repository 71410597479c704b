//! The one error type of the project: free of transport, mapped to an HTTP status once, in `platform`.

use std::borrow::Cow;

use serde::Serialize;

/// What most functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or `/name` of a query or path parameter.
    pub pointer: String,
    /// What is wrong and what would be right, for the caller.
    pub message: String,
}

/// Why a request has not been carried out. Texts are for the caller; what only the log may see is in `context`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request cannot be parsed at all.
    #[error("{detail}")]
    Malformed {
        /// Stable machine code.
        code: &'static str,
        /// What is wrong.
        detail: Cow<'static, str>,
    },
    /// Parsed, but one or more fields are wrong. Names all of them.
    #[error("the request has invalid fields")]
    Invalid(Vec<FieldError>),
    /// Parsed and well-formed, but refused by a rule that no single field breaks.
    #[error("{detail}")]
    Unprocessable {
        /// Stable machine code.
        code: &'static str,
        /// What is wrong.
        detail: Cow<'static, str>,
    },
    /// No credentials, or credentials that do not hold. One text for all causes: a caller learns nothing from it.
    #[error("the credentials are missing or not valid")]
    Unauthenticated {
        /// Which check failed, for the log only.
        context: Cow<'static, str>,
    },
    /// A signed message whose signature does not hold. Unlike with credentials, the sender is told what is wrong: what is
    /// checked stands in a public specification, and only who has the secret gets any further.
    #[error("{detail}")]
    Unsigned {
        /// What is wrong, without anything that is secret.
        detail: Cow<'static, str>,
    },
    /// Signed in, but not allowed.
    #[error("this needs the permission `{permission}`")]
    Forbidden {
        /// The permission that is missing.
        permission: Cow<'static, str>,
    },
    /// Signed in and permitted, but the action wants a fresh proof of identity first (RFC 9470).
    #[error("{detail}")]
    StepUpRequired {
        /// What to do.
        detail: Cow<'static, str>,
        /// Which kind of proof: a value of `acr_values`; none where any sign-in will do.
        acr: Option<&'static str>,
        /// How many seconds ago the proof may have been given.
        max_age: i64,
    },
    /// Signed in and permitted, but something of the caller's own has to come first: a verified address, a second factor.
    #[error("{detail}")]
    NotReady {
        /// Stable machine code.
        code: &'static str,
        /// What to do.
        detail: Cow<'static, str>,
    },
    /// There is no such thing, or it belongs to another tenant: the two look alike.
    #[error("no such {what}")]
    NotFound {
        /// The kind of thing, e.g. `fund`.
        what: &'static str,
    },
    /// The route exists, but not with this method.
    #[error("this route does not answer {method}")]
    MethodNotAllowed {
        /// The method that was tried.
        method: String,
        /// Methods that work, for the `Allow` header.
        allow: String,
    },
    /// Contradicts what is stored.
    #[error("{detail}")]
    Conflict {
        /// Stable machine code.
        code: &'static str,
        /// What it contradicts.
        detail: Cow<'static, str>,
    },
    /// Parts of what was sent contradict what is stored: which, is named.
    #[error("{detail}")]
    ConflictAt {
        /// Stable machine code.
        code: &'static str,
        /// What they contradict.
        detail: Cow<'static, str>,
        /// The parts.
        parts: Vec<FieldError>,
    },
    /// `If-Match` names another version than the stored one.
    #[error("the resource has changed since it was read; read it again and repeat the change")]
    PreconditionFailed,
    /// An update without `If-Match`.
    #[error("updates need an If-Match header with the ETag of the version they change")]
    PreconditionRequired,
    /// The body exceeds the route's limit.
    #[error("the body is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is not of the type that the route reads.
    #[error("the body has to be application/json")]
    UnsupportedMediaType,
    /// The body is compressed, or encoded otherwise.
    #[error("the body has to come as it is, without a Content-Encoding")]
    UnsupportedEncoding,
    /// The body was announced and did not come.
    #[error("the body did not come in time; send the request again")]
    BodyTooSlow,
    /// The work took longer than anybody would wait. Whether it was done is not known: ask, or repeat it with the same
    /// `Idempotency-Key`.
    #[error("this took too long and was given up; it may or may not have been done")]
    TimedOut,
    /// Too many requests.
    #[error("too many requests; try again in {retry_after} s")]
    TooManyRequests {
        /// Seconds until the next one is allowed.
        retry_after: u64,
    },
    /// A service that this depends on is away. Nothing has been written.
    #[error("{service} is not available at the moment; try again")]
    Unavailable {
        /// Which one, e.g. `database`.
        service: &'static str,
        /// Seconds after which trying again makes sense.
        retry_after: u64,
        /// What it said, for the log only.
        context: String,
    },
    /// What was to be stored breaks a constraint of the database that nobody has given an error of its own: a defect of
    /// ours, since what callers can get wrong is looked for before.
    #[error("something went wrong on our side")]
    Violated {
        /// Name of the constraint.
        constraint: String,
        /// What the database said, for the log only.
        context: String,
    },
    /// A defect of ours.
    #[error("something went wrong on our side")]
    Internal {
        /// What happened, for the log only.
        context: String,
    },
}

impl Error {
    /// A single wrong field.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), message: message.into() }])
    }

    /// A defect of ours, with what the log should say.
    pub fn internal(context: impl Into<String>) -> Self {
        Self::Internal { context: context.into() }
    }

    /// Missing or bad credentials, with what the log should say.
    pub fn unauthenticated(context: impl Into<Cow<'static, str>>) -> Self {
        Self::Unauthenticated { context: context.into() }
    }

    /// A message whose signature does not hold, with what the sender should know.
    pub fn unsigned(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsigned { detail: detail.into() }
    }

    /// A contradiction to what is stored.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// Well-formed but refused.
    pub fn unprocessable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Unprocessable { code, detail: detail.into() }
    }

    /// A service that is away.
    pub fn unavailable(service: &'static str, context: impl Into<String>) -> Self {
        Self::Unavailable { service, retry_after: 1, context: context.into() }
    }

    /// The stable machine code, snake_case, that callers may match on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { code, .. }
            | Self::Unprocessable { code, .. }
            | Self::NotReady { code, .. }
            | Self::Conflict { code, .. }
            | Self::ConflictAt { code, .. } => code,
            Self::Invalid(_) => "invalid_fields",
            Self::Unauthenticated { .. } | Self::Unsigned { .. } => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::StepUpRequired { .. } => "step_up_required",
            Self::NotFound { .. } => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::PreconditionFailed => "precondition_failed",
            Self::PreconditionRequired => "precondition_required",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => "unsupported_media_type",
            Self::BodyTooSlow => "request_timeout",
            Self::TimedOut => "timeout",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Unavailable { .. } => "unavailable",
            Self::Violated { .. } | Self::Internal { .. } => "internal",
        }
    }

    /// What the log says beyond the text for the caller.
    pub fn context(&self) -> Option<&str> {
        match self {
            Self::Unauthenticated { context } | Self::Unsigned { detail: context } => Some(context),
            Self::Unavailable { context, .. }
            | Self::Violated { context, .. }
            | Self::Internal { context } => Some(context),
            _ => None,
        }
    }
}
