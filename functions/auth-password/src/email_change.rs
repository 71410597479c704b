//! Another address for an account: asked for by who shows the password, and changed by the link that is mailed there.

use fundrail_api::auth as api;
use fundrail_domain::ids::UserId;
use fundrail_identity::{
    notices,
    one_time::{self, Purpose},
    sign_in,
};
use fundrail_platform::{
    Answer, Context, Error, Result,
    db::Db,
    notifications::{self, Notification},
};
use serde_json::json;

use crate::current;

/// `POST /v1/auth/email/change`: says the same whether the address is somebody's already or not; whose it is hears of it.
pub(crate) async fn ask(cx: &Context) -> Result<Answer<api::Accepted>> {
    let principal = cx.principal()?;
    let (user, _) = principal.person()?;
    let old = principal.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let api::EmailChange { email: new, password } = cx.body_of::<api::ChangeEmail>(old)?;
    let db = cx.db().await?;
    let shown = current::check(cx, &db, user, &password).await?;
    db.transaction(async |db| {
        sign_in::hold_password(db, user, shown).await?;
        send(cx, db, user, new.as_str()).await
    })
    .await?;
    Answer::accepted(&api::Accepted { accepted: true })
}

async fn send(cx: &Context, db: &Db, user: UserId, new: &str) -> Result<()> {
    let retry_after = one_time::pause(db, user, Purpose::EmailChange, new).await?;
    if retry_after > 0 {
        return Err(Error::TooSoon { retry_after });
    }
    // Of several addresses the one named last is meant.
    one_time::end(db, user, Purpose::EmailChange).await?;
    let token = one_time::issue_email_change(db, user, new, cx.now()).await?;
    let tenant = Some(cx.principal()?.tenant_id);
    let mail = Notification {
        tenant,
        kind: Purpose::EmailChange.name(),
        recipient: new,
        payload: json!({}),
        secret: Some(&token),
    };
    notifications::send(db, mail).await?;
    notices::tell(cx, db, (tenant, user), "email_change_requested", json!({ "new": new })).await?;
    cx.audit(db, "email.change_requested", ("user", user.to_string()), json!({ "new": new })).await
}
