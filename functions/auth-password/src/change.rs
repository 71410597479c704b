//! A new password by who knows the old one.

use fundrail_platform::{
    Context, Reply, Result,
    db::Db,
    notifications,
    one_time::{self, Purpose},
    sessions::{self, Mark},
};
use serde_json::json;
use uuid::Uuid;

use crate::{current, hashing, queries};

/// `POST /v1/auth/password/change`: ends all other sessions of the user.
pub(crate) async fn change(cx: &Context) -> Result<Reply> {
    let (user, session) = cx.principal()?.person()?;
    let email = cx.principal()?.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
    let (current, new) = cx.parse(|mut body| {
        let current = body.required_as("current_password", hashing::given);
        let new = body.required_as("new_password", hashing::chosen(&[&email]));
        body.finish(|| Some((current?, new?)))
    })?;
    let db = cx.db().await?;
    current::check(cx, &db, user, &current).await?;
    let hash = hashing::hash(&new).await?;
    let ended = db.transaction(async |db| replace(cx, db, (user, session), &hash).await).await?;
    let _ = sessions::mark(&ended, Mark::Revoked).await;
    Reply::no_content()
}

async fn replace(cx: &Context, db: &Db, (user, session): (Uuid, Uuid), hash: &str) -> Result<Vec<String>> {
    queries::set_password(db, user, hash).await?;
    let ended = queries::revoke_own_sessions(db, Some(session), "password_changed").await?;
    sessions::queue_mark(db, &ended, Mark::Revoked).await?;
    one_time::end(db, user, Purpose::PasswordReset).await?;
    let tenant = cx.principal()?.tenant_id;
    notifications::tell(cx, db, (Some(tenant), user), "password_changed", json!({ "by": "user" })).await?;
    let detail = json!({ "by": "user", "sessions_ended": ended.len() });
    cx.audit(db, "password.changed", ("user", user.to_string()), detail).await?;
    Ok(ended)
}
