//! Keys of machines.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

use crate::Connection;

rows! {
    /// An API key, without the key itself.
    #[derive(Debug, Clone)]
    pub struct ApiKey {
        /// Its id.
        pub id: Uuid,
        /// What it is for.
        pub name: String,
        /// Its first characters.
        pub prefix: String,
        /// What it allows.
        pub scopes: Vec<String>,
        /// Its own limit of requests a minute, when that is lower than everybody's.
        pub rate_per_minute: Option<i32>,
        /// Who stands for it.
        pub created_by: UserId,
        /// Since when it is there.
        pub created_at: DateTime<Utc>,
        /// Until when it works.
        pub expires_at: DateTime<Utc>,
        /// When it was last used, to about a minute.
        pub last_used_at: Option<DateTime<Utc>>,
        /// When it was revoked.
        pub revoked_at: Option<DateTime<Utc>>,
        /// The key that takes its place.
        pub replaced_by: Option<Uuid>,
    }
}

parameters! {
    /// An API key that is made.
    pub struct NewApiKey<'a> {
        /// Of which tenant.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// What it is for.
        pub name: &'a str,
        /// Its first characters.
        pub prefix: &'a str,
        /// The hash of the key itself.
        pub secret_hash: &'a str,
        /// What it allows.
        pub scopes: &'a [String],
        /// Its own limit of requests a minute, when that is lower than everybody's.
        pub rate_per_minute: Option<i32>,
        /// Who stands for it.
        pub created_by: UserId,
        /// Since when it is there.
        pub created_at: DateTime<Utc>,
        /// Until when it works.
        pub expires_at: DateTime<Utc>,
    }
}

statements! { "identity";
    /// The keys of the tenant of this connection.
    page api_keys() -> ApiKey, by "id" ("uuid": Uuid);

    /// A key of the tenant of this connection.
    optional api_key(id: Uuid) -> ApiKey;

    /// The hash of a key, which is locked until the transaction ends.
    optional lock_api_key(id: Uuid) -> String;

    /// Makes a key.
    execute insert_api_key { key: NewApiKey<'_> };

    /// Has another key take the place of one, which works on for a while.
    execute replace_api_key(id: Uuid, by: Uuid, expires_at: DateTime<Utc>);

    /// Has somebody else stand for a key.
    execute take_over_api_key(id: Uuid, by: UserId);

    /// Revokes a key; answers its hash, or nothing when there is none that works.
    optional revoke_api_key(id: Uuid) -> String;
}

/// A key and its hash, locked until the transaction ends.
///
/// # Errors
/// Those of the connection.
pub async fn for_update(db: &impl Connection, id: Uuid) -> Result<Option<(ApiKey, String)>> {
    let Some(hash) = lock_api_key(db, id).await? else { return Ok(None) };
    Ok(api_key(db, id).await?.map(|key| (key, hash)))
}
