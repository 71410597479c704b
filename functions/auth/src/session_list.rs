//! The sessions of the caller: seeing and ending them.

use fundrail_api::{auth::Session, common::Page};
use fundrail_platform::{
    Context, Error, Order, Reply, Result,
    audit::Actor,
    db::Identity,
    sessions::{self, Mark},
};
use serde_json::json;
use uuid::Uuid;

use crate::queries;

/// `GET /v1/auth/sessions`: in all tenants.
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    let (_, current) = cx.principal()?.person()?;
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = queries::own_sessions(&db, current, &page).await?;
    Reply::ok(&Page::from_rows(rows, page.limit, |session: &Session| session.id.to_string()))
}

/// `GET /v1/auth/sessions/:id`: one that stands, in whichever tenant.
pub(crate) async fn read(cx: &Context) -> Result<Reply> {
    let (_, current) = cx.principal()?.person()?;
    let id = cx.param::<Uuid>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let session = queries::own_session(&db, current, id).await?;
    Reply::ok(&session.ok_or(Error::NotFound { what: "session" })?)
}

/// `POST /v1/auth/logout`
pub(crate) async fn logout(cx: &Context) -> Result<Reply> {
    let (user, current) = cx.principal()?.person()?;
    end(cx, user, current, "logout").await?;
    Reply::no_content()
}

/// `DELETE /v1/auth/sessions/:id`
pub(crate) async fn revoke(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let id = cx.param::<Uuid>("id")?;
    if !end(cx, user, id, "user").await? {
        return Err(Error::NotFound { what: "session" });
    }
    Reply::no_content()
}

/// `DELETE /v1/auth/sessions`: all of them, in all tenants, this one included.
pub(crate) async fn revoke_all(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let ended = db
        .transaction(async |db| {
            let ended = queries::revoke_own_sessions(db, "user").await?;
            sessions::queue_mark(db, &ended, Mark::Revoked).await?;
            let detail = json!({ "sessions": ended.len() });
            cx.audit(db, "sessions.revoked", ("user", user.to_string()), detail).await?;
            Ok(ended)
        })
        .await?;
    let _ = sessions::mark(&ended, Mark::Revoked).await;
    Reply::no_content()
}

/// Ends one session; false when it is not the caller's or is over already.
async fn end(cx: &Context, user: Uuid, session: Uuid, reason: &'static str) -> Result<bool> {
    let keys = [sessions::session_key(session)];
    let db = cx.db().await?;
    let ended = db
        .transaction(async |db| {
            let Some(tenant) = queries::revoke_own_session(db, session, reason).await? else {
                return Ok(false);
            };
            // It goes into the trail of the tenant that the session was in.
            db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
            sessions::queue_mark(db, &keys, Mark::Revoked).await?;
            let detail = json!({ "reason": reason });
            let subject = ("session", session.to_string());
            cx.audit_as(db, (tenant, Actor::User(user)), "session.revoked", subject, detail).await?;
            Ok(true)
        })
        .await?;
    if ended {
        let _ = sessions::mark(&keys, Mark::Revoked).await;
    }
    Ok(ended)
}
