//! A new password by the link of a mail.

use fundrail_api::auth as api;
use fundrail_identity::{
    devices, notices,
    one_time::{self, Purpose},
    sessions::{self, Mark},
};
use fundrail_kit::password;
use fundrail_platform::{
    Answer, Context, Error, Result,
    audit::Actor,
    db::{Db, Identity},
};
use fundrail_store::identity as store;
use serde_json::json;

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// `POST /v1/auth/password/reset`: ends every session of the user, and the pause that somebody's guessing has caused.
pub(crate) async fn reset(
    cx: &Context,
    api::LinkPassword { token, password }: api::LinkPassword,
) -> Result<Answer<()>> {
    // Before the token is looked at, so that a wrong one takes as long.
    let hash = hashing::hash(&password).await?;
    let db = cx.db().await?;
    db.transaction(async |db| replace(cx, db, &token, (&password, &hash)).await).await?;
    Answer::no_content()
}

async fn replace(cx: &Context, db: &Db, token: &str, (new, hash): (&str, &str)) -> Result<()> {
    let user = one_time::consume(db, Purpose::PasswordReset, token).await?;
    let user = user.ok_or_else(one_time::invalid_link)?;
    db.act_for(Identity { tenant: None, user: Some(user) }).await?;
    // The link holds the password, so nothing comes between the two.
    let before = store::accounts::own_password(db, user).await?.map_or(0, |before| before.version);
    let replaced = store::accounts::replace_password(db, user, hash, before).await?;
    replaced.ok_or_else(one_time::invalid_link)?;
    // Whoever has the link has the mailbox. Who was here before without it may have registered somebody else's.
    sessions::prove_mailbox(db, user, true).await?;
    let email = store::accounts::own_email(db, user).await?;
    password::acceptable(new, &[&email]).map_err(|wrong| Error::field("/password", wrong))?;
    let keys = Keys::of_person(cx, &email, user);
    attempts::succeeded(db, &keys).await?;
    store::accounts::remember_address(db, user, &keys.address).await?;
    let ended = store::sessions::revoke_own_sessions(db, None, "password_reset").await?;
    let signed_out = sessions::session_keys(ended);
    db.mark(&signed_out, Mark::Revoked).await?;
    one_time::end(db, user, Purpose::PasswordReset).await?;
    devices::forget(db, user).await?;
    let tenant = store::tenants::first_tenant(db).await?;
    db.act_for(Identity { tenant, user: Some(user) }).await?;
    notices::tell(cx, db, (tenant, user), "password_changed", json!({ "by": "reset" })).await?;
    if let Some(tenant) = tenant {
        let detail = json!({ "by": "reset", "sessions_ended": signed_out.len() });
        let subject = ("user", user.to_string());
        cx.audit_as(db, (tenant, Actor::User(user)), "password.changed", subject, detail).await?;
    }
    Ok(())
}
