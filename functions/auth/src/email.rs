//! Proving that an address is one's own.

use fundrail_api::auth as api;
use fundrail_identity::{
    notices,
    one_time::{self, Purpose},
    sessions::{self, Mark},
};
use fundrail_platform::{
    Answer, Context, Error, Result,
    audit::Actor,
    db::{Db, Identity},
    notifications::{self, Notification},
};
use fundrail_store::identity as store;
use serde_json::json;

/// `POST /v1/auth/email/verify`: follows the link in an e-mail. Everything set up before that is dropped: it may belong to a
/// stranger who registered this address.
pub(crate) async fn verify(cx: &Context, token: String) -> Result<Answer<()>> {
    let db = cx.db().await?;
    db.transaction(async |db| {
        let user = one_time::consume(db, Purpose::EmailVerification, &token).await?;
        let user = user.ok_or_else(one_time::invalid_link)?;
        db.act_for(Identity { tenant: None, user: Some(user) }).await?;
        one_time::end(db, user, Purpose::EmailVerification).await?;
        sessions::prove_mailbox(db, user, false).await?;
        db.mark(&sessions::own_keys(db).await?, Mark::Changed).await?;
        let Some(tenant) = store::tenants::first_tenant(db).await? else { return Ok(()) };
        db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
        let subject = ("user", user.to_string());
        cx.audit_as(db, (tenant, Actor::User(user)), "email.verified", subject, json!({})).await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/auth/email/verification`: sends the mail once more.
pub(crate) async fn send(cx: &Context) -> Result<Answer<api::Accepted>> {
    let principal = cx.principal()?;
    let (user, _) = principal.person()?;
    let email = principal.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let db = cx.db().await?;
    db.transaction(async |db| {
        let retry_after = one_time::pause(db, user, Purpose::EmailVerification, email).await?;
        if retry_after > 0 {
            return Err(Error::TooSoon { retry_after });
        }
        let token = one_time::issue(db, user, Purpose::EmailVerification, email, cx.now()).await?;
        let token = token
            .ok_or_else(|| Error::conflict("email_changed", "the address has changed in the meantime"))?;
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
    Answer::accepted(&api::Accepted { accepted: true })
}

/// `POST /v1/auth/email/change/confirm`: follows the link that went to the new address, which is the account's from then on.
pub(crate) async fn confirm_change(cx: &Context, token: String) -> Result<Answer<()>> {
    let db = cx.db().await?;
    db.transaction(async |db| change(cx, db, &token).await).await?;
    Answer::no_content()
}

async fn change(cx: &Context, db: &Db, token: &str) -> Result<()> {
    let found = one_time::consume_email_change(db, token).await?;
    let (user, new) = found.ok_or_else(one_time::invalid_link)?;
    db.act_for(Identity { tenant: None, user: Some(user) }).await?;
    let tenant = store::tenants::first_tenant(db).await?;
    db.act_for(Identity { tenant, user: Some(user) }).await?;
    // Both mailboxes are notified: the old one may be the only one that its owner reads.
    notices::tell(cx, db, (tenant, user), "email_changed", json!({ "new": new })).await?;
    let old = store::accounts::change_email(db, user, &new).await?;
    notices::tell(cx, db, (tenant, user), "email_changed", json!({ "old": old })).await?;
    one_time::end_all(db, user).await?;
    if let Some(tenant) = tenant {
        let (subject, detail) = (("user", user.to_string()), json!({ "before": old, "after": new }));
        cx.audit_as(db, (tenant, Actor::User(user)), "email.changed", subject, detail).await?;
    }
    db.mark(&sessions::own_keys(db).await?, Mark::Changed).await
}
