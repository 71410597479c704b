//! What somebody may do: when they are let in, and again at the moment of use.

use fundrail_domain::ids::{ApiKeyId, SessionId, TenantId, UserId};

rows! {
    /// A signed-in user and what they may do. Times are in seconds since 1970.
    #[derive(Debug, Clone)]
    pub struct SessionRecord {
        /// The user.
        pub user_id: UserId,
        /// E-mail address.
        pub email: String,
        /// Whether it is verified.
        pub email_verified: bool,
        /// Whether they have a second factor.
        pub mfa: bool,
        /// The tenant.
        pub tenant_id: TenantId,
        /// Name.
        pub tenant_name: String,
        /// `institution` or `issuer`.
        pub tenant_kind: String,
        /// Whether every member must have a second factor.
        pub mfa_required: bool,
        /// Their roles there, sorted.
        pub roles: Vec<String>,
        /// What those permit, sorted.
        pub permissions: Vec<String>,
        /// When the password was shown.
        pub authenticated_at: i64,
        /// When the session ends at the latest.
        pub expires_at: i64,
        /// When a second factor was last shown.
        pub mfa_at: Option<i64>,
    }

    /// What an API key may do.
    #[derive(Debug, Clone)]
    pub struct ApiKeyRecord {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The id.
        pub id: ApiKeyId,
        /// Permissions that it grants.
        pub scopes: Vec<String>,
        /// Its own limit of requests per minute.
        pub rate_per_minute: Option<i32>,
        /// When it expires, in seconds since 1970.
        pub expires_at: i64,
        /// The name of the tenant.
        pub tenant_name: String,
        /// `institution` or `issuer`.
        pub tenant_kind: String,
        /// Whether the tenant requires a second factor that the member responsible for it does not have.
        pub factor_missing: bool,
    }

    /// What somebody may do in a tenant.
    #[derive(Debug, Clone)]
    pub struct Authority {
        /// Their roles; none for a key.
        pub roles: Vec<String>,
        /// What those permit.
        pub permissions: Vec<String>,
    }
}

statements! { "identity";
    /// A session of the connection's user in the connection's tenant; nothing if it has ended.
    optional session_record(id: SessionId) -> SessionRecord;

    /// The API key with a hash, whose use is recorded; nothing if there is none, or it has ended.
    optional find_api_key(secret_hash: &str) -> ApiKeyRecord;

    /// What a session or an API key permits, locked until the transaction ends; nothing if it has ended. `changes` is `people`,
    /// `sign_in` or `account` if the transaction is about to change those.
    optional hold_authority(
        tenant: TenantId,
        user: Option<UserId>,
        session: Option<SessionId>,
        api_key: Option<ApiKeyId>,
        changes: Option<&str>,
    ) -> Authority;
}
