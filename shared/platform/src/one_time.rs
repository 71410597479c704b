//! Links that work once: password reset and e-mail verification. Invitations have a table of their own.

use chrono::{DateTime, Duration, Utc};
use fundrail_domain::Result;
use uuid::Uuid;

use crate::{db::Db, params, random, tokens};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new password.
    PasswordReset,
    /// An address is somebody's own.
    EmailVerification,
}

impl Purpose {
    /// As the table and the kind of mail have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
        }
    }

    fn good_for(self) -> Duration {
        match self {
            Self::PasswordReset => Duration::minutes(30),
            Self::EmailVerification => Duration::days(3),
        }
    }
}

/// Makes a token for the user of this connection; earlier ones for the same purpose stop working.
pub async fn issue(db: &Db, user: Uuid, purpose: Purpose, now: DateTime<Utc>) -> Result<String> {
    const END: &str = "update one_time_token set used_at = now() \
        where user_id = $1 and purpose = $2 and used_at is null";
    const SQL: &str = "insert into one_time_token (id, user_id, purpose, token_hash, expires_at) \
        values ($1, $2, $3, $4, $5::text::timestamptz)";
    let token = tokens::opaque("frl_")?;
    db.execute(END, params![user, purpose.name()]).await?;
    let expires_at = now + purpose.good_for();
    let parameters = params![random::new_id(), user, purpose.name(), tokens::hash(&token), expires_at];
    db.execute(SQL, parameters).await?;
    Ok(token)
}

/// Uses up a token; `None` when it is unknown, used or too old.
pub async fn consume(db: &Db, purpose: Purpose, token: &str) -> Result<Option<Uuid>> {
    const SQL: &str = "select auth_use_one_time_token($1, $2) as user_id";
    db.one(SQL, params![purpose.name(), tokens::hash(token)], |row| row.get::<Option<Uuid>>("user_id")).await
}
