//! What somebody may do: when they are let in, and again at the moment of use.

use fundrail_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

rows! {
    /// Who signed in, and what they may do. Times are seconds since 1970.
    #[derive(Debug, Clone)]
    pub struct SessionRecord {
        /// Who it is.
        pub user_id: UserId,
        /// Their address.
        pub email: String,
        /// Whether they have shown that it is theirs.
        pub email_verified: bool,
        /// Whether they have a second factor.
        pub mfa: bool,
        /// In which tenant.
        pub tenant_id: TenantId,
        /// Its name.
        pub tenant_name: String,
        /// `institution` or `issuer`.
        pub tenant_kind: String,
        /// Whether it demands a second factor of everybody.
        pub mfa_required: bool,
        /// Their roles there, sorted.
        pub roles: Vec<String>,
        /// What those allow, sorted.
        pub permissions: Vec<String>,
        /// When the password was shown.
        pub authenticated_at: i64,
        /// When the session ends at the latest.
        pub expires_at: i64,
        /// When a second factor was last shown.
        pub mfa_at: Option<i64>,
    }

    /// What a key may do.
    #[derive(Debug, Clone)]
    pub struct ApiKeyRecord {
        /// In which tenant.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// What it allows.
        pub scopes: Vec<String>,
        /// Its own limit of requests a minute.
        pub rate_per_minute: Option<i32>,
        /// When it ends, in seconds since 1970.
        pub expires_at: i64,
        /// The name of the tenant.
        pub tenant_name: String,
        /// `institution` or `issuer`.
        pub tenant_kind: String,
    }

    /// What somebody may do in a tenant.
    #[derive(Debug, Clone)]
    pub struct Authority {
        /// Their roles; none of a key.
        pub roles: Vec<String>,
        /// What they allow.
        pub permissions: Vec<String>,
    }
}

statements! { "identity";
    /// A session of the user of this connection, in the tenant of this connection; nothing when it is over.
    optional session_record(id: SessionId) -> SessionRecord;

    /// The API key of a hash, which is noted as used; nothing when there is none, or it is over.
    optional find_api_key(secret_hash: &str) -> ApiKeyRecord;

    /// What a session or an API key allows, which is held until the transaction ends; nothing when it is over. `changes` is
    /// `people`, `sign_in` or `account` when the transaction is about to change those.
    optional hold_authority(
        tenant: TenantId,
        user: Option<UserId>,
        session: Option<SessionId>,
        api_key: Option<Uuid>,
        changes: Option<&str>,
    ) -> Authority;
}
