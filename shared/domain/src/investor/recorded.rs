//! An investor with all that was stated of it and stands.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Classification, ClassificationKind, EvidenceKind, Figures, Kyc, KycStatus, Profile, Screening,
    ScreeningOutcome,
};
use crate::{Result, reference::WalletAddress, stored};

/// A verification of the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedKyc {
    /// Id of the statement, by which it is revoked.
    pub id: Uuid,
    /// Where it stands.
    pub status: KycStatus,
    /// When it was last verified.
    pub verified_on: Option<NaiveDate>,
    /// The last day on which it holds; without it, as long as the rule that asks allows.
    pub expires_on: Option<NaiveDate>,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// That it was of who the investor was before its identity changed: it verifies nothing any more.
    pub stale: bool,
}

/// A screening against sanctions lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedScreening {
    /// Id of the statement, by which it is revoked.
    pub id: Uuid,
    /// What it found.
    pub outcome: ScreeningOutcome,
    /// When it was run.
    #[serde(serialize_with = "crate::time::serialize")]
    pub screened_at: DateTime<Utc>,
    /// Who or what ran it, against which lists.
    pub source: String,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// That it was of who the investor was before its identity changed: it clears nobody any more.
    pub stale: bool,
}

/// A registered wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedWallet {
    /// Id, by which control of it is proven and by which it is removed.
    pub id: Uuid,
    /// The chain (EIP-155).
    #[cfg_attr(feature = "openapi", schema(minimum = 1, example = 1))]
    pub chain_id: u64,
    /// Its address, written with its checksum (EIP-55).
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$",
        example = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"))]
    pub address: WalletAddress,
    /// When control of it was proven to us, by a signature; null as long as it was not.
    #[serde(serialize_with = "crate::time::serialize_optional")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub verified_at: Option<DateTime<Utc>>,
}

/// What an investor counts as, by which evidence and from when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedClassification {
    /// Id of the statement, by which it is revoked.
    pub id: Uuid,
    /// As what.
    pub kind: ClassificationKind,
    /// By what kind of evidence.
    pub evidence: EvidenceKind,
    /// Where the evidence is kept, in the words of whoever keeps it.
    pub reference: Option<String>,
    /// The date of the evidence.
    pub issued_on: NaiveDate,
    /// The last day on which it holds; without it, as long as the rule that asks allows.
    pub expires_on: Option<NaiveDate>,
    /// The numbers that the evidence shows.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub figures: Figures,
    /// When it was recorded: RFC 3339, UTC.
    #[serde(serialize_with = "crate::time::serialize")]
    pub recorded_at: DateTime<Utc>,
    /// The later statement that has taken its place; null while it counts.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub superseded_by: Option<Uuid>,
}

impl RecordedClassification {
    /// Without what only the record knows.
    pub fn statement(&self) -> Classification {
        Classification {
            kind: self.kind,
            evidence: self.evidence,
            reference: self.reference.clone(),
            issued_on: self.issued_on,
            expires_on: self.expires_on,
            figures: self.figures.clone(),
        }
    }

    /// Whether it takes the place of an earlier one: it says otherwise, or the same by newer evidence of the same kind. What
    /// says the same by other evidence stands beside it: a letter is not worth less because the investor confirms it. By their own
    /// word alone a client can ask for more protection, never for less (MiFID II, Annex II, I and II.1): who calls themselves a
    /// counterparty is none, and remains what somebody else has found.
    fn supersedes(&self, earlier: &Self) -> bool {
        let by_own_word = self.evidence == EvidenceKind::WrittenRepresentation;
        let counts = !by_own_word || self.kind.is_more_protected_than(earlier.kind);
        (self.kind.contradicts(earlier.kind) && counts)
            || (self.kind == earlier.kind && self.evidence == earlier.evidence)
    }
}

/// An investor as it stands: revoked statements are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Who it is.
    pub profile: Profile,
    /// Counts the changes of who the investor is, and of who stands behind it.
    pub identity_version: i64,
    /// When it last changed; none as long as it is what was recorded first.
    #[serde(serialize_with = "crate::time::serialize_optional")]
    pub identity_changed_at: Option<DateTime<Utc>>,
    /// The last verification.
    pub kyc: Option<RecordedKyc>,
    /// The last screening.
    pub screening: Option<RecordedScreening>,
    /// Wallets.
    pub wallets: Vec<RecordedWallet>,
    /// Classifications in the order in which they were stated.
    pub classifications: Vec<RecordedClassification>,
}

impl Recorded {
    /// Reads an investor as the database has it.
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

    /// The classifications that count.
    pub fn standing_classifications(&self) -> impl Iterator<Item = &RecordedClassification> {
        self.classifications.iter().filter(|one| one.superseded_by.is_none())
    }

    /// Whether a verification that somebody states is a new one. Stating again what is recorded already is none, unless that
    /// has become stale and what is stated is of the day of the change or later: who sends back all that they have read does
    /// not verify anybody by it.
    pub fn is_new_verification(&self, stated: &Kyc, identity_changes: bool) -> bool {
        let Some(known) = &self.kyc else { return true };
        let same = (stated.status, stated.verified_on, stated.expires_on)
            == (known.status, known.verified_on, known.expires_on);
        !same || (!identity_changes && known.stale && self.is_after_change(stated.verified_on))
    }

    /// Whether a screening that somebody states is a new one; see [`Self::is_new_verification`].
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
