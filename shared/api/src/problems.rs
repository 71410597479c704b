//! Every `code` that a problem document can have: what it means, and what a caller does about it.
//!
//! A code is a promise: callers match on it, so that it is never renamed. A test holds this list against the source.

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    /// The stable machine code.
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What has happened, and what to do.
    pub meaning: &'static str,
}

const fn kind(code: &'static str, status: u16, meaning: &'static str) -> ProblemKind {
    ProblemKind { code, status, meaning }
}

/// All of them, by status.
pub const KINDS: &[ProblemKind] = &[
    kind(
        "malformed_json",
        400,
        "The body is not JSON, or says a key twice. The detail names line and column.",
    ),
    kind("malformed_query", 400, "The query string is not percent-encoded UTF-8."),
    kind("invalid_idempotency_key", 400, "An `Idempotency-Key` has 1 to 255 visible characters."),
    kind("incomplete_body", 400, "The connection ended before the body did. Send it again."),
    kind(
        "unauthenticated",
        401,
        "The credentials are missing or do not hold. The answer is the same for every cause, on purpose; only that to a \
            webhook whose signature does not hold says in its detail what is wrong.",
    ),
    kind(
        "step_up_required",
        401,
        "Show your second factor again first: this action wants a fresh proof of identity. The token is good, so do not refresh \
            it: `WWW-Authenticate` says `insufficient_user_authentication`, which kind of proof is wanted and how many seconds \
            old it may be (RFC 9470).",
    ),
    kind("forbidden", 403, "You are signed in, but lack the permission that the detail names."),
    kind(
        "email_unverified",
        403,
        "This wants an address that you have shown to be yours: follow the link of the mail, or have it sent again.",
    ),
    kind(
        "mfa_required",
        403,
        "The tenant demands a second factor of everybody: enrol one, or show it in this session.",
    ),
    kind("not_found", 404, "There is no such thing, or it belongs to another tenant: the two look alike."),
    kind(
        "method_not_allowed",
        405,
        "The route does not answer this method. The header `Allow` names those that work.",
    ),
    kind("request_timeout", 408, "The body was announced and did not come. Send the request again."),
    kind("already_revoked", 409, "It was revoked before, and is not revoked twice."),
    kind("api_key_over", 409, "The key is revoked, has expired or has been replaced. Make a new one."),
    kind("challenge_used", 409, "The challenge has been answered. Ask for another one, and sign that."),
    kind("email_changed", 409, "The address of the account was changed meanwhile. Ask again."),
    kind("email_taken", 409, "There is an account with this e-mail address. Sign in, or reset its password."),
    kind(
        "no_tenant",
        409,
        "The password is right, but you are a member of no tenant. Follow an invitation, or register a tenant with the same \
            address and password.",
    ),
    kind("too_many_tenants", 409, "Nobody owns that many tenants. Leave one first."),
    kind(
        "idempotency_in_progress",
        409,
        "The first request with this `Idempotency-Key` is still running. Repeat it later.",
    ),
    kind("invitation_open", 409, "There is an open invitation to this address. Revoke it first."),
    kind("last_owner", 409, "A tenant always has an owner. Name another one first."),
    kind(
        "log_contradicts",
        409,
        "A log differs from the one that is known in its place, or names its block at another height; `errors` names every \
            such log. Nothing of the delivery was taken in; what contradicts is kept as evidence.",
    ),
    kind(
        "member_elsewhere",
        409,
        "They belong to another tenant too, and their second factor counts there: ask whoever runs the installation.",
    ),
    kind("mfa_enabled", 409, "There is a second factor already. Remove it first."),
    kind("mfa_not_enabled", 409, "There is no second factor yet."),
    kind("mfa_not_enrolled", 409, "There is no secret that a code could confirm. Enrol first."),
    kind(
        "nav_already_published",
        409,
        "The share class has a net asset value of that day already. To correct it, name it in `replaces`, and say why.",
    ),
    kind(
        "nav_proposal_decided",
        409,
        "The value no longer waits: it is published, turned down, or another one has taken its place.",
    ),
    kind("nav_proposal_differs", 409, "Another value waits than the one that you approve. Read it again."),
    kind(
        "nav_proposer_gone",
        409,
        "Who proposed the value may no longer publish values. Propose it anew, and let another person approve it.",
    ),
    kind(
        "nav_replaced",
        409,
        "The value that this corrects is no longer the one that counts. Read it again and repeat the correction.",
    ),
    kind(
        "second_person_required",
        409,
        "It wants another person than the one who proposed it, by themselves or by a key of theirs.",
    ),
    kind("wallet_taken", 409, "Another investor of the tenant has the wallet; the detail names both."),
    kind(
        "wallet_proven_elsewhere",
        409,
        "The wallet is proven to be another investor's. It has to be removed there before it can be proven here.",
    ),
    kind("lei_taken", 409, "Another investor of the tenant has this Legal Entity Identifier."),
    kind(
        "precondition_failed",
        412,
        "It has changed since you read it. Read it again and repeat the change.",
    ),
    kind("payload_too_large", 413, "The body is larger than the route takes."),
    kind(
        "unsupported_media_type",
        415,
        "The body has to be `application/json`, and come without a `Content-Encoding`.",
    ),
    kind(
        "invalid_fields",
        422,
        "One or more fields are wrong; `errors` names every one of them by JSON Pointer.",
    ),
    kind(
        "challenge_expired",
        422,
        "The challenge can no longer be answered. Ask for another one, and sign that.",
    ),
    kind(
        "idempotency_key_reused",
        422,
        "The `Idempotency-Key` was used for another request. Choose a new one.",
    ),
    kind(
        "other_engine",
        422,
        "The decision was made by another version of the rules' engine, and only that one can replay it.",
    ),
    kind(
        "wrong_code",
        422,
        "The code is wrong, too old, or used already. The session stands: ask for another code.",
    ),
    kind("wrong_password", 422, "The current password is wrong. The session stands: ask for it again."),
    kind(
        "invitation_void",
        422,
        "There is no such invitation to your address, or it is used, taken back or too old. The session stands.",
    ),
    kind(
        "precondition_required",
        428,
        "Updates need an `If-Match` header with the ETag of the version they change.",
    ),
    kind("too_many_requests", 429, "You are over the limit. Try again after the seconds in `Retry-After`."),
    kind("internal", 500, "A defect of ours. The `request_id` finds it in our log."),
    kind(
        "unavailable",
        503,
        "A service that this depends on is away; nothing was written. Try again after `Retry-After`.",
    ),
    kind(
        "timeout",
        504,
        "It took too long and was given up. It may or may not have been done: ask, or repeat it with the same \
            `Idempotency-Key`.",
    ),
];
