//! Changing a password, for those who know the current one.

use fundrail_api::auth as api;
use fundrail_domain::ids::{SessionId, UserId};
use fundrail_identity::{
    notices,
    one_time::{self, Purpose},
    sessions::{self, Mark},
};
use fundrail_platform::{Answer, Context, Error, Result, db::Db};
use fundrail_store::identity as store;
use serde_json::json;

use crate::{current, hashing};

/// `POST /v1/auth/password/change`: ends all other sessions of the user.
pub(crate) async fn change(cx: &Context) -> Result<Answer<()>> {
    let (user, session) = cx.principal()?.person()?;
    let email = cx.principal()?.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
    let api::PasswordChange { current, new } = cx.body_of::<api::ChangePassword>(&email)?;
    let db = cx.db().await?;
    let version = current::check(cx, &db, user, &current).await?;
    let hash = hashing::hash(&new).await?;
    db.transaction(async |db| replace(cx, db, (user, session), (&hash, version)).await).await?;
    Answer::no_content()
}

/// Replaces the password of this version, and ends what it began.
async fn replace(
    cx: &Context,
    db: &Db,
    (user, session): (UserId, SessionId),
    (hash, version): (&str, i64),
) -> Result<()> {
    let now = store::accounts::replace_password(db, user, hash, version).await?;
    let now = now.ok_or_else(|| Error::unauthenticated("the password has changed in the meantime"))?;
    store::sessions::rest_session_on(db, session, now).await?;
    let ended = store::sessions::revoke_own_sessions(db, Some(session), "password_changed").await?;
    let ended = sessions::session_keys(ended);
    db.mark(&ended, Mark::Revoked).await?;
    one_time::end(db, user, Purpose::PasswordReset).await?;
    let tenant = cx.principal()?.tenant_id;
    notices::tell(cx, db, (Some(tenant), user), "password_changed", json!({ "by": "user" })).await?;
    let detail = json!({ "by": "user", "sessions_ended": ended.len() });
    cx.audit(db, "password.changed", ("user", user.to_string()), detail).await
}
