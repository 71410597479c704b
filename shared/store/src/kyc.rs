//! KYC files: their content, what has happened to them, and who is behind it.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{ApiKeyId, InvestorId, TenantId, UserId},
    investor::{
        Kind,
        file::{Authors, FileDocument, FileDocumentKind, FileEvent, FileState, RiskCountry, RiskRating},
    },
    reference::Country,
};
use uuid::Uuid;

use crate::Connection;

rows! {
    /// The state of a file, what it rests on, and its last submission.
    #[derive(Debug, Clone)]
    pub struct File {
        /// State.
        pub state: FileState,
        /// Since when.
        pub since: DateTime<Utc>,
        /// Last day of the approval, in the state approved.
        pub valid_until: Option<NaiveDate>,
        /// Version of the investor.
        pub version: i64,
        /// Version of the investor's identity.
        pub identity_version: i64,
        /// Hash of what the file says now.
        pub content_sha256: String,
        /// Version of the identity when something last happened to the file.
        pub last_identity_version: Option<i64>,
        /// Hash of what it said then.
        pub last_content_sha256: Option<String>,
        /// The last submission.
        pub submission_id: Option<Uuid>,
        /// When it was made.
        pub submitted_at: Option<DateTime<Utc>>,
        /// Who made it, or is responsible for the key that did.
        pub submitted_by: Option<UserId>,
        /// The key.
        pub submitted_with: Option<ApiKeyId>,
        /// Who made that key.
        pub submission_key_made_by: Option<UserId>,
        /// What it declares.
        pub politically_exposed: Option<bool>,
        /// Where the money comes from, as it declares.
        pub source_of_funds: Option<String>,
        /// Version of the investor when the file was last approved; 0 if it never was.
        pub approved_version: i64,
    }

    /// A document.
    #[derive(Debug, Clone)]
    pub struct Document {
        /// The id.
        pub id: Uuid,
        /// Kind of document.
        pub kind: FileDocumentKind,
        /// Who issued it.
        pub issuer: String,
        /// Where it is kept.
        pub reference: Option<String>,
        /// Its hash, in hexadecimal.
        pub sha256: String,
        /// Date of issue.
        pub issued_on: NaiveDate,
        /// Last day on which it is valid.
        pub expires_on: Option<NaiveDate>,
        /// When it was recorded.
        pub recorded_at: DateTime<Utc>,
    }

    /// What a reviewer wants to know.
    #[derive(Debug, Clone)]
    pub struct Request {
        /// The id.
        pub id: Uuid,
        /// The question.
        pub question: String,
        /// Who asks; none for an API key.
        pub asked_by: Option<UserId>,
        /// When.
        pub asked_at: DateTime<Utc>,
        /// The answer.
        pub answer: Option<String>,
        /// Who answered; none for an API key.
        pub answered_by: Option<UserId>,
        /// When.
        pub answered_at: Option<DateTime<Utc>>,
        /// When the question was withdrawn.
        pub withdrawn_at: Option<DateTime<Utc>>,
    }

    /// Something that has happened to a file.
    #[derive(Debug, Clone)]
    pub struct Transition {
        /// Its place in the order.
        pub number: i64,
        /// The id.
        pub id: Uuid,
        /// What happened.
        pub event: FileEvent,
        /// State before.
        pub from_state: FileState,
        /// State after.
        pub to_state: FileState,
        /// Who, or who is responsible for the key; none for Fundrail itself.
        pub acted_by: Option<UserId>,
        /// The key.
        pub acted_with: Option<ApiKeyId>,
        /// Why.
        pub reason: Option<String>,
        /// Risk, as submitted or approved.
        pub risk: Option<RiskRating>,
        /// What speaks for more than a low one.
        pub risk_factors: Option<Vec<String>>,
        /// What was approved.
        pub submission_id: Option<Uuid>,
        /// Last day of an approval.
        pub valid_until: Option<NaiveDate>,
        /// Of which identity.
        pub identity_version: i64,
        /// When.
        pub recorded_at: DateTime<Utc>,
    }

    /// A file, as a list shows it.
    #[derive(Debug, Clone)]
    pub struct FileSummary {
        /// The investor.
        pub investor_id: InvestorId,
        /// Name of the investor.
        pub name: String,
        /// Natural or legal person.
        pub kind: Kind,
        /// State.
        pub state: FileState,
        /// Since when.
        pub since: DateTime<Utc>,
        /// Last day of an approval.
        pub valid_until: Option<NaiveDate>,
    }

    /// Who is behind an API key.
    #[derive(Debug, Clone, Copy)]
    pub struct PeopleOfKey {
        /// Who is responsible for it.
        pub created_by: UserId,
        /// Who made it, and so knows it.
        pub made_by: UserId,
    }

    /// A country that poses a risk.
    #[derive(Debug, Clone, Copy)]
    pub struct RiskCountryRow {
        /// The country.
        pub country: Country,
        /// How high.
        pub rating: RiskRating,
    }

    /// A file of a tenant.
    #[derive(Debug, Clone, Copy)]
    pub struct FileOfTenant {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The investor.
        pub investor_id: InvestorId,
    }
}

parameters! {
    /// A document that is to be added.
    #[derive(Debug, Clone)]
    pub struct NewDocument<'a> {
        /// Kind of document.
        pub kind: FileDocumentKind,
        /// Who issued it.
        pub issuer: &'a str,
        /// Where it is kept.
        pub reference: Option<&'a str>,
        /// Its hash, in hexadecimal.
        pub sha256: &'a str,
        /// Date of issue.
        pub issued_on: NaiveDate,
        /// Last day on which it is valid.
        pub expires_on: Option<NaiveDate>,
    }

    /// Something that happens to a file.
    #[derive(Debug, Clone)]
    pub struct NewTransition<'a> {
        /// The id.
        pub id: Uuid,
        /// What happens.
        pub event: FileEvent,
        /// State before.
        pub from_state: FileState,
        /// State after.
        pub to_state: FileState,
        /// Who, or who is responsible for the key; none for Fundrail itself.
        pub acted_by: Option<UserId>,
        /// The key.
        pub acted_with: Option<ApiKeyId>,
        /// Who made that key.
        pub key_made_by: Option<UserId>,
        /// Why.
        pub reason: Option<&'a str>,
        /// Of a submission: what it declares.
        pub politically_exposed: Option<bool>,
        /// Of a submission: where the money comes from.
        pub source_of_funds: Option<&'a str>,
        /// Of a submission or an approval.
        pub risk: Option<RiskRating>,
        /// What speaks for more than a low risk.
        pub risk_factors: Option<Vec<String>>,
        /// Of an approval: what it approves.
        pub submission_id: Option<Uuid>,
        /// Of an approval: who submitted that.
        pub submitted_by: Option<UserId>,
        /// Of an approval: its last day.
        pub valid_until: Option<NaiveDate>,
    }
}

impl<'a> From<&'a FileDocument> for NewDocument<'a> {
    fn from(document: &'a FileDocument) -> Self {
        Self {
            kind: document.kind,
            issuer: &document.issuer,
            reference: document.reference.as_deref(),
            sha256: &document.sha256,
            issued_on: document.issued_on,
            expires_on: document.expires_on,
        }
    }
}

impl NewTransition<'_> {
    /// An event without anything else to say about it.
    pub fn plain(event: FileEvent, from_state: FileState, to_state: FileState, actor: Actor) -> Self {
        Self {
            id: Uuid::now_v7(),
            event,
            from_state,
            to_state,
            acted_by: actor.person,
            acted_with: actor.key,
            key_made_by: actor.key_maker,
            reason: None,
            politically_exposed: None,
            source_of_funds: None,
            risk: None,
            risk_factors: None,
            submission_id: None,
            submitted_by: None,
            valid_until: None,
        }
    }
}

/// Who acts on a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Actor {
    /// The person, or whoever is responsible for the key; none for Fundrail itself.
    pub person: Option<UserId>,
    /// The key.
    pub key: Option<ApiKeyId>,
    /// Who made that key.
    pub key_maker: Option<UserId>,
}

impl From<&Document> for FileDocument {
    fn from(row: &Document) -> Self {
        Self {
            kind: row.kind,
            issuer: row.issuer.clone(),
            reference: row.reference.clone(),
            sha256: row.sha256.clone(),
            issued_on: row.issued_on,
            expires_on: row.expires_on,
        }
    }
}

impl From<RiskCountryRow> for RiskCountry {
    fn from(row: RiskCountryRow) -> Self {
        Self { country: row.country, rating: row.rating }
    }
}

impl Request {
    /// Whether it still waits for an answer.
    pub fn is_open(&self) -> bool {
        self.answered_at.is_none() && self.withdrawn_at.is_none()
    }
}

impl File {
    /// Whether what the file says is still what it said when something last happened to it.
    pub fn is_as_it_was(&self) -> bool {
        self.last_content_sha256.as_deref() == Some(&self.content_sha256)
            && self.last_identity_version == Some(self.identity_version)
    }

    /// What a change of the content means.
    fn edit(&self) -> FileEvent {
        if self.last_identity_version == Some(self.identity_version) {
            FileEvent::Edited
        } else {
            FileEvent::IdentityChanged
        }
    }
}

statements! { "kyc";
    /// The file of an investor; none if the tenant has no such investor.
    optional file(investor: InvestorId) -> File;

    /// Adds what happens to a file. Its trigger keeps the state.
    execute add_transition(investor: InvestorId) { transition: NewTransition<'_> };

    /// Who has written something since this version of the investor.
    all unapproved_authors(investor: InvestorId, version: i64) -> UserId;

    /// Since when a member of the tenant has been permitted to approve.
    one permitted_since(person: UserId) -> Option<DateTime<Utc>>;

    /// Who is behind an API key.
    optional people_of_key(key: ApiKeyId) -> PeopleOfKey;

    /// The documents of a file, without those that were withdrawn.
    all documents(investor: InvestorId) -> Document;

    /// Adds a document to a file.
    execute add_document(id: Uuid, investor: InvestorId) { document: NewDocument<'_> };

    /// Whether a document belongs, or has belonged, to the file.
    one has_document(investor: InvestorId, id: Uuid) -> bool;

    /// Withdraws a document, once.
    execute withdraw_document(id: Uuid, reason: &str);

    /// What reviewers have wanted to know.
    all requests(investor: InvestorId) -> Request;

    /// Asks something.
    execute add_request(id: Uuid, investor: InvestorId, question: &str, person: Option<UserId>);

    /// Answers a question that is open.
    execute answer_request(investor: InvestorId, id: Uuid, answer: &str, person: Option<UserId>);

    /// Withdraws a question that is open.
    execute withdraw_request(investor: InvestorId, id: Uuid);

    /// Whether a question was asked about this investor.
    one has_request(investor: InvestorId, id: Uuid) -> bool;

    /// What has happened to a file, in order.
    page transitions(investor: InvestorId) -> Transition, by "t.number" ("bigint": i64);

    /// Files that are no untouched drafts, by the ids of their investors.
    page files(state: Option<FileState>) -> FileSummary, by "f.investor_id" ("uuid": InvestorId);

    /// Countries that pose a risk.
    all risk_countries() -> RiskCountryRow;

    /// Approved files of all tenants whose last day was before this one.
    all files_to_expire(today: NaiveDate, wanted: i32) -> FileOfTenant;
}

/// Who acts: a person, or whoever is behind an API key.
///
/// # Errors
/// Those of the connection.
pub async fn actor(db: &impl Connection, person: Option<UserId>, key: Option<ApiKeyId>) -> Result<Actor> {
    let Some(key) = key else { return Ok(Actor { person, ..Actor::default() }) };
    let people = people_of_key(db, key).await?;
    Ok(Actor {
        person: people.map(|people| people.created_by),
        key: Some(key),
        key_maker: people.map(|people| people.made_by),
    })
}

/// Everybody behind the last submission of a file; none if there is none.
///
/// # Errors
/// Those of the connection.
pub async fn authors(db: &impl Connection, investor: InvestorId, file: &File) -> Result<Option<Authors>> {
    let Some(submitted_at) = file.submitted_at else { return Ok(None) };
    Ok(Some(Authors {
        submitted_by: [file.submitted_by, file.submission_key_made_by].into_iter().flatten().collect(),
        recorded_by: unapproved_authors(db, investor, file.approved_version).await?,
        submitted_at,
    }))
}

/// What a change of an investor means for its file, once the change is written: one that is under review, or that was approved
/// for another identity, goes back to being a draft. Answers with what happened.
///
/// # Errors
/// Those of the connection.
pub async fn follow_edit(
    db: &impl Connection,
    investor: InvestorId,
    actor: Actor,
) -> Result<Option<FileEvent>> {
    let Some(file) = file(db, investor).await? else { return Ok(None) };
    if file.is_as_it_was() {
        return Ok(None);
    }
    let event = file.edit();
    let after = file.state.after(event)?;
    if after == file.state {
        return Ok(None);
    }
    add_transition(db, investor, NewTransition::plain(event, file.state, after, actor)).await?;
    Ok(Some(event))
}
