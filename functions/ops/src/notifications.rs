//! E-mails that would be sent, for development: with their links, so that a person or a test can follow them.

use fundrail_api::{common::Page, ops::Notification};
use fundrail_platform::{Answer, Context, Error, Order, Result, config, notifications, secrets};
use fundrail_store::notifications as store;

/// `GET /v1/ops/notifications`: the outbox of the tenant, newest first. The route exists in development only.
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<Notification>>> {
    if !config::is_development().await {
        return Err(Error::NotFound { what: "route" });
    }
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    let recipient = query.optional::<String>("recipient");
    query.finish()?;
    let db = cx.db().await?;
    let keys = secrets::keys().await?;
    let rows = store::outbox(&db, &page, recipient).await?;
    let mails = rows.into_iter().map(|mail| shown(&keys, mail)).collect::<Result<Vec<_>>>()?;
    Answer::ok(&Page::from_rows(mails, page.limit, |mail: &Notification| mail.id.to_string()))
}

/// An e-mail as shown, with the token of its link.
fn shown(keys: &secrets::EncryptionKeys, mail: store::Notification) -> Result<Notification> {
    let token = match mail.secret_sealed.zip(mail.secret_key_id) {
        Some((text, key_id)) => {
            let plain = keys.open(&notifications::place(mail.id), &secrets::Sealed { key_id, text })?;
            Some(String::from_utf8_lossy(&plain).into_owned())
        }
        None => None,
    };
    Ok(Notification {
        id: mail.id,
        kind: mail.kind,
        recipient: mail.recipient,
        payload: mail.payload.0,
        token,
        created_at: mail.created_at,
        sent_at: mail.sent_at,
    })
}
