//! An investor with every statement about it that is in force.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Classification, ClassificationKind, EvidenceKind, Figures, Kyc, KycStatus, Profile, Screening,
    ScreeningOutcome, file::RiskRating,
};
use crate::{
    Result,
    ids::{UserId, WalletId},
    reference::WalletAddress,
    stored,
    words::words,
};

words! {
    /// What a second person has decided about a KYC file.
    FileDecision {
        /// It was approved.
        Approved = "approved",
        /// It was rejected, or its approval was taken back.
        Rejected = "rejected",
    }
}

/// The last decision about the KYC file of an investor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedDecision {
    /// Id of the decision.
    pub id: Uuid,
    /// The decision.
    pub decision: FileDecision,
    /// When a second person took it: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub decided_at: DateTime<Utc>,
    /// Last day on which an approval is valid.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub valid_until: Option<NaiveDate>,
    /// Risk that the investor poses, as approved.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub risk: Option<RiskRating>,
    /// Whether the identity of the investor has changed since. A stale approval approves nobody.
    pub stale: bool,
}

/// An identity verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedKyc {
    /// Id of the verification or screening, needed to revoke it.
    pub id: Uuid,
    /// Status of the verification.
    pub status: KycStatus,
    /// Date of the latest verification.
    pub verified_on: Option<NaiveDate>,
    /// Last day on which it is valid; if absent, for as long as the applicable rule allows.
    pub expires_on: Option<NaiveDate>,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// Whether the identity of the investor has changed since. A stale verification verifies nothing.
    pub stale: bool,
}

/// A screening against sanctions lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedScreening {
    /// Id of the verification or screening, needed to revoke it.
    pub id: Uuid,
    /// Result of the screening.
    pub outcome: ScreeningOutcome,
    /// Date of the screening.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
    /// Who or what ran it, against which lists.
    pub source: String,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// Whether the identity of the investor has changed since. A stale screening clears nobody.
    pub stale: bool,
}

/// A registered wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedWallet {
    /// Id of the wallet, needed to prove control of it and to remove it.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: WalletId,
    /// EIP-155 id of the chain.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 1))]
    pub chain_id: u64,
    /// Address, with checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$",
        example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"))]
    pub address: WalletAddress,
    /// When control of it was proven to us by a signature; null if it has not been.
    #[serde(serialize_with = "crate::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether the identity of the investor has changed since. A stale proof verifies nothing, and shows no escrow that was created
    /// later; prove control anew.
    pub stale: bool,
}

/// A classification of an investor, with its evidence and period of validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedClassification {
    /// Id of the classification, needed to approve and to revoke it.
    pub id: Uuid,
    /// The classification.
    pub kind: ClassificationKind,
    /// Kind of evidence.
    pub evidence: EvidenceKind,
    /// Reference to the evidence, in the words of whoever keeps it.
    pub reference: Option<String>,
    /// Date of the evidence.
    pub issued_on: NaiveDate,
    /// Last day on which it is valid; if absent, for as long as the applicable rule allows.
    pub expires_on: Option<NaiveDate>,
    /// Figures shown by the evidence.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub figures: Figures,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// Who issued the evidence.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub issuer: Option<String>,
    /// SHA-256 of the document, in hexadecimal.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, pattern = "^[0-9a-f]{64}$"))]
    pub document_sha256: Option<String>,
    /// When a second person approved it: RFC 3339, UTC; null as long as nobody has, and it counts for nothing.
    #[serde(default, serialize_with = "crate::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub approved_at: Option<DateTime<Utc>>,
    /// Who approved it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<uuid::Uuid>))]
    pub approved_by: Option<UserId>,
    /// The later classification that has superseded it, if any.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub superseded_by: Option<Uuid>,
}

impl RecordedClassification {
    /// The classification without what only the record knows, and without names.
    pub fn statement(&self) -> Classification {
        Classification {
            kind: self.kind,
            evidence: self.evidence,
            reference: self.reference.clone(),
            issuer: None,
            document_sha256: None,
            issued_on: self.issued_on,
            expires_on: self.expires_on,
            figures: self.figures.clone(),
        }
    }

    /// Whether it supersedes an earlier one: it says something else, or says the same with newer evidence of the same kind. A
    /// classification that says the same with other evidence stands beside it: a letter is worth no less because the investor
    /// confirms it. By a declaration alone, a client can ask for more protection but never for less (MiFID II, Annex II, I and
    /// II.1): somebody who merely calls themselves a counterparty is not one, and stays what others have found.
    ///
    /// What nobody has approved supersedes nothing that was approved, unless it speaks for more protection: that is never held up.
    fn supersedes(&self, earlier: &Self) -> bool {
        if self.approved_at.is_none()
            && earlier.approved_at.is_some()
            && !self.kind.is_more_protected_than(earlier.kind)
        {
            return false;
        }
        let by_own_word = self.evidence == EvidenceKind::WrittenRepresentation;
        let counts = !by_own_word || self.kind.is_more_protected_than(earlier.kind);
        (self.kind.contradicts(earlier.kind) && counts)
            || (self.kind == earlier.kind && self.evidence == earlier.evidence)
    }
}

/// An investor in its present state, without revoked statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The profile.
    pub profile: Profile,
    /// Number of changes to the identity of the investor, including that of its owners.
    pub identity_version: i64,
    /// When the identity last changed; `None` if it never has.
    #[serde(serialize_with = "crate::time::serialize_optional")]
    pub identity_changed_at: Option<DateTime<Utc>>,
    /// The latest verification.
    pub kyc: Option<RecordedKyc>,
    /// The last decision about the KYC file.
    #[serde(default)]
    pub kyc_decision: Option<RecordedDecision>,
    /// The latest screening.
    pub screening: Option<RecordedScreening>,
    /// Wallets.
    pub wallets: Vec<RecordedWallet>,
    /// Classifications in the order in which they were recorded.
    pub classifications: Vec<RecordedClassification>,
}

impl Recorded {
    /// Reads an investor from its database representation.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when it is not as expected.
    pub fn from_stored(text: &str) -> Result<Self> {
        let mut read: Self = stored::read(text, "investor")?;
        let superseded: Vec<Option<Uuid>> = read
            .classifications
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let later = read.classifications.iter().skip(index + 1);
                later.rev().find(|later| later.supersedes(one)).map(|later| later.id)
            })
            .collect();
        for (classification, by) in read.classifications.iter_mut().zip(superseded) {
            classification.superseded_by = by;
        }
        Ok(read)
    }

    /// The classifications that count: approved by a second person, and not superseded.
    pub fn standing_classifications(&self) -> impl Iterator<Item = &RecordedClassification> {
        self.classifications.iter().filter(|one| one.approved_at.is_some() && one.superseded_by.is_none())
    }

    /// Whether a submitted verification is a new one. Submitting what is already recorded is not, unless the recorded one has
    /// become stale and the submitted one dates from the day of the change or later: sending back everything one has read must
    /// not verify anybody.
    pub fn is_new_verification(&self, stated: &Kyc, identity_changes: bool) -> bool {
        let Some(known) = &self.kyc else { return true };
        let same = (stated.status, stated.verified_on, stated.expires_on)
            == (known.status, known.verified_on, known.expires_on);
        !same || (!identity_changes && known.stale && self.is_after_change(stated.verified_on))
    }

    /// Whether a submitted screening is a new one; see [`Self::is_new_verification`].
    pub fn is_new_screening(&self, stated: &Screening, identity_changes: bool) -> bool {
        let Some(known) = &self.screening else { return true };
        let same = (stated.outcome, stated.screened_at, stated.source.as_str())
            == (known.outcome, known.screened_at, known.source.as_str());
        let day = Some(stated.screened_at.date_naive());
        !same || (!identity_changes && known.stale && self.is_after_change(day))
    }

    fn is_after_change(&self, day: Option<NaiveDate>) -> bool {
        day.zip(self.identity_changed_at).is_some_and(|(day, changed)| day >= changed.date_naive())
    }
}
