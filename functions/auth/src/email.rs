//! Showing that an address is one's own.

use fundrail_platform::{
    Context, Error, Reply, Result,
    audit::Actor,
    db::Identity,
    notifications::{self, Notification},
    one_time::{self, Purpose},
    sessions::{self, Mark},
};
use http::StatusCode;
use serde_json::json;

use crate::{body, queries};

/// `POST /v1/auth/email/verify`: follows the link of a mail.
pub(crate) async fn verify(cx: &Context) -> Result<Reply> {
    let token = body::token(cx, "token")?;
    let db = cx.db().await?;
    let changed = db
        .transaction(async |db| {
            let user = one_time::consume(db, Purpose::EmailVerification, &token).await?;
            let user =
                user.ok_or_else(|| Error::unauthenticated("no such link, or it is used or too old"))?;
            db.act_for(Identity { tenant: None, user: Some(user) }).await?;
            one_time::end(db, user, Purpose::EmailVerification).await?;
            queries::verify_email(db, user).await?;
            let changed = sessions::own_keys(db).await?;
            sessions::queue_mark(db, &changed, Mark::Changed).await?;
            let Some(tenant) = queries::first_tenant(db).await? else { return Ok(changed) };
            db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
            let subject = ("user", user.to_string());
            cx.audit_as(db, (tenant, Actor::User(user)), "email.verified", subject, json!({})).await?;
            Ok(changed)
        })
        .await?;
    let _ = sessions::mark(&changed, Mark::Changed).await;
    Reply::no_content()
}

/// `POST /v1/auth/email/verification`: sends the mail once more.
pub(crate) async fn send(cx: &Context) -> Result<Reply> {
    let principal = cx.principal()?;
    let (user, _) = principal.person()?;
    let email = principal.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let db = cx.db().await?;
    db.transaction(async |db| {
        let retry_after = one_time::pause(db, user, Purpose::EmailVerification).await?;
        if retry_after > 0 {
            return Err(Error::TooManyRequests { retry_after });
        }
        let token = one_time::issue(db, user, Purpose::EmailVerification, cx.now()).await?;
        let mail = Notification {
            tenant: Some(principal.tenant_id),
            kind: Purpose::EmailVerification.name(),
            recipient: email,
            payload: json!({}),
            secret: Some(&token),
        };
        notifications::send(db, mail).await?;
        cx.audit(db, "email.verification_sent", ("user", user.to_string()), json!({})).await
    })
    .await?;
    Reply::json(StatusCode::ACCEPTED, &json!({ "accepted": true }))
}
