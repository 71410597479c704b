//! Mail to be sent: a row, written with the change that causes it. Whatever sends it reads the rows; the secret of its
//! link is encrypted.

use fundrail_domain::Result;
use serde_json::Value;
use uuid::Uuid;

use crate::{db::Db, params, random, secrets};

/// A mail.
#[derive(Debug, Clone)]
pub struct Notification<'a> {
    /// Whose outbox it goes into.
    pub tenant: Uuid,
    /// Which text it has: `email_verification`, `password_reset`, `invitation`, …
    pub kind: &'static str,
    /// To whom.
    pub recipient: &'a str,
    /// What the text needs to know.
    pub payload: Value,
    /// The token of its link.
    pub secret: Option<&'a str>,
}

/// Puts a mail into the outbox. The connection has to act for its tenant.
pub async fn send(db: &Db, mail: Notification<'_>) -> Result<()> {
    const SQL: &str = "insert into notification (tenant_id, id, kind, recipient, payload, secret_sealed, secret_key_id) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    let id = random::new_id();
    let sealed = match mail.secret {
        Some(secret) => Some(secrets::keys().await?.seal(&place(id), secret.as_bytes())?),
        None => None,
    };
    let (text, key_id) = sealed.map(|sealed| (sealed.text, sealed.key_id)).unzip();
    let parameters = params![mail.tenant, id, mail.kind, mail.recipient, mail.payload, text, key_id];
    db.execute(SQL, parameters).await.map(drop)
}

/// Where the ciphertext of a mail's secret stands.
pub fn place(id: Uuid) -> String {
    format!("notification:{id}")
}
