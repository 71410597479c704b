//! Mail to be sent: a row, written with the change that causes it. Whatever sends it reads the rows; the secret of its
//! link is encrypted.

use fundrail_domain::Result;
use serde_json::Value;
use uuid::Uuid;

use crate::{Context, db::Db, params, random, secrets};

/// A mail.
#[derive(Debug, Clone)]
pub struct Notification<'a> {
    /// Whose outbox it goes into; none for who is a member nowhere: then it is for the user of the connection.
    pub tenant: Option<Uuid>,
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
    const SQL: &str = "insert into notification \
            (tenant_id, user_id, id, kind, recipient, payload, secret_sealed, secret_key_id) \
        values ($1::uuid, case when $1::uuid is null then app_user_id() end, $2, $3, $4, $5, $6, $7)";
    let id = random::new_id();
    let sealed = match mail.secret {
        Some(secret) => Some(secrets::keys().await?.seal(&place(id), secret.as_bytes())?),
        None => None,
    };
    let (text, key_id) = sealed.map(|sealed| (sealed.text, sealed.key_id)).unzip();
    let parameters = params![mail.tenant, id, mail.kind, mail.recipient, mail.payload, text, key_id];
    db.execute(SQL, parameters).await.map(drop)
}

/// Tells a person that something about how they are let in has changed: a password, a factor, a code, an address (NIST SP
/// 800-63B-4, 4.6). They may be the only one to know that it was not them. Call it in the transaction of the change, with the
/// connection acting for the tenant, if there is one, and able to see the person.
pub async fn tell(
    cx: &Context,
    db: &Db,
    (tenant, user): (Option<Uuid>, Uuid),
    kind: &'static str,
    mut payload: Value,
) -> Result<()> {
    const SQL: &str = "select email from app_user where id = $1";
    let recipient: String = db.one(SQL, params![user], |row| row.get("email")).await?;
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("at".to_owned(), fundrail_domain::time::rfc3339(cx.now()).into());
        fields.insert("client_address".to_owned(), cx.client_address().into());
    }
    send(db, Notification { tenant, kind, recipient: &recipient, payload, secret: None }).await
}

/// Where the ciphertext of a mail's secret stands.
pub fn place(id: Uuid) -> String {
    format!("notification:{id}")
}
