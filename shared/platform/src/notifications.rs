//! E-mail to be sent: a row of the outbox, written in the transaction of the change that causes it, with the secret of its link
//! encrypted. [`delivery`] takes it from there to its recipient.

pub mod delivery;

use fundrail_domain::{
    Result,
    ids::{NotificationId, TenantId},
};
use fundrail_store::notifications::{self as store, NewNotification};
use serde_json::Value;

use crate::{db::Db, random, secrets};

/// An e-mail.
#[derive(Debug, Clone)]
pub struct Notification<'a> {
    /// The tenant whose outbox it belongs to; none for somebody who is not a member of any: then it is for the connection's user.
    pub tenant: Option<TenantId>,
    /// Template: `email_verification`, `password_reset`, `invitation`, …
    pub kind: &'static str,
    /// Address of the recipient.
    pub recipient: &'a str,
    /// Values for the template.
    pub payload: Value,
    /// Token of its link.
    pub secret: Option<&'a str>,
}

/// Puts an e-mail into the outbox. The connection must act for its tenant.
pub async fn send(db: &Db, mail: Notification<'_>) -> Result<()> {
    let id = random::new_id();
    let sealed = match mail.secret {
        Some(secret) => Some(secrets::keys().await?.seal(&place(id), secret.as_bytes())?),
        None => None,
    };
    let (secret_sealed, secret_key_id) = sealed.map(|sealed| (sealed.text, sealed.key_id)).unzip();
    let mail = NewNotification {
        tenant_id: mail.tenant,
        id,
        kind: mail.kind,
        recipient: mail.recipient,
        payload: mail.payload,
        secret_sealed,
        secret_key_id,
    };
    store::insert(db, mail).await.map(drop)
}

/// Place of the ciphertext of an e-mail's secret.
pub fn place(id: NotificationId) -> String {
    format!("notification:{id}")
}
