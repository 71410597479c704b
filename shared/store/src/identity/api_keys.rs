//! API keys.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    ids::{ApiKeyId, TenantId, UserId},
};

use crate::Connection;

rows! {
    /// An API key, without the key itself.
    #[derive(Debug, Clone)]
    pub struct ApiKey {
        /// The id.
        pub id: ApiKeyId,
        /// What it is for.
        pub name: String,
        /// Its first characters.
        pub prefix: String,
        /// Permissions that it grants.
        pub scopes: Vec<String>,
        /// Its own limit of requests per minute, if lower than the general one.
        pub rate_per_minute: Option<i32>,
        /// The member responsible for it.
        pub created_by: UserId,
        /// When it was created.
        pub created_at: DateTime<Utc>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
        /// When it was last used, to within about a minute.
        pub last_used_at: Option<DateTime<Utc>>,
        /// When it was revoked.
        pub revoked_at: Option<DateTime<Utc>>,
        /// The key that replaces it.
        pub replaced_by: Option<ApiKeyId>,
    }
}

parameters! {
    /// An API key to be created.
    pub struct NewApiKey<'a> {
        /// The tenant.
        pub tenant_id: TenantId,
        /// The id.
        pub id: ApiKeyId,
        /// What it is for.
        pub name: &'a str,
        /// Its first characters.
        pub prefix: &'a str,
        /// Hash of the key itself.
        pub secret_hash: &'a str,
        /// Permissions that it grants.
        pub scopes: &'a [String],
        /// Its own limit of requests per minute, if lower than the general one.
        pub rate_per_minute: Option<i32>,
        /// The member responsible for it.
        pub created_by: UserId,
        /// When it was created.
        pub created_at: DateTime<Utc>,
        /// When it expires.
        pub expires_at: DateTime<Utc>,
    }
}

statements! { "identity";
    /// The keys of the connection's tenant.
    page api_keys() -> ApiKey, by "id" ("uuid": ApiKeyId);

    /// A key of the connection's tenant.
    optional api_key(id: ApiKeyId) -> ApiKey;

    /// The hash of a key, which is locked until the transaction ends.
    optional lock_api_key(id: ApiKeyId) -> String;

    /// Creates a key.
    execute insert_api_key { key: NewApiKey<'_> };

    /// Replaces a key by another; the old one keeps working for a while.
    execute replace_api_key(id: ApiKeyId, by: ApiKeyId, expires_at: DateTime<Utc>);

    /// Makes somebody else responsible for a key.
    execute take_over_api_key(id: ApiKeyId, by: UserId);

    /// Revokes a key; returns its hash, or nothing if there is no valid one.
    optional revoke_api_key(id: ApiKeyId) -> String;
}

/// A key and its hash, locked until the transaction ends.
///
/// # Errors
/// Those of the connection.
pub async fn for_update(db: &impl Connection, id: ApiKeyId) -> Result<Option<(ApiKey, String)>> {
    let Some(hash) = lock_api_key(db, id).await? else { return Ok(None) };
    Ok(api_key(db, id).await?.map(|key| (key, hash)))
}
