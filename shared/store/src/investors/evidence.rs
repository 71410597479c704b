//! What is stated of investors, and what of it was revoked.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::InvestorId,
    investor::{Classification, Kyc, KycStatus, RevocationSubject, Screening, ScreeningOutcome},
};
use serde_json::Value;
use uuid::Uuid;

use super::{wallets, with_ids};
use crate::{Connection, Json};

rows! {
    /// A statement or a wallet that was revoked, and why.
    #[derive(Debug, Clone)]
    pub struct Revocation {
        /// Its id.
        pub id: Uuid,
        /// What kind of thing was revoked.
        pub subject: RevocationSubject,
        /// Which one.
        pub subject_id: Uuid,
        /// Why.
        pub reason: String,
        /// When.
        pub revoked_at: DateTime<Utc>,
        /// What it had said.
        pub statement: Json<Value>,
    }
}

statements! { "investors";
    /// Records classifications of an investor: a list of objects, each with its id.
    execute add_classifications(investor: InvestorId, classifications: Value);

    /// Records a verification of who an investor is now.
    execute add_verification(
        id: Uuid,
        investor: InvestorId,
        status: KycStatus,
        verified_on: Option<NaiveDate>,
        expires_on: Option<NaiveDate>,
    );

    /// Records a screening of who an investor is now.
    execute add_screening(
        id: Uuid,
        investor: InvestorId,
        outcome: ScreeningOutcome,
        screened_at: DateTime<Utc>,
        source: &str,
    );

    /// Whether an investor has this statement or wallet, or has had it.
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

    /// What was revoked of an investor, by the id of the revocation.
    page revocations(investor: InvestorId) -> Revocation, by "r.id" ("uuid": Uuid);
}

/// Records classifications of an investor. Answers with their ids.
///
/// # Errors
/// Those of the connection.
pub async fn insert_classifications(
    db: &impl Connection,
    investor: InvestorId,
    all: &[Classification],
) -> Result<Vec<Uuid>> {
    if all.is_empty() {
        return Ok(vec![]);
    }
    let (rows, ids) = with_ids(all)?;
    add_classifications(db, investor, rows).await?;
    Ok(ids)
}

/// Records a verification of who an investor is now. Answers with its id.
///
/// # Errors
/// Those of the connection.
pub async fn insert_verification(db: &impl Connection, investor: InvestorId, kyc: &Kyc) -> Result<Uuid> {
    let id = Uuid::now_v7();
    add_verification(db, id, investor, kyc.status, kyc.verified_on, kyc.expires_on).await?;
    Ok(id)
}

/// Records a screening of who an investor is now. Answers with its id.
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

/// Revokes a statement or a wallet; false when it was revoked before. A wallet that is removed can be registered again.
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
        wallets::remove_wallet(db, investor, subject_id).await?;
    }
    Ok(revoked)
}

/// Revokes every verification of an investor that stands.
///
/// # Errors
/// Those of the connection.
pub async fn revoke_verifications(db: &impl Connection, investor: InvestorId, reason: &str) -> Result<()> {
    for id in standing_verifications(db, investor).await? {
        revoke(db, investor, (RevocationSubject::Verification, id), Uuid::now_v7(), reason).await?;
    }
    Ok(())
}

/// Revokes every screening of an investor that stands.
///
/// # Errors
/// Those of the connection.
pub async fn revoke_screenings(db: &impl Connection, investor: InvestorId, reason: &str) -> Result<()> {
    for id in standing_screenings(db, investor).await? {
        revoke(db, investor, (RevocationSubject::Screening, id), Uuid::now_v7(), reason).await?;
    }
    Ok(())
}
