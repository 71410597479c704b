//! E-mail to be sent: a row, written with the change that causes it. Whatever sends it reads the rows; the secret of its link is
//! encrypted.

use fundrail_domain::{
    Result,
    ids::{NotificationId, TenantId, UserId},
};
use fundrail_store::{
    identity::accounts::own_email,
    notifications::{self as store, NewNotification},
};
use serde_json::Value;

use crate::{Context, db::Db, random, secrets};

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

/// Notifies a person that their credentials have changed: a password, a second factor, a code, an address (NIST SP 800-63B-4,
/// 4.6). They may be the only one to know that it was not them. Call it in the transaction of the change, with the connection
/// acting for the tenant, if there is one, and able to see the person.
pub async fn tell(
    cx: &Context,
    db: &Db,
    (tenant, user): (Option<TenantId>, UserId),
    kind: &'static str,
    mut payload: Value,
) -> Result<()> {
    let recipient = own_email(db, user).await?;
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("at".to_owned(), fundrail_domain::time::rfc3339(cx.now()).into());
        fields.insert("client_address".to_owned(), cx.client_address().into());
    }
    send(db, Notification { tenant, kind, recipient: &recipient, payload, secret: None }).await
}

/// Place of the ciphertext of an e-mail's secret.
pub fn place(id: NotificationId) -> String {
    format!("notification:{id}")
}
