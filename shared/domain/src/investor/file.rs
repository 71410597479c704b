//! The KYC file of an investor: how it comes to be approved, and what ends that.
//!
//! A tenant collects what it knows of an investor in a draft. Submitted, the file is reviewed by a second person, who approves or
//! rejects it; whoever edits it meanwhile sends it back. An approval counts until its last day, which follows from the risk and
//! from the documents, or until the identity of the investor changes.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kind, Profile, ScreeningOutcome};
use crate::{
    Error, FieldError, Result,
    ids::UserId,
    input::{FromJson as _, Object, text_between},
    reference::Country,
    words::words,
};

words! {
    /// State of a KYC file.
    FileState {
        /// Being collected, or sent back.
        Draft = "draft",
        /// Waits for a second person.
        Submitted = "submitted",
        /// A second person looks at it.
        InReview = "in_review",
        /// A second person has approved it.
        Approved = "approved",
        /// A second person has rejected it.
        Rejected = "rejected",
        /// The last day of the approval has passed.
        Expired = "expired",
    }
}

words! {
    /// What happens to a KYC file.
    FileEvent {
        /// Somebody asks for its approval.
        Submitted = "submitted",
        /// What the file says has changed.
        Edited = "edited",
        /// Who the investor is has changed, or who stands behind it.
        IdentityChanged = "identity_changed",
        /// A second person begins to look at it.
        ReviewBegun = "review_begun",
        /// The second person sends it back to be completed.
        Returned = "returned",
        /// A second person approves it.
        Approved = "approved",
        /// A second person rejects it, or takes back its approval.
        Rejected = "rejected",
        /// The last day of the approval has passed.
        Expired = "expired",
        /// It is opened again, to be renewed or corrected. An approval counts until its last day all the same.
        Reopened = "reopened",
    }
}

impl FileEvent {
    /// What the audit trail calls it.
    pub fn action(self) -> &'static str {
        match self {
            Self::Submitted => "kyc.submitted",
            Self::Edited => "kyc.edited",
            Self::IdentityChanged => "kyc.identity_changed",
            Self::ReviewBegun => "kyc.review_begun",
            Self::Returned => "kyc.returned",
            Self::Approved => "kyc.approved",
            Self::Rejected => "kyc.rejected",
            Self::Expired => "kyc.expired",
            Self::Reopened => "kyc.reopened",
        }
    }
}

impl FileState {
    /// The state after an event; the same state if the event leaves it alone.
    ///
    /// # Errors
    /// [`Error::Conflict`] if that cannot happen to a file in this state.
    pub fn after(self, event: FileEvent) -> Result<Self> {
        use FileState::{Approved, Draft, Expired, InReview, Rejected, Submitted};
        match (self, event) {
            (Draft, FileEvent::Submitted) => Ok(Submitted),
            (Submitted | InReview, FileEvent::Edited | FileEvent::IdentityChanged | FileEvent::Returned)
            | (Approved, FileEvent::IdentityChanged)
            | (Approved | Rejected | Expired, FileEvent::Reopened) => Ok(Draft),
            // What is not under review can be edited; an approval does not end because a further document was filed.
            (Draft | Approved | Rejected | Expired, FileEvent::Edited)
            | (Draft | Rejected | Expired, FileEvent::IdentityChanged) => Ok(self),
            (Submitted, FileEvent::ReviewBegun) => Ok(InReview),
            (InReview, FileEvent::Approved) => Ok(Approved),
            (InReview | Approved, FileEvent::Rejected) => Ok(Rejected),
            (Approved, FileEvent::Expired) => Ok(Expired),
            _ => Err(Error::conflict("kyc_state", format!("the file is {self}, and cannot be {event}"))),
        }
    }
}

words! {
    /// Risk of money laundering and terrorist financing that an investor poses.
    RiskRating {
        /// Nothing speaks for a higher one.
        Low = "low",
        /// Something is less clear than it should be.
        Medium = "medium",
        /// The law asks for enhanced due diligence.
        High = "high",
    }
}

impl RiskRating {
    /// After how many months the file has to be renewed. Directive (EU) 2015/849, Article 14(5), asks for renewal by risk; the
    /// intervals are ours.
    pub const fn refresh_months(self) -> u32 {
        match self {
            Self::Low => 36,
            Self::Medium => 24,
            Self::High => 12,
        }
    }
}

words! {
    /// Why an investor poses a risk.
    RiskFactor {
        /// Holds, or is close to somebody who holds, a prominent public function (Directive (EU) 2015/849, Articles 20 to 23).
        PoliticallyExposed = "politically_exposed",
        /// Resident or national of a country with which the law asks for enhanced due diligence (Article 18a).
        HighRiskCountry = "high_risk_country",
        /// The latest screening found a match, or perhaps one.
        ScreeningHit = "screening_hit",
        /// Resident or national of a country that whoever runs Fundrail has listed as being of medium risk.
        MediumRiskCountry = "medium_risk_country",
        /// Owners of an organisation are not recorded, or not identified.
        OwnersNotIdentified = "owners_not_identified",
    }
}

impl RiskFactor {
    /// The lowest rating of an investor of whom it is true.
    pub const fn rating(self) -> RiskRating {
        match self {
            Self::PoliticallyExposed | Self::HighRiskCountry | Self::ScreeningHit => RiskRating::High,
            Self::MediumRiskCountry | Self::OwnersNotIdentified => RiskRating::Medium,
        }
    }
}

/// A country that poses a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskCountry {
    /// The country.
    pub country: Country,
    /// How high.
    pub rating: RiskRating,
}

/// What was found of the risk that an investor poses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Risk {
    /// The rating: the highest that a factor asks for.
    pub rating: RiskRating,
    /// Everything that speaks for more than a low one.
    pub factors: Vec<RiskFactor>,
}

impl Risk {
    /// The risk that an investor poses.
    pub fn of(
        profile: &Profile,
        screening: Option<ScreeningOutcome>,
        politically_exposed: bool,
        countries: &[RiskCountry],
    ) -> Self {
        let concerns = |country: Country| {
            profile.residence == country
                || profile.nationalities.iter().any(|of| of.country() == Some(country))
        };
        let country = |rating: RiskRating| {
            countries.iter().any(|listed| listed.rating == rating && concerns(listed.country))
        };
        let owners = profile.beneficial_owners.as_ref();
        let unclear = profile.kind == Kind::Legal
            && owners.is_none_or(|owners| owners.iter().any(|owner| owner.identified_on.is_none()));
        let found = [
            (RiskFactor::PoliticallyExposed, politically_exposed),
            (RiskFactor::HighRiskCountry, country(RiskRating::High)),
            (RiskFactor::ScreeningHit, screening.is_some_and(|outcome| outcome != ScreeningOutcome::Clear)),
            (RiskFactor::MediumRiskCountry, country(RiskRating::Medium)),
            (RiskFactor::OwnersNotIdentified, unclear),
        ];
        let factors: Vec<RiskFactor> =
            found.into_iter().filter(|(_, applies)| *applies).map(|(factor, _)| factor).collect();
        let rating = factors.iter().map(|factor| factor.rating()).max().unwrap_or(RiskRating::Low);
        Self { rating, factors }
    }

    /// The rating that the second person gives: theirs, unless it is lower than this one.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/risk` if it is lower.
    pub fn at_least(&self, given: Option<RiskRating>) -> Result<RiskRating> {
        match given {
            Some(given) if given < self.rating => {
                let factors: Vec<&str> = self.factors.iter().map(|factor| factor.word()).collect();
                let message = format!("must not be below {}, because of {}", self.rating, factors.join(", "));
                Err(Error::field("/risk", message))
            }
            given => Ok(given.unwrap_or(self.rating)),
        }
    }
}

words! {
    /// Kind of document in a KYC file.
    FileDocumentKind {
        /// Passport.
        Passport = "passport",
        /// National identity card.
        IdentityCard = "identity_card",
        /// Residence permit with a photograph.
        ResidencePermit = "residence_permit",
        /// Shows where somebody lives: a bill, a statement, a certificate of residence.
        ProofOfAddress = "proof_of_address",
        /// Extract from the register of companies or of another body.
        RegisterExtract = "register_extract",
        /// Certificate of incorporation or formation.
        CertificateOfIncorporation = "certificate_of_incorporation",
        /// Articles of association, partnership agreement or trust deed.
        Articles = "articles",
        /// Shows who owns or controls an organisation.
        OwnershipRecord = "ownership_record",
        /// Shows where the money comes from.
        SourceOfFunds = "source_of_funds",
        /// Anything else.
        Other = "other",
    }
}

impl FileDocumentKind {
    /// Whether it shows who a natural person is, or that an organisation exists.
    pub const fn identifies(self, kind: Kind) -> bool {
        match kind {
            Kind::Natural => matches!(self, Self::Passport | Self::IdentityCard | Self::ResidencePermit),
            Kind::Legal => {
                matches!(self, Self::RegisterExtract | Self::CertificateOfIncorporation | Self::Articles)
            }
        }
    }
}

/// A document in a KYC file. Fundrail keeps what identifies it and its hash, not the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileDocument {
    /// Kind of document.
    pub kind: FileDocumentKind,
    /// Who issued it.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "HM Passport Office")
    )]
    pub issuer: String,
    /// Reference to the document, in the words of whoever keeps it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "vault 7/118"))]
    pub reference: Option<String>,
    /// SHA-256 of the document, in hexadecimal.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Date of issue.
    pub issued_on: NaiveDate,
    /// Last day on which it is valid; null if it does not expire.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

impl FileDocument {
    /// Reads a document from a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>, now: DateTime<Utc>) -> Result<Self> {
        let kind = body.required("kind");
        let issuer = body.required_as("issuer", text_between(1, 200));
        let reference = body.optional_as("reference", text_between(1, 200));
        let sha256 = body.required_as("sha256", sha256);
        let issued_on = super::read::required_past_date(&mut body, "issued_on", now);
        let expires_on = super::read::date(&mut body, "expires_on");
        if let (Some(issued), Some(expires)) = (issued_on, expires_on)
            && expires < issued
        {
            body.complain("expires_on", "must not be before issued_on");
        }
        if expires_on.is_some_and(|day| has_passed(day, now)) {
            body.complain("expires_on", "must not have passed: the document is no longer valid");
        }
        body.finish(|| {
            Some(Self {
                kind: kind?,
                issuer: issuer?,
                reference,
                sha256: sha256?,
                issued_on: issued_on?,
                expires_on,
            })
        })
    }
}

/// A SHA-256 in hexadecimal, in lower case.
pub(super) fn sha256(value: &serde_json::Value) -> Result<String, String> {
    let text = String::from_json(value)?;
    let fits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if fits { Ok(text) } else { Err("must be a SHA-256: 64 hexadecimal digits in lower case".to_owned()) }
}

/// Whether a last day is over. It ends with the day in UTC, as for the rules.
pub fn has_passed(last_day: NaiveDate, now: DateTime<Utc>) -> bool {
    last_day < now.date_naive()
}

/// What a tenant declares when it submits a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Declaration {
    /// Whether the investor, one of its owners or somebody close to them holds, or held within the last year, a prominent public
    /// function (Directive (EU) 2015/849, Article 3(9) to (11)).
    pub politically_exposed: bool,
    /// Where the money comes from.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 1000, example = "Sale of a company in 2024")
    )]
    pub source_of_funds: String,
}

impl Declaration {
    /// Reads a declaration from a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let politically_exposed = body.required::<bool>("politically_exposed");
        let source_of_funds = body.required_as("source_of_funds", text_between(1, 1000));
        body.finish(|| {
            Some(Self { politically_exposed: politically_exposed?, source_of_funds: source_of_funds? })
        })
    }
}

/// What a second person approves, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApproval {
    /// The submission that they have seen.
    pub submission_id: Uuid,
    /// A higher rating than the one that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskRating>,
}

impl NewApproval {
    /// Reads an approval from a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let submission_id = body.required::<Uuid>("submission_id");
        let risk = body.optional("risk");
        body.finish(|| Some(Self { submission_id: submission_id?, risk }))
    }
}

/// A file that may be submitted: complete, and nothing in it has expired.
///
/// # Errors
/// [`Error::ConflictAt`] naming everything that is missing.
pub fn complete(profile: &Profile, documents: &[FileDocument], now: DateTime<Utc>) -> Result<()> {
    let identified = documents.iter().any(|document| document.kind.identifies(profile.kind));
    let expired =
        documents.iter().any(|document| document.expires_on.is_some_and(|day| has_passed(day, now)));
    let natural = profile.kind == Kind::Natural;
    let missing: [(&str, &str, bool); 6] = [
        ("/birth_date", "is required", natural && profile.birth_date.is_none()),
        ("/nationalities", "are required", natural && profile.nationalities.is_empty()),
        (
            "/registration_number",
            "is required, unless there is an LEI",
            !natural && profile.registration_number.is_none() && profile.lei.is_none(),
        ),
        ("/beneficial_owners", "are required", !natural && profile.beneficial_owners.is_none()),
        ("/documents", "must include one that identifies the investor", !identified),
        ("/documents", "must all be valid: withdraw those that have expired", expired),
    ];
    let parts: Vec<FieldError> = missing
        .into_iter()
        .filter(|(.., missing)| *missing)
        .map(|(pointer, message, _)| FieldError { pointer: pointer.to_owned(), message: message.to_owned() })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    Err(Error::ConflictAt {
        code: "kyc_incomplete",
        detail: "the file is not complete: `errors` names what is missing".into(),
        parts,
    })
}

/// The last day of an approval: when the risk asks for renewal, or before, when a document expires.
pub fn valid_until(approved_on: NaiveDate, rating: RiskRating, documents: &[FileDocument]) -> NaiveDate {
    let renewal =
        approved_on.checked_add_months(Months::new(rating.refresh_months())).unwrap_or(NaiveDate::MAX);
    documents.iter().filter_map(|document| document.expires_on).fold(renewal, NaiveDate::min)
}

/// Everybody behind what awaits approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authors {
    /// Who submitted it: whoever sent the request, or whoever is responsible for the API key and whoever made it.
    pub submitted_by: Vec<UserId>,
    /// Who recorded something that no approval covers yet, likewise.
    pub recorded_by: Vec<UserId>,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
}

impl Authors {
    /// Whether a person is a second one: neither submitted nor recorded what they approve, and was permitted to approve before it
    /// was submitted. A permission that is given afterwards could be one's own, for another account.
    ///
    /// # Errors
    /// [`Error::Conflict`] saying why they are none.
    pub fn check_second(&self, person: UserId, permitted_since: Option<DateTime<Utc>>) -> Result<()> {
        let why = if self.submitted_by.contains(&person) {
            "you submitted this, or made or are responsible for the API key that did"
        } else if self.recorded_by.contains(&person) {
            "you recorded part of this, or made or are responsible for the API key that did"
        } else if permitted_since.is_none_or(|since| since >= self.submitted_at) {
            "you were not yet permitted to approve when this was submitted"
        } else {
            return Ok(());
        };
        Err(Error::conflict("second_person_required", format!("a second person has to approve: {why}")))
    }
}
