//! Second factors: the authenticator, recovery codes for when it is lost, and the challenges that ask for either.

use fundrail_domain::{
    Result,
    auth::lockout::Failures,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

use crate::Connection;

rows! {
    /// The authenticator of a user.
    pub struct Totp {
        /// Its secret, encrypted.
        pub secret_sealed: String,
        /// By which key.
        pub secret_key_id: String,
        /// Whether it counts.
        pub confirmed: bool,
        /// The last step of time whose code was used.
        pub last_step: i64,
        /// Wrong codes since the last right one.
        pub failures: i32,
        /// Seconds since the last wrong one.
        pub failed_ago: i64,
    }

    /// A sign-in that waits for a second factor.
    #[derive(Debug, Clone)]
    pub struct Challenge {
        /// Its id.
        pub id: Uuid,
        /// Who signs in.
        pub user_id: UserId,
        /// To which tenant.
        pub tenant_id: TenantId,
        /// Which password they have shown.
        pub password_version: i64,
    }

    /// What came of taking somebody's second factor away.
    #[derive(Debug, Clone)]
    pub struct FactorReset {
        /// `unknown`, `elsewhere`, `operator`, `none` or `done`.
        pub outcome: String,
        /// The tenant in whose trail it goes; none unless it is done.
        pub tenant_id: Option<TenantId>,
        /// Keys in Redis of the sessions that ended.
        pub marks: Vec<String>,
    }
}

impl From<&Totp> for Failures {
    fn from(row: &Totp) -> Self {
        Self { count: u32::try_from(row.failures).unwrap_or(0), age: row.failed_ago }
    }
}

statements! { "identity";
    /// Whether a user has a second factor.
    one has_mfa(user: UserId) -> bool;

    /// The authenticator of a user, confirmed or not.
    optional totp(user: UserId) -> Totp;

    /// The same, locked until the transaction ends.
    optional lock_totp(user: UserId) -> Totp;

    /// Stores a new secret, in place of one that was never confirmed; none when there is a confirmed one.
    execute put_totp(user: UserId, secret_sealed: &str, secret_key_id: &str);

    /// Confirms the secret whose code was right; none when it is another one by now.
    execute confirm_totp(user: UserId, secret_sealed: &str);

    /// Deletes a confirmed secret, by [`remove`], which takes the recovery codes along.
    execute delete_totp(user: UserId);

    /// Counts a wrong code.
    execute count_totp_failure(user: UserId);

    /// Forgets the wrong codes.
    execute forget_totp_failures(user: UserId);

    /// Uses up a step of time; none when it, or a later one, was used before.
    execute use_totp_step(user: UserId, step: i64);

    /// Uses up a recovery code; none when there is none such.
    execute use_recovery_code(user: UserId, code_hash: &str);

    /// How many recovery codes a user has that are not used.
    one recovery_codes_left(user: UserId) -> i64;

    /// Deletes all recovery codes of a user.
    execute delete_recovery_codes(user: UserId);

    /// Gives a user more recovery codes.
    execute insert_recovery_codes(user: UserId, code_hashes: &[String]);

    /// The challenge of a token, unless it is over.
    optional find_challenge(token_hash: &str) -> Challenge;

    /// Counts a try at a challenge; none when there were `most` already.
    execute count_challenge_attempt(id: Uuid, most: i32);

    /// Uses up a challenge; none when it was used before.
    execute use_challenge(id: Uuid);

    /// Takes somebody's second factor away and ends their sessions. `anywhere`: also of who belongs to another tenant.
    one reset_factor(user: UserId, anywhere: bool) -> FactorReset;
}

/// Removes the second factor of the user of this connection; false when there is none.
///
/// # Errors
/// Those of the connection.
pub async fn remove(db: &impl Connection, user: UserId) -> Result<bool> {
    delete_recovery_codes(db, user).await?;
    Ok(delete_totp(db, user).await? == 1)
}

/// Gives a user other recovery codes than they have.
///
/// # Errors
/// Those of the connection.
pub async fn replace_recovery_codes(
    db: &impl Connection,
    user: UserId,
    code_hashes: &[String],
) -> Result<()> {
    delete_recovery_codes(db, user).await?;
    insert_recovery_codes(db, user, code_hashes).await.map(drop)
}
