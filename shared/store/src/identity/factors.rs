//! Second factors: the authenticator, recovery codes in case it is lost, and the challenges that ask for either.

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
        /// Id of the key that encrypts it.
        pub secret_key_id: String,
        /// Whether it is confirmed.
        pub confirmed: bool,
        /// The last time step whose code was used.
        pub last_step: i64,
        /// Wrong codes since the last correct one.
        pub failures: i32,
        /// Seconds since the last wrong one.
        pub failed_ago: i64,
    }

    /// A sign-in that waits for a second factor.
    #[derive(Debug, Clone)]
    pub struct Challenge {
        /// The id.
        pub id: Uuid,
        /// The user who signs in.
        pub user_id: UserId,
        /// The tenant.
        pub tenant_id: TenantId,
        /// Version of the password that they have given.
        pub password_version: i64,
    }

    /// Result of resetting somebody's second factor.
    #[derive(Debug, Clone)]
    pub struct FactorReset {
        /// `unknown`, `elsewhere`, `operator`, `none` or `done`.
        pub outcome: String,
        /// The tenant in whose trail it is recorded; none unless `done`.
        pub tenant_id: Option<TenantId>,
        /// Redis keys of the sessions that ended.
        pub marks: Vec<String>,
        /// Redis keys of the API keys that they are responsible for.
        pub changed: Vec<String>,
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

    /// The authenticator of a user, whether or not confirmed.
    optional totp(user: UserId) -> Totp;

    /// The same, locked until the transaction ends.
    optional lock_totp(user: UserId) -> Totp;

    /// Stores a new secret, replacing an unconfirmed one; none if there is a confirmed one.
    execute put_totp(user: UserId, secret_sealed: &str, secret_key_id: &str);

    /// Confirms the secret whose code was correct; none if it is a different one by now.
    execute confirm_totp(user: UserId, secret_sealed: &str);

    /// Deletes a confirmed secret; used by [`remove`], which also removes the recovery codes.
    execute delete_totp(user: UserId);

    /// Counts a wrong code.
    execute count_totp_failure(user: UserId);

    /// Forgets the wrong codes.
    execute forget_totp_failures(user: UserId);

    /// Uses up a time step; none if it, or a later one, was used before.
    execute use_totp_step(user: UserId, step: i64);

    /// Uses up a recovery code; none if there is no such code.
    execute use_recovery_code(user: UserId, code_hash: &str);

    /// Number of unused recovery codes of a user.
    one recovery_codes_left(user: UserId) -> i64;

    /// Deletes all recovery codes of a user.
    execute delete_recovery_codes(user: UserId);

    /// Adds recovery codes for a user.
    execute insert_recovery_codes(user: UserId, code_hashes: &[String]);

    /// The challenge with a token, unless it has ended.
    optional find_challenge(token_hash: &str) -> Challenge;

    /// Counts an attempt at a challenge; none if there were already `most`.
    execute count_challenge_attempt(id: Uuid, most: i32);

    /// Uses up a challenge; none if it was used before.
    execute use_challenge(id: Uuid);

    /// Resets somebody's second factor and ends their sessions. `anywhere`: even if they belong to another tenant.
    one reset_factor(user: UserId, anywhere: bool) -> FactorReset;
}

/// Removes the second factor of the connection's user; false if there is none.
///
/// # Errors
/// Those of the connection.
pub async fn remove(db: &impl Connection, user: UserId) -> Result<bool> {
    delete_recovery_codes(db, user).await?;
    Ok(delete_totp(db, user).await? == 1)
}

/// Replaces a user's recovery codes.
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
