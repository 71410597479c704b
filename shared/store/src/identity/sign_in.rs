//! Beginning a session.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

parameters! {
    /// A session that begins.
    pub struct NewSession<'a> {
        /// In which tenant.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: SessionId,
        /// Whose it is.
        pub user_id: UserId,
        /// What the device says of itself.
        pub device: Option<String>,
        /// Where it begins from.
        pub client_address: Option<&'a str>,
        /// When it begins.
        pub created_at: DateTime<Utc>,
        /// When it ends at the latest.
        pub expires_at: DateTime<Utc>,
        /// When a second factor was last shown.
        pub mfa_at: Option<DateTime<Utc>>,
        /// Which password was shown.
        pub password_version: i64,
        /// The session that it grows out of.
        pub parent_id: Option<SessionId>,
        /// The first session of its family: itself, or that of its parent.
        pub family_id: SessionId,
        /// When the password was shown.
        pub authenticated_at: DateTime<Utc>,
    }

    /// A refresh token of a session.
    pub struct NewRefreshToken<'a> {
        /// The tenant of the session.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// The session.
        pub session_id: SessionId,
        /// The hash of the token.
        pub token_hash: &'a str,
        /// What its successor is made from, together with the token.
        pub seed: Vec<u8>,
        /// When it is given.
        pub created_at: DateTime<Utc>,
        /// Until when it waits for its use.
        pub expires_at: DateTime<Utc>,
    }

    /// A sign-in that is to wait for a second factor.
    pub struct NewChallenge<'a> {
        /// Its id.
        pub id: Uuid,
        /// Who signs in.
        pub user_id: UserId,
        /// To which tenant.
        pub tenant_id: TenantId,
        /// The hash of its token.
        pub token_hash: &'a str,
        /// Until when it waits.
        pub expires_at: DateTime<Utc>,
        /// Which password was shown.
        pub password_version: i64,
    }
}

rows! {
    /// A session that another one can grow out of.
    #[derive(Debug, Clone)]
    pub struct Parent {
        /// Whose it is.
        pub user_id: UserId,
        /// Which password it rests on.
        pub password_version: i64,
        /// When a second factor was last shown.
        pub mfa_at: Option<DateTime<Utc>>,
        /// The first session of its family.
        pub family_id: SessionId,
        /// When it ends at the latest.
        pub expires_at: DateTime<Utc>,
        /// When the password was shown.
        pub authenticated_at: DateTime<Utc>,
    }
}

statements! { "identity";
    /// A session that another one can grow out of; nothing when it is over.
    optional parent(session: SessionId) -> Parent;

    /// Whether the password that somebody has shown is still theirs, and they are a member. Holds both until the transaction ends.
    one may_begin(tenant: TenantId, user: UserId, password_version: i64) -> bool;

    /// The version of the password of the user of this connection, held until the transaction ends; nothing when it is another one
    /// by now.
    optional hold_password(user: UserId, password_version: i64) -> i64;

    /// Begins a session.
    execute insert_session { session: NewSession<'_> };

    /// Stores a refresh token. One that is there already, because a parallel request was faster, stays.
    execute insert_refresh_token { token: NewRefreshToken<'_> };

    /// Has a sign-in wait for a second factor.
    execute insert_challenge { challenge: NewChallenge<'_> };
}
