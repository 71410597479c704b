//! Sessions: who is signed in.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

use crate::{IntoParameter, Type, Value};

rows! {
    /// A session, as it is shown to its user.
    #[derive(Debug, Clone)]
    pub struct OwnSession {
        /// Its id.
        pub id: SessionId,
        /// The tenant that it is in.
        pub tenant_id: TenantId,
        /// What the device said of itself.
        pub device: Option<String>,
        /// Where it was last used from.
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
        /// The tenant that it was in.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: SessionId,
    }

    /// A refresh token, with what is known of its session.
    pub struct RefreshToken {
        /// The tenant of the session.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// The session.
        pub session_id: SessionId,
        /// Whose session it is.
        pub user_id: UserId,
        /// What its successor is made from, together with itself.
        pub seed: Vec<u8>,
        /// Until when it waits for its use.
        pub expires_at: DateTime<Utc>,
        /// When it was used.
        pub used_at: Option<DateTime<Utc>>,
        /// When the session ends at the latest.
        pub session_expires_at: DateTime<Utc>,
        /// Whether the session was ended, or rests on a password that is another one by now.
        pub session_revoked: bool,
        /// Whether the user still belongs to the tenant.
        pub is_member: bool,
    }
}

/// What ends together with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What grew out of it.
    Grown,
    /// All of its family.
    Family,
}

/// Whether it is all of the family.
impl IntoParameter for Reach {
    const TYPE: Type = Type::Bool;
    fn into_parameter(self) -> Value {
        Value::Bool(self == Self::Family)
    }
}

statements! { "identity";
    /// The sessions of the user of this connection, in every tenant.
    page own_sessions() -> OwnSession, by "id" ("uuid": Uuid);

    /// One of them.
    optional own_session(id: SessionId) -> OwnSession;

    /// All sessions in the tenant of this connection.
    all sessions_of_tenant() -> SessionId;

    /// Keys in Redis of the sessions and API keys of a member of the tenant of this connection.
    one marks_of_member(user: UserId) -> Vec<String>;

    /// The refresh token of a hash. It and its session are locked until the transaction ends.
    optional find_refresh_token(token_hash: &str) -> RefreshToken;

    /// Notes that a refresh token was used.
    execute use_refresh_token(id: Uuid, at: DateTime<Utc>);

    /// Notes that a session was used, and where from if that is known.
    execute touch_session(session: SessionId, client_address: Option<&str>);

    /// Notes that a second factor was shown.
    execute note_mfa(session: SessionId, at: DateTime<Utc>);

    /// Has a session rest on another password than it began with.
    execute rest_session_on(session: SessionId, password_version: i64);

    /// Ends a session of the user of this connection and what goes with it, in whichever tenants they are; answers with all that
    /// stood until now.
    all end_own_sessions(session: SessionId, reach: Reach, reason: &str) -> Ended;

    /// Ends the sessions of the user of this connection, in every tenant, but for one that is kept.
    all revoke_own_sessions(kept: Option<SessionId>, reason: &str) -> SessionId;

    /// The sessions of a member, in the tenant of this connection, that are not over.
    all open_sessions(user: UserId) -> SessionId;

    /// Those of the user of this connection, in every tenant.
    all own_open_sessions() -> SessionId;

    /// Deletes what has run out of sessions, links and challenges; answers how much.
    one prune() -> i64;
}
