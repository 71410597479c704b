//! Sessions.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

use crate::{IntoParameter, Type, Value};

rows! {
    /// A session, as shown to its user.
    #[derive(Debug, Clone)]
    pub struct OwnSession {
        /// The id.
        pub id: SessionId,
        /// The tenant that it belongs to.
        pub tenant_id: TenantId,
        /// What the device calls itself.
        pub device: Option<String>,
        /// Client address of its last use.
        pub client_address: Option<String>,
        /// When it began.
        pub created_at: DateTime<Utc>,
        /// When its tokens were last refreshed.
        pub last_used_at: DateTime<Utc>,
        /// When it ends at the latest.
        pub expires_at: DateTime<Utc>,
    }

    /// A session that was ended.
    #[derive(Debug, Clone)]
    pub struct Ended {
        /// The tenant that it belonged to.
        pub tenant_id: TenantId,
        /// The id.
        pub id: SessionId,
    }

    /// A refresh token, with what is known of its session.
    pub struct RefreshToken {
        /// The tenant of the session.
        pub tenant_id: TenantId,
        /// The id.
        pub id: Uuid,
        /// The session.
        pub session_id: SessionId,
        /// The user.
        pub user_id: UserId,
        /// What its successor is computed from, together with itself.
        pub seed: Vec<u8>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
        /// When it was used.
        pub used_at: Option<DateTime<Utc>>,
        /// When the session ends at the latest.
        pub session_expires_at: DateTime<Utc>,
        /// Whether the session has ended, or is based on a password that has since changed.
        pub session_revoked: bool,
        /// Whether the user still belongs to the tenant.
        pub is_member: bool,
    }
}

/// What ends together with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Sessions that descend from it.
    Grown,
    /// Its whole family.
    Family,
}

/// Whether it is the whole family.
impl IntoParameter for Reach {
    const TYPE: Type = Type::Bool;
    fn into_parameter(self) -> Value {
        Value::Bool(self == Self::Family)
    }
}

statements! { "identity";
    /// The sessions of the connection's user, in every tenant.
    page own_sessions() -> OwnSession, by "id" ("uuid": SessionId);

    /// One of them.
    optional own_session(id: SessionId) -> OwnSession;

    /// Redis keys of all sessions and API keys in the connection's tenant.
    one marks_of_tenant() -> Vec<String>;

    /// Redis keys of the sessions and API keys of a member of the connection's tenant.
    one marks_of_member(user: UserId) -> Vec<String>;

    /// The refresh token with a hash. It and its session are locked until the transaction ends.
    optional find_refresh_token(token_hash: &str) -> RefreshToken;

    /// Records that a refresh token was used.
    execute use_refresh_token(id: Uuid, at: DateTime<Utc>);

    /// Records that a session was used, and from where if known.
    execute touch_session(session: SessionId, client_address: Option<&str>);

    /// Records that a second factor was shown.
    execute note_mfa(session: SessionId, at: DateTime<Utc>);

    /// Bases a session on a password other than the one it began with.
    execute rest_session_on(session: SessionId, password_version: i64);

    /// Ends a session of the connection's user and what ends with it, in any tenants; returns all that were still open.
    all end_own_sessions(session: SessionId, reach: Reach, reason: &str) -> Ended;

    /// Ends the sessions of the connection's user, in every tenant, except one.
    all revoke_own_sessions(kept: Option<SessionId>, reason: &str) -> SessionId;

    /// The sessions of a member in the connection's tenant that have not ended.
    all open_sessions(user: UserId) -> SessionId;

    /// Redis keys of the sessions of the connection's user, and of the API keys that they are responsible for, in every tenant.
    all own_marks() -> String;

    /// Deletes expired sessions, links and challenges; returns how many.
    one prune() -> i64;
}
