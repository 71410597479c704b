//! Telling people by e-mail what has happened to their account.

use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};
use fundrail_platform::{
    Context,
    db::Db,
    notifications::{self, Notification},
};
use fundrail_store::identity::accounts::own_email;
use serde_json::Value;

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
    notifications::send(db, Notification { tenant, kind, recipient: &recipient, payload, secret: None }).await
}
