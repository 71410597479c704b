//! Why something cannot be done: independent of transport, and mapped to an HTTP status in one place, in `platform`, which also
//! has what can only go wrong with HTTP.

use std::borrow::Cow;

use fundrail_kit::input::{self, FieldError};

/// What most functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not carried out. Texts are for the caller; what only the log may see is in `context`.
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
    /// Parsed, but one or more fields are invalid. Names all of them.
    #[error("the request has invalid fields")]
    Invalid(Vec<FieldError>),
    /// Parsed and well-formed, but rejected for a reason that is not about a single field.
    #[error("{detail}")]
    Unprocessable {
        /// Stable machine code.
        code: &'static str,
        /// What is wrong.
        detail: Cow<'static, str>,
    },
    /// Missing or invalid credentials. The text is the same for every cause, so that a caller learns nothing from it.
    #[error("the credentials are missing or not valid")]
    Unauthenticated {
        /// Which check failed, for the log only.
        context: Cow<'static, str>,
    },
    /// A signed message with an invalid signature. Unlike with credentials, the sender is told what is wrong: the checks are
    /// public, and nobody gets further without the secret.
    #[error("{detail}")]
    Unsigned {
        /// What is wrong, without revealing any secret.
        detail: Cow<'static, str>,
    },
    /// Signed in, but not allowed.
    #[error("this requires the permission `{permission}`")]
    Forbidden {
        /// The missing permission.
        permission: Cow<'static, str>,
    },
    /// Signed in and permitted, but the action requires a fresh proof of identity first (RFC 9470).
    #[error("{detail}")]
    StepUpRequired {
        /// What to do.
        detail: Cow<'static, str>,
        /// Kind of proof required: a value of `acr_values`; `None` if any sign-in will do.
        acr: Option<&'static str>,
        /// Maximum age of the proof in seconds.
        max_age: i64,
    },
    /// Signed in and permitted, but the caller must do something first: verify their address, or enrol a second factor.
    #[error("{detail}")]
    NotReady {
        /// Stable machine code.
        code: &'static str,
        /// What to do.
        detail: Cow<'static, str>,
    },
    /// There is no such resource, or it belongs to another tenant: the two look alike.
    #[error("no such {what}")]
    NotFound {
        /// Kind of resource, e.g. `fund`.
        what: &'static str,
    },
    /// Contradicts what is stored.
    #[error("{detail}")]
    Conflict {
        /// Stable machine code.
        code: &'static str,
        /// What it contradicts.
        detail: Cow<'static, str>,
    },
    /// Parts of the request contradict what is stored, and are named.
    #[error("{detail}")]
    ConflictAt {
        /// Stable machine code.
        code: &'static str,
        /// What they contradict.
        detail: Cow<'static, str>,
        /// The contradicting parts.
        parts: Vec<FieldError>,
    },
    /// A change of a version other than the stored one.
    #[error("the resource has changed since it was read; read it again and repeat the change")]
    Stale,
    /// A change that does not say which version it is based on.
    #[error("updates must name the version to be changed")]
    VersionRequired,
    /// Once more than is allowed in this time.
    #[error("too many requests; try again in {retry_after} s")]
    TooSoon {
        /// Seconds until the next one is allowed.
        retry_after: u64,
    },
    /// A dependency is unavailable. Nothing was written.
    #[error("{service} is currently unavailable; try again")]
    Unavailable {
        /// The dependency, e.g. `database`.
        service: &'static str,
        /// Seconds to wait before trying again.
        retry_after: u64,
        /// What it said, for the log only.
        context: String,
    },
    /// Something to be stored violates a database constraint that has no error of its own. That is a defect of ours, as
    /// everything that callers can get wrong is checked before.
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

impl From<input::Error> for Error {
    fn from(error: input::Error) -> Self {
        match error {
            input::Error::Malformed(detail) => {
                Self::Malformed { code: "malformed_json", detail: detail.into() }
            }
            input::Error::Invalid(fields) => Self::Invalid(fields),
            input::Error::Silent => Self::internal(error.to_string()),
        }
    }
}

impl Error {
    /// A single invalid field.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), message: message.into() }])
    }

    /// A defect of ours, with context for the log.
    pub fn internal(context: impl Into<String>) -> Self {
        Self::Internal { context: context.into() }
    }

    /// Missing or invalid credentials, with context for the log.
    pub fn unauthenticated(context: impl Into<Cow<'static, str>>) -> Self {
        Self::Unauthenticated { context: context.into() }
    }

    /// A message with an invalid signature, with an explanation for the sender.
    pub fn unsigned(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsigned { detail: detail.into() }
    }

    /// A conflict with what is stored.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// Well-formed but rejected.
    pub fn unprocessable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Unprocessable { code, detail: detail.into() }
    }

    /// A dependency that is unavailable.
    pub fn unavailable(service: &'static str, context: impl Into<String>) -> Self {
        Self::Unavailable { service, retry_after: 1, context: context.into() }
    }

    /// The stable machine-readable code that callers may match on.
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
            Self::Stale => "precondition_failed",
            Self::VersionRequired => "precondition_required",
            Self::TooSoon { .. } => "too_many_requests",
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
