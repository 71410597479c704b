//! Statements about investors, and which of them were revoked.

use chrono::{DateTime, NaiveDate, Utc};
use fundrail_domain::{
    Result,
    ids::{InvestorId, WalletId},
    investor::{Classification, Kyc, KycStatus, RevocationSubject, Screening, ScreeningOutcome},
};
use serde_json::Value;
use uuid::Uuid;

use super::{wallets, with_ids};
use crate::{Connection, Json};

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

statements! { "investors";
    /// Records classifications of an investor: a list of objects, each with its id.
    execute add_classifications(investor: InvestorId, classifications: Value);

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

/// Records classifications of an investor. Returns their ids.
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
