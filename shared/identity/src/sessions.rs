//! What a session or key stands for, as read by the guard: in Redis ([`fundrail_platform::records`]), backed by Postgres.

use std::time::Duration;

use fundrail_domain::{
    Error, Result,
    ids::{ApiKeyId, SessionId, UserId},
};
use fundrail_platform::{Tenant, User, db::Db, records};
use fundrail_store::identity::{
    accounts,
    authority::{ApiKeyRecord, SessionRecord, find_api_key, session_record},
    sessions as store,
};
use serde::{Deserialize, Serialize};

pub use fundrail_platform::records::Mark;

/// A signed-in caller and what they may do. Read again from Postgres if Redis has forgotten it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The person; none for a key.
    pub user: Option<User>,
    /// The key; none for a person.
    pub api_key: Option<ApiKeyId>,
    /// The tenant.
    pub tenant: Tenant,
    /// Roles in the tenant, sorted.
    pub roles: Vec<String>,
    /// What they permit, sorted.
    pub permissions: Vec<String>,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// When a second factor was last shown, in seconds since 1970.
    pub mfa_at: Option<i64>,
    /// When the password was shown, in seconds since 1970; none for a key.
    pub authenticated_at: Option<i64>,
    /// The key's own limit of requests per minute.
    pub rate: Option<u64>,
    /// Whether the tenant requires a second factor that the member responsible for the key does not have.
    #[serde(default)]
    pub factor_missing: bool,
}

/// How long Redis keeps the record of a session.
const SESSION_KEPT: Duration = Duration::from_mins(30);
/// How long it keeps that of a key: its last use is recorded when the record is read again.
const API_KEY_KEPT: Duration = Duration::from_mins(1);

/// Redis key of the record of a session.
pub fn session_key(id: SessionId) -> String {
    format!("session:{id}")
}

/// The same for several sessions.
pub fn session_keys(ids: impl IntoIterator<Item = SessionId>) -> Vec<String> {
    ids.into_iter().map(session_key).collect()
}

/// Redis key of the record of an API key with this hash.
pub fn api_key_key(hash: &str) -> String {
    format!("apikey:{hash}")
}

/// Its form in Redis: the own limit first, where a script reads it, then JSON.
fn encode(record: &Record) -> Result<Vec<u8>> {
    let json = serde_json::to_string(record).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    Ok(format!("{}|{json}", record.rate.unwrap_or(0)).into_bytes())
}

/// Reads what [`encode`] wrote; `None` for another release's.
pub(crate) fn decode(bytes: &[u8]) -> Option<Record> {
    let at = bytes.iter().position(|byte| *byte == b'|')?;
    serde_json::from_slice(bytes.get(at + 1..)?).ok()
}

/// Puts a record into Redis. Best effort: without it the next request asks Postgres again.
pub(crate) async fn store(key: &str, record: &Record, now: i64) {
    let kept = if record.api_key.is_some() { API_KEY_KEPT } else { SESSION_KEPT };
    let left = u64::try_from(record.expires_at.saturating_sub(now)).unwrap_or(0);
    let kept = kept.min(Duration::from_secs(left));
    if let Ok(bytes) = encode(record) {
        records::store(key, bytes, kept).await;
    }
}

/// Redis keys of the sessions of a user in the connection's tenant.
pub async fn keys_of(db: &Db, user: UserId) -> Result<Vec<String>> {
    store::open_sessions(db, user).await.map(session_keys)
}

/// Redis keys of the sessions of the connection's user, and of the API keys that they are responsible for, in every tenant: for
/// changes to the person.
pub async fn own_keys(db: &Db) -> Result<Vec<String>> {
    store::own_marks(db).await
}

/// Records that the connection's user has shown that their mailbox is theirs. The first time, everything from before is dropped:
/// second factor, keys, invitations and links, and, `with_people`, anybody who joined through their invitations: whoever was here
/// before may have registered somebody else's address.
pub async fn prove_mailbox(db: &Db, user: UserId, with_people: bool) -> Result<()> {
    let ended = accounts::prove_mailbox(db, user, with_people).await?;
    db.mark(&ended, Mark::Revoked).await
}

/// A session's record from Postgres; the connection acts for its tenant and user. `None` if it has ended.
pub(crate) async fn load_session(db: &Db, id: SessionId) -> Result<Option<Record>> {
    Ok(session_record(db, id).await?.map(Record::from))
}

/// An API key's record from Postgres. `None` if there is no such key or it has ended.
pub(crate) async fn load_api_key(db: &Db, hash: &str) -> Result<Option<Record>> {
    Ok(find_api_key(db, hash).await?.map(Record::from))
}

impl From<SessionRecord> for Record {
    fn from(row: SessionRecord) -> Self {
        let user =
            User { id: row.user_id, email: row.email, email_verified: row.email_verified, mfa: row.mfa };
        let tenant = Tenant {
            id: row.tenant_id,
            name: row.tenant_name,
            kind: row.tenant_kind,
            mfa_required: row.mfa_required,
        };
        Self {
            user: Some(user),
            api_key: None,
            tenant,
            roles: row.roles,
            permissions: row.permissions,
            expires_at: row.expires_at,
            mfa_at: row.mfa_at,
            authenticated_at: Some(row.authenticated_at),
            rate: None,
            factor_missing: false,
        }
    }
}

impl From<ApiKeyRecord> for Record {
    fn from(row: ApiKeyRecord) -> Self {
        let tenant = Tenant {
            id: row.tenant_id,
            name: row.tenant_name,
            kind: row.tenant_kind,
            // Of people; what it means for a key is in `factor_missing`.
            mfa_required: false,
        };
        Self {
            user: None,
            api_key: Some(row.id),
            tenant,
            roles: Vec::new(),
            permissions: row.scopes,
            expires_at: row.expires_at,
            mfa_at: None,
            authenticated_at: None,
            rate: row.rate_per_minute.and_then(|rate| u64::try_from(rate).ok()),
            factor_missing: row.factor_missing,
        }
    }
}
