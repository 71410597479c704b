//! KYC files: `/v1/investors/{id}/kyc…` and `/v1/kyc/files`.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{ApiKeyId, InvestorId, UserId},
    input::{Object, text_between},
    investor::{
        Kind, RecordedDecision,
        file::{
            Declaration, FileDocument, FileDocumentKind, FileEvent, FileState, NewApproval, Risk, RiskFactor,
            RiskRating,
        },
        read_reason,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    common::Page,
    endpoint::{Body, endpoints},
    investors::Investor,
};

/// The KYC file of an investor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycFile {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// State.
    pub state: FileState,
    /// Since when: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub since: DateTime<Utc>,
    /// The last submission; null if there is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub submission: Option<KycSubmission>,
    /// The last decision of a second person; null if there is none. An approval counts until its last day while the file is
    /// opened again, unless it is followed by a rejection or the identity of the investor changes.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decision: Option<RecordedDecision>,
    /// Risk as of now, by what is recorded and was last declared.
    pub risk: Risk,
    /// Documents that have not been withdrawn.
    pub documents: Vec<KycDocument>,
    /// What reviewers have asked.
    pub requests: Vec<KycRequest>,
    /// Version of the investor, from which the `ETag` is derived.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: i64,
}

/// A submission: what is to be approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycSubmission {
    /// Id of the submission, to be named when it is approved.
    pub id: Uuid,
    /// When it was made: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub submitted_at: DateTime<Utc>,
    /// Who made it, or is responsible for the API key that did.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub submitted_by: Option<UserId>,
    /// The API key; null for a person.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub submitted_with: Option<ApiKeyId>,
    /// Whether a politically exposed person is involved, as declared.
    pub politically_exposed: bool,
    /// Where the money comes from, as declared.
    pub source_of_funds: String,
}

/// A document of a file. Fundrail keeps what identifies it, not the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycDocument {
    /// Id of the document.
    pub id: Uuid,
    /// Kind of document.
    pub kind: FileDocumentKind,
    /// Who issued it.
    pub issuer: String,
    /// Reference to the document, in the words of whoever keeps it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reference: Option<String>,
    /// SHA-256 of the document, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Date of issue.
    pub issued_on: NaiveDate,
    /// Last day on which it is valid; null if it does not expire.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub expires_on: Option<NaiveDate>,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub recorded_at: DateTime<Utc>,
}

/// What a reviewer has asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycRequest {
    /// Id of the request.
    pub id: Uuid,
    /// The question.
    pub question: String,
    /// Who asks, or is responsible for the API key that does.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub asked_by: Option<UserId>,
    /// When it was asked: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub asked_at: DateTime<Utc>,
    /// The answer; null as long as there is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub answer: Option<String>,
    /// Who answered, or is responsible for the API key that did.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub answered_by: Option<UserId>,
    /// When it was answered: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was withdrawn: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Something that has happened to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycTransition {
    /// Position in the history, for `starting_after`. Positions increase; there are gaps.
    pub position: i64,
    /// Id of the transition.
    pub id: Uuid,
    /// What happened.
    pub event: FileEvent,
    /// State before.
    pub from: FileState,
    /// State after.
    pub to: FileState,
    /// Who did it, or is responsible for the API key that did; null for Fundrail itself.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub acted_by: Option<UserId>,
    /// The API key; null for a person.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub acted_with: Option<ApiKeyId>,
    /// The reason that was given.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// Risk, of a submission or an approval.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub risk: Option<RiskRating>,
    /// What speaks for more than a low risk.
    pub risk_factors: Vec<RiskFactor>,
    /// The submission that was approved.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub submission_id: Option<Uuid>,
    /// Last day of an approval.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub valid_until: Option<NaiveDate>,
    /// Version of the investor's identity at that time.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub identity_version: i64,
    /// When it happened: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub recorded_at: DateTime<Utc>,
}

/// A file, as shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycFileSummary {
    /// Id of the investor.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub investor_id: InvestorId,
    /// Full name of the investor.
    #[cfg_attr(feature = "openapi", schema(example = "Ada Lovelace"))]
    pub name: String,
    /// Natural or legal person.
    pub kind: Kind,
    /// State.
    pub state: FileState,
    /// Since when: RFC 3339, UTC.
    #[serde(serialize_with = "fundrail_domain::time::serialize")]
    pub since: DateTime<Utc>,
    /// Last day of an approval; null in other states.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub valid_until: Option<NaiveDate>,
}

/// Why something is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KycReason {
    /// The reason, for later reference.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 500, example = "the passport is illegible")
    )]
    pub reason: String,
}

/// A question to whoever keeps the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewKycRequest {
    /// The question.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "Where was the company sold?")
    )]
    pub question: String,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewKycAnswer {
    /// The answer.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000, example = "In Luxembourg"))]
    pub answer: String,
}

impl Body for FileDocument {
    type Read = Self;
    /// The time of the request.
    type With<'a> = DateTime<Utc>;

    fn read(body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        Self::read(body, now)
    }
}

impl Body for Declaration {
    type Read = Self;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<Self> {
        Self::read(body)
    }
}

impl Body for NewApproval {
    type Read = Self;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<Self> {
        Self::read(body)
    }
}

impl Body for KycReason {
    /// The reason.
    type Read = String;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<String> {
        read_reason(body)
    }
}

impl Body for NewKycRequest {
    /// The question.
    type Read = String;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<String> {
        let question = body.required_as("question", text_between(1, 1000));
        body.finish(|| question)
    }
}

impl Body for NewKycAnswer {
    /// The answer.
    type Read = String;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<String> {
        let answer = body.required_as("answer", text_between(1, 4000));
        body.finish(|| answer)
    }
}

endpoints! {
    "kyc", "KYC files of investors: collected, submitted, and approved by a second person.";
    schemas();

    /// Read the KYC file of an investor
    ///
    /// Every investor has one; it begins as an empty draft. Requires the permission `investors:read`.
    get "/v1/investors/{id}/kyc" read_kyc_file ReadKycFile -> KycFile,
    [permission("investors:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
    ),
    responses((status = 200, description = "The file.", body = KycFile, headers( ("etag" = String, description = "Entity tag of this version."))));

    /// List what has happened to a KYC file
    ///
    /// Newest first. Nothing is ever removed. Requires the permission `investors:read`.
    get "/v1/investors/{id}/kyc/history" list_kyc_history ListKycHistory -> Page<KycTransition>,
    [permission("investors:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<i64>, Query, minimum = 0, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of the history.", body = Page<KycTransition>));

    /// List KYC files
    ///
    /// Those that something has happened to, by investor. Requires the permission `investors:read`.
    get "/v1/kyc/files" list_kyc_files ListKycFiles -> Page<KycFileSummary>,
    [permission("investors:read")],
    params(
        ("state" = inline(Option<FileState>), Query, description = "Only files in this state."),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest investor first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of files.", body = Page<KycFileSummary>));

    /// Add a document to a KYC file
    ///
    /// Takes what identifies the document, and its hash. A file that is under review goes back to being a draft. Requires the
    /// permission `investors:write`.
    post "/v1/investors/{id}/kyc/documents" add_kyc_document AddKycDocument(FileDocument) -> KycFile,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 201, description = "Added. Returns the file.", body = KycFile, headers(("location" = String, description = "The file."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Withdraw a document from a KYC file
    ///
    /// It stays on record. A file that is under review goes back to being a draft. Requires the permission `investors:write`.
    post "/v1/investors/{id}/kyc/documents/{document_id}/withdrawal" withdraw_kyc_document WithdrawKycDocument(KycReason) -> KycFile,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("document_id" = uuid::Uuid, Path, description = "Id of the document."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Withdrawn. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been withdrawn, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Submit a KYC file
    ///
    /// Asks for approval by a second person: somebody who neither submits it nor has recorded any of it, and is already permitted
    /// to approve. Until they decide, whoever changes the content sends it back. Requires the permission `investors:write`.
    post "/v1/investors/{id}/kyc/submission" submit_kyc_file SubmitKycFile(Declaration) -> KycFile,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Submitted. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is not complete (`errors` names what is missing) or not a draft, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Begin to review a KYC file
    ///
    /// Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/review" review_kyc_file ReviewKycFile -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "In review. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is not submitted, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Return a KYC file
    ///
    /// Sends it back to be completed and submitted again. Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/return" return_kyc_file ReturnKycFile(KycReason) -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "A draft again. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is not under review, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Approve a KYC file
    ///
    /// Approves the submission that is named, if the file is still what was submitted and every request has been answered. The caller
    /// must be a second person, who signs in: neither who submitted it nor who has recorded any of it since the last approval, and
    /// permitted to approve before it was submitted. An API key counts as whoever made it and whoever is responsible for it.
    ///
    /// The approval is valid for 36, 24 or 12 months, depending on whether the risk is low, medium or high, but not beyond the first
    /// document to expire. Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/approval" approve_kyc_file ApproveKycFile(NewApproval) -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Approved. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is not in review, has changed, has an open request or an expired document, or the caller is not a second person, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Reject a KYC file, or take back its approval
    ///
    /// The caller must sign in; an API key cannot reject. Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/rejection" reject_kyc_file RejectKycFile(KycReason) -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Rejected. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is neither in review nor approved, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Open a KYC file again
    ///
    /// Makes it a draft, to be renewed or corrected. An approval counts until its last day all the same, unless it is followed by a
    /// rejection. Requires the permission `investors:write`.
    post "/v1/investors/{id}/kyc/reopening" reopen_kyc_file ReopenKycFile(KycReason) -> KycFile,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "A draft again. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is neither approved nor rejected nor expired, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Request information about an investor
    ///
    /// The file cannot be approved until the request is answered or withdrawn. Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/requests" request_kyc_information RequestKycInformation(NewKycRequest) -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 201, description = "Requested. Returns the file.", body = KycFile, headers(("location" = String, description = "The file."), ("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "The file is not under review, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Answer a request for information
    ///
    /// Whoever answers has recorded part of the file, and does not approve it. Requires the permission `investors:write`.
    post "/v1/investors/{id}/kyc/requests/{request_id}/answer" answer_kyc_request AnswerKycRequest(NewKycAnswer) -> KycFile,
    [permission("investors:write"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("request_id" = uuid::Uuid, Path, description = "Id of the request."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Answered. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been answered or withdrawn, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Withdraw a request for information
    ///
    /// Requires the permission `investors:approve`.
    post "/v1/investors/{id}/kyc/requests/{request_id}/withdrawal" withdraw_kyc_request WithdrawKycRequest -> KycFile,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("request_id" = uuid::Uuid, Path, description = "Id of the request."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Withdrawn. Returns the file.", body = KycFile, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been answered or withdrawn, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );

    /// Approve a classification
    ///
    /// A classification counts for nothing until a second person has approved it: somebody who signs in, has not recorded it, and was
    /// permitted to approve before it was. An API key counts as whoever made it and whoever is responsible for it. Requires the
    /// permission `investors:approve`.
    post "/v1/investors/{id}/classifications/{classification_id}/approval" approve_classification ApproveClassification -> Investor,
    [permission("investors:approve"), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the investor."),
        ("classification_id" = uuid::Uuid, Path, description = "Id of the classification."),
        ("if-match" = Option<String>, Header, description = "Entity tag of a version. If given, the request fails if the investor has changed since."),
    ),
    responses(
        (status = 200, description = "Approved. Returns the investor.", body = Investor, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "It has already been approved or revoked, the caller is not a second person, or the first request with this key is still in progress."),
        (status = 412, description = "It has changed since the version named by `If-Match`."),
    );
}
