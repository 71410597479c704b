//! Every `code` that a problem document can carry: what it means and what a caller should do.
//!
//! Codes are a promise: callers match on them, so none is ever renamed. A test checks this list against the source.

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    /// Stable machine-readable code.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What happened, and what to do about it.
    pub meaning: &'static str,
}

const fn kind(code: &'static str, status: u16, meaning: &'static str) -> ProblemKind {
    ProblemKind { code, status, meaning }
}

/// All kinds, ordered by status.
pub const KINDS: &[ProblemKind] = &[
    kind("malformed", 400, "The request is not valid HTTP, or its body cannot be read to its end."),
    kind(
        "malformed_json",
        400,
        "The body is not valid JSON, or has a duplicate key. `detail` gives the line and column.",
    ),
    kind("malformed_query", 400, "The query string is not percent-encoded UTF-8."),
    kind("invalid_idempotency_key", 400, "An `Idempotency-Key` must have 1 to 255 visible ASCII characters."),
    kind("incomplete_body", 400, "The connection ended before the body did. Send the request again."),
    kind(
        "unauthenticated",
        401,
        "The credentials are missing or not valid. The response is deliberately the same for every cause, except that for a \
            webhook with an invalid signature `detail` says what is wrong.",
    ),
    kind(
        "step_up_required",
        401,
        "This action requires a fresh proof of identity: show your second factor again first. The token is still good, so do \
            not refresh it. `WWW-Authenticate` says `insufficient_user_authentication`, which kind of proof is required and \
            how many seconds old it may be (RFC 9470).",
    ),
    kind("forbidden", 403, "You are signed in, but lack the permission named in `detail`."),
    kind(
        "email_unverified",
        403,
        "This requires a verified e-mail address: follow the link in the e-mail, or have it sent again.",
    ),
    kind(
        "mfa_required",
        403,
        "The tenant requires a second factor of every member: enrol one, or show it in this session.",
    ),
    kind("issuer_required", 403, "Only tenants of the kind `issuer` keep funds."),
    kind("not_found", 404, "There is no such resource, or it belongs to another tenant: the two look alike."),
    kind(
        "method_not_allowed",
        405,
        "The route does not support this method. The `Allow` header lists those that it does.",
    ),
    kind(
        "request_timeout",
        408,
        "The body was announced but did not arrive in time. Send the request again.",
    ),
    kind("already_approved", 409, "A second person has already approved it."),
    kind("already_revoked", 409, "It has already been revoked, and cannot be revoked twice."),
    kind("api_key_over", 409, "The API key has been revoked or replaced, or has expired. Create a new one."),
    kind("challenge_used", 409, "The challenge has already been used. Request another one, and sign that."),
    kind(
        "email_changed",
        409,
        "The e-mail address of the account has changed in the meantime. Request a new link.",
    ),
    kind(
        "email_taken",
        409,
        "There is already an account with this e-mail address. Sign in, or reset its password.",
    ),
    kind(
        "no_tenant",
        409,
        "The password is correct, but you are not a member of any tenant. Accept an invitation, or register a tenant with the \
            same address and password.",
    ),
    kind("too_many_tenants", 409, "You own the maximum number of tenants. Leave one first."),
    kind(
        "idempotency_in_progress",
        409,
        "The first request with this `Idempotency-Key` is still in progress. Repeat yours later.",
    ),
    kind("invitation_open", 409, "There is already an open invitation to this address. Revoke it first."),
    kind("last_owner", 409, "A tenant must always have an owner. Name another one first."),
    kind(
        "log_contradicts",
        409,
        "A log differs from the known log at the same position, or places its block at a different height; `errors` names \
            every such log. Nothing in the delivery was accepted; the contradicting logs are kept as evidence.",
    ),
    kind(
        "member_elsewhere",
        409,
        "This person also belongs to another tenant, where their second factor applies too: ask the operator of the \
            installation.",
    ),
    kind("deleted", 409, "It has been deleted. Restore it first."),
    kind("not_deleted", 409, "It is not deleted, so there is nothing to restore."),
    kind("still_in_use", 409, "Only a draft, or what is liquidated, can be deleted: others rely on it."),
    kind(
        "status_transition",
        409,
        "The status cannot follow the current one; `detail` says which statuses can.",
    ),
    kind(
        "fund_without_class",
        409,
        "A fund needs a published share class before it can be published itself.",
    ),
    kind("fund_name_taken", 409, "Another fund of the issuer has this name; it may be a deleted one."),
    kind("issuer_name_taken", 409, "Another issuer has this name."),
    kind(
        "share_class_name_taken",
        409,
        "Another share class of the fund has this name; it may be a deleted one.",
    ),
    kind("isin_taken", 409, "Another share class has this ISIN."),
    kind("symbol_taken", 409, "Another asset has this symbol."),
    kind("token_address_taken", 409, "Another share class has the token at this address."),
    kind("token_chain_taken", 409, "The share class has a token on this chain, and can have only one."),
    kind("token_in_use", 409, "The share class is published, so others rely on its tokens."),
    kind("mfa_enabled", 409, "There is already a second factor. Remove it first."),
    kind("mfa_not_enabled", 409, "There is no second factor yet."),
    kind("mfa_not_enrolled", 409, "There is no secret to confirm. Enrol first."),
    kind(
        "nav_already_published",
        409,
        "The share class already has a net asset value for that day. To correct it, name it in `replaces` and give a reason.",
    ),
    kind(
        "nav_proposal_decided",
        409,
        "The proposed value is no longer waiting: it has been published, rejected or replaced by another one.",
    ),
    kind(
        "nav_proposal_differs",
        409,
        "The value that you approve is not the one proposed. Read the proposal again.",
    ),
    kind(
        "nav_proposer_gone",
        409,
        "The person who proposed the value may no longer publish values. Propose it anew, and let another person approve it.",
    ),
    kind(
        "nav_replaced",
        409,
        "The value to be corrected is no longer the current one. Read it again and repeat the correction.",
    ),
    kind(
        "kyc_file_changed",
        409,
        "What you approve is not, or no longer, what was submitted. Read it again.",
    ),
    kind(
        "kyc_incomplete",
        409,
        "The KYC file is not complete, or a document in it has expired. `errors` names what is missing, by the field of the \
            investor, or `/documents`.",
    ),
    kind(
        "kyc_request_open",
        409,
        "The KYC file cannot be approved while a request for information is open. Answer or withdraw it.",
    ),
    kind("kyc_request_over", 409, "The request has already been answered or withdrawn."),
    kind("kyc_state", 409, "This cannot happen to a KYC file in its present state; `detail` names it."),
    kind("ownership_too_large", 409, "More owners stand behind the investor than one answer can take in."),
    kind(
        "second_person_required",
        409,
        "This must be done by a person other than those who proposed, submitted or recorded it, not with an API key, and by \
            somebody who was permitted to do so before. `detail` says why you are not one.",
    ),
    kind("wallet_taken", 409, "Another investor of the tenant has this wallet; `detail` names both."),
    kind(
        "wallet_proven_elsewhere",
        409,
        "The wallet is proven to belong to another investor. It must be removed there before it can be proven here.",
    ),
    kind(
        "lei_taken",
        409,
        "Another investor of the tenant, or another issuer, has this Legal Entity Identifier.",
    ),
    kind(
        "precondition_failed",
        412,
        "It has changed since you read it. Read it again and repeat the change.",
    ),
    kind("payload_too_large", 413, "The body is larger than the route accepts."),
    kind("unsupported_media_type", 415, "The body must be `application/json`, without a `Content-Encoding`."),
    kind(
        "invalid_fields",
        422,
        "One or more fields are invalid; `errors` names each of them by its JSON Pointer.",
    ),
    kind(
        "challenge_expired",
        422,
        "The challenge has expired, or the identity of the investor has changed since. Request another one, and sign that.",
    ),
    kind(
        "idempotency_key_reused",
        422,
        "The `Idempotency-Key` was used for a different request. Choose a new one.",
    ),
    kind(
        "other_engine",
        422,
        "The decision was made by another version of the rule engine, and only that version can replay it.",
    ),
    kind(
        "wrong_code",
        422,
        "The code is wrong, expired or already used. The session continues: ask for another code.",
    ),
    kind(
        "wrong_password",
        422,
        "The current password is wrong. The session continues: ask for the password again.",
    ),
    kind(
        "link_invalid",
        422,
        "The link, or the token in it, is not valid, or it has been used or revoked or has expired; an invitation may also be for \
            another address. The response is the same for every cause and every kind of link. Request another one; a session continues.",
    ),
    kind(
        "precondition_required",
        428,
        "Updates require an `If-Match` header with the `ETag` of the version to be changed.",
    ),
    kind(
        "too_many_requests",
        429,
        "You have exceeded the rate limit. Try again after the number of seconds in `Retry-After`.",
    ),
    kind("internal", 500, "Something went wrong on our side. Quote the `request_id` when you report it."),
    kind(
        "unavailable",
        503,
        "A dependency is unavailable; nothing was written. Try again after the number of seconds in `Retry-After`.",
    ),
    kind(
        "timeout",
        504,
        "The request took too long and was abandoned. It may or may not have taken effect: check, or repeat it with the same \
            `Idempotency-Key`.",
    ),
];
