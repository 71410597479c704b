//! Statements about investors, and which of them were revoked.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{ApiKeyId, InvestorId, UserId, WalletId},
    investor::{
        Classification, Kyc, KycStatus, RevocationSubject, Screening, ScreeningOutcome, file::Authors,
    },
};
use serde_json::Value;
use uuid::Uuid;

use super::{wallets, with_ids};
use crate::{
    Connection, Json,
    kyc::{Actor, unapproved_authors},
};

rows! {
    /// A statement or wallet that was revoked, and why.
    #[derive(Debug, Clone)]
    pub struct Revocation {
        /// The id.
        pub id: Uuid,
        /// Kind of statement.
        pub subject: RevocationSubject,
        /// Its id.
        pub subject_id: Uuid,
        /// Reason.
        pub reason: String,
        /// When it was created.
        pub revoked_at: DateTime<Utc>,
        /// Its content.
        pub statement: Json<Value>,
    }
}

rows! {
    /// Who is behind a classification, and what became of it.
    #[derive(Debug, Clone)]
    pub struct ClassificationAuthors {
        /// Who recorded it, or is responsible for the key that did.
        pub recorded_by: Option<UserId>,
        /// Who made that key.
        pub key_made_by: Option<UserId>,
        /// When it was recorded.
        pub recorded_at: DateTime<Utc>,
        /// Whether it was revoked.
        pub revoked: bool,
        /// Whether it was approved.
        pub approved: bool,
    }
}

statements! { "investors";
    /// Records classifications of an investor: a list of objects, each with its id.
    execute add_classifications(
        investor: InvestorId,
        classifications: Value,
        person: Option<UserId>,
        key: Option<ApiKeyId>,
        key_maker: Option<UserId>,
    );

    /// Who is behind a classification, and what became of it.
    optional classification_authors(investor: InvestorId, id: Uuid) -> ClassificationAuthors;

    /// Approves a classification.
    execute add_classification_approval(
        investor: InvestorId,
        id: Uuid,
        approved_by: UserId,
        recorded_by: Option<UserId>,
    );

    /// Records a verification of an investor's present identity.
    execute add_verification(
        id: Uuid,
        investor: InvestorId,
        status: KycStatus,
        verified_on: Option<NaiveDate>,
        expires_on: Option<NaiveDate>,
    );

    /// Records a screening of an investor's present identity.
    execute add_screening(
        id: Uuid,
        investor: InvestorId,
        outcome: ScreeningOutcome,
        screened_at: DateTime<Utc>,
        source: &str,
    );

    /// Whether an investor has, or has had, this statement or wallet.
    one belongs(investor: InvestorId, subject: RevocationSubject, id: Uuid) -> bool;

    /// Revokes a statement or a wallet of an investor, once.
    execute add_revocation(
        id: Uuid,
        investor: InvestorId,
        reason: &str,
        subject: RevocationSubject,
        subject_id: Uuid,
    );

    /// The verifications of an investor that are not revoked.
    all standing_verifications(investor: InvestorId) -> Uuid;

    /// The screenings of an investor that are not revoked.
    all standing_screenings(investor: InvestorId) -> Uuid;

    /// What was revoked for an investor, ordered by the id of the revocation.
    page revocations(investor: InvestorId) -> Revocation, by "r.id" ("uuid": Uuid);
}

/// Everybody behind a classification. One that was recorded before its authors were may be anybody's who has ever recorded
/// something of the investor.
///
/// # Errors
/// Those of the connection.
pub async fn authors(
    db: &impl Connection,
    investor: InvestorId,
    classification: &ClassificationAuthors,
) -> Result<Authors> {
    let submitted_by: Vec<UserId> =
        [classification.recorded_by, classification.key_made_by].into_iter().flatten().collect();
    let recorded_by =
        if submitted_by.is_empty() { unapproved_authors(db, investor, 0).await? } else { Vec::new() };
    Ok(Authors { submitted_by, recorded_by, submitted_at: classification.recorded_at })
}

/// Records classifications of an investor. Returns their ids.
///
/// # Errors
/// Those of the connection.
pub async fn insert_classifications(
    db: &impl Connection,
    investor: InvestorId,
    all: &[Classification],
    by: Actor,
) -> Result<Vec<Uuid>> {
    if all.is_empty() {
        return Ok(vec![]);
    }
    let (rows, ids) = with_ids(all)?;
    add_classifications(db, investor, rows, by.person, by.key, by.key_maker).await?;
    Ok(ids)
}

/// Records a verification of an investor's present identity. Returns its id.
///
/// # Errors
/// Those of the connection.
pub async fn insert_verification(db: &impl Connection, investor: InvestorId, kyc: &Kyc) -> Result<Uuid> {
    let id = Uuid::now_v7();
    add_verification(db, id, investor, kyc.status, kyc.verified_on, kyc.expires_on).await?;
    Ok(id)
}

/// Records a screening of an investor's present identity. Returns its id.
///
/// # Errors
/// Those of the connection.
pub async fn insert_screening(
    db: &impl Connection,
    investor: InvestorId,
    screening: &Screening,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    add_screening(db, id, investor, screening.outcome, screening.screened_at, &screening.source).await?;
    Ok(id)
}

/// Revokes a statement or a wallet; false if it has already been revoked. A removed wallet can be registered again.
///
/// # Errors
/// Those of the connection.
pub async fn revoke(
    db: &impl Connection,
    investor: InvestorId,
    (subject, subject_id): (RevocationSubject, Uuid),
    revocation: Uuid,
    reason: &str,
) -> Result<bool> {
    let revoked = add_revocation(db, revocation, investor, reason, subject, subject_id).await? == 1;
    if revoked && subject == RevocationSubject::Wallet {
        wallets::remove_wallet(db, investor, WalletId(subject_id)).await?;
    }
    Ok(revoked)
}

/// Revokes every verification of an investor that is in force.
///
/// # Errors
/// Those of the connection.
pub async fn revoke_verifications(db: &impl Connection, investor: InvestorId, reason: &str) -> Result<()> {
    for id in standing_verifications(db, investor).await? {
        revoke(db, investor, (RevocationSubject::Verification, id), Uuid::now_v7(), reason).await?;
    }
    Ok(())
}

/// Revokes every screening of an investor that is in force.
///
/// # Errors
/// Those of the connection.
pub async fn revoke_screenings(db: &impl Connection, investor: InvestorId, reason: &str) -> Result<()> {
    for id in standing_screenings(db, investor).await? {
        revoke(db, investor, (RevocationSubject::Screening, id), Uuid::now_v7(), reason).await?;
    }
    Ok(())
}
