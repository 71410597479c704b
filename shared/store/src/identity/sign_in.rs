//! Beginning a session.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

parameters! {
    /// A session to be begun.
    pub struct NewSession<'a> {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The id.
        pub id: SessionId,
        /// Id of the user.
        pub user_id: UserId,
        /// What the device calls itself.
        pub device: Option<String>,
        /// Client address.
        pub client_address: Option<&'a str>,
        /// When it begins.
        pub created_at: DateTime<Utc>,
        /// When it ends at the latest.
        pub expires_at: DateTime<Utc>,
        /// When a second factor was last shown.
        pub mfa_at: Option<DateTime<Utc>>,
        /// Version of the password that was given.
        pub password_version: i64,
        /// The session that it descends from.
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
        /// The id.
        pub id: Uuid,
        /// The session.
        pub session_id: SessionId,
        /// Hash of the token.
        pub token_hash: &'a str,
        /// What its successor is computed from, together with the token.
        pub seed: Vec<u8>,
        /// When it is issued.
        pub created_at: DateTime<Utc>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
    }

    /// A sign-in that has to wait for a second factor.
    pub struct NewChallenge<'a> {
        /// The id.
        pub id: Uuid,
        /// The user who signs in.
        pub user_id: UserId,
        /// The tenant.
        pub tenant_id: TenantId,
        /// Hash of its token.
        pub token_hash: &'a str,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
        /// Version of the password that was given.
        pub password_version: i64,
    }
}

rows! {
    /// A session that another one can descend from.
    #[derive(Debug, Clone)]
    pub struct Parent {
        /// Id of the user.
        pub user_id: UserId,
        /// Version of the password that it is based on.
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
    /// A session that another one can descend from; nothing if it has ended.
    optional parent(session: SessionId) -> Parent;

    /// Whether the password that somebody has given is still theirs, and they are a member. Locks both until the transaction
    /// ends.
    one may_begin(tenant: TenantId, user: UserId, password_version: i64) -> bool;

    /// The password version of the connection's user, locked until the transaction ends; nothing if it is a different one by now.
    optional hold_password(user: UserId, password_version: i64) -> i64;

    /// Begins a session.
    execute insert_session { session: NewSession<'_> };

    /// Stores a refresh token. One that already exists, because a parallel request was faster, stays.
    execute insert_refresh_token { token: NewRefreshToken<'_> };

    /// Makes a sign-in wait for a second factor.
    execute insert_challenge { challenge: NewChallenge<'_> };
}
