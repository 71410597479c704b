//! The mail that would be sent, for development: with its links, so that a person or a test can follow them.

use fundrail_api::{common::Page, ops::Notification};
use fundrail_platform::{
    Asked, Context, Error, Order, Reply, Result, config, db::Db, notifications, ordered, params, secrets,
};
use uuid::Uuid;

/// `GET /v1/ops/notifications`: the outbox of the tenant, newest first. Anywhere but in development there is no such route.
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    if !config::is_development().await {
        return Err(Error::NotFound { what: "route" });
    }
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    let recipient = query.optional::<String>("recipient");
    query.finish()?;
    let db = cx.db().await?;
    let rows = outbox(&db, recipient, &page).await?;
    Reply::ok(&Page::from_rows(rows, page.limit, |mail: &Notification| mail.id.to_string()))
}

async fn outbox(db: &Db, recipient: Option<String>, page: &Asked) -> Result<Vec<Notification>> {
    let sql = ordered!(
        page.order,
        "select id, kind, recipient, payload, secret_sealed, secret_key_id, rfc3339(created_at) as created_at \
        from notification where ($1::text is null or recipient = $1)",
        by "id" after "$2::uuid", "limit $3"
    );
    let keys = secrets::keys().await?;
    db.query(sql, params![recipient, page.after, page.limit_and_one()], |row| {
        let id: Uuid = row.get("id")?;
        let sealed: Option<String> = row.get("secret_sealed")?;
        let token = match sealed.zip(row.get::<Option<String>>("secret_key_id")?) {
            Some((text, key_id)) => {
                let plain = keys.open(&notifications::place(id), &secrets::Sealed { key_id, text })?;
                Some(String::from_utf8_lossy(&plain).into_owned())
            }
            None => None,
        };
        Ok(Notification {
            id,
            kind: row.get("kind")?,
            recipient: row.get("recipient")?,
            payload: row.json("payload")?,
            token,
            created_at: row.parse("created_at")?,
        })
    })
    .await
}
