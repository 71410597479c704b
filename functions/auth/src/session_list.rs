//! The sessions of the caller: seeing and ending them.

use fundrail_api::{auth::Session, common::Page};
use fundrail_platform::{
    Context, Error, Order, Reply, Result,
    audit::Actor,
    db::{Db, Identity},
    sessions::{self, Mark},
};
use serde_json::json;
use uuid::Uuid;

use crate::queries::{self, Ended, Reach};

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

/// `POST /v1/auth/logout`: ends this session and all of its family, in whichever tenants.
pub(crate) async fn logout(cx: &Context) -> Result<Reply> {
    let (user, current) = cx.principal()?.person()?;
    end(cx, user, (current, Reach::Family), "logout").await?;
    Reply::no_content()
}

/// `DELETE /v1/auth/sessions/:id`: and what grew out of it.
pub(crate) async fn revoke(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let id = cx.param::<Uuid>("id")?;
    if !end(cx, user, (id, Reach::Grown), "user").await? {
        return Err(Error::NotFound { what: "session" });
    }
    Reply::no_content()
}

/// `DELETE /v1/auth/sessions`: all of them, in all tenants, this one included.
pub(crate) async fn revoke_all(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        let ended = queries::revoke_own_sessions(db, "user").await?;
        db.mark(&ended, Mark::Revoked).await?;
        let detail = json!({ "sessions": ended.len() });
        cx.audit(db, "sessions.revoked", ("user", user.to_string()), detail).await
    })
    .await?;
    Reply::no_content()
}

/// Ends sessions of the caller; false when there are none such that stand.
async fn end(
    cx: &Context,
    user: Uuid,
    (session, reach): (Uuid, Reach),
    reason: &'static str,
) -> Result<bool> {
    let db = cx.db().await?;
    db.transaction(async |db| {
        let ended = queries::end_own_sessions(db, session, reach, reason).await?;
        let keys: Vec<String> = ended.iter().map(|ended| sessions::session_key(ended.session)).collect();
        db.mark(&keys, Mark::Revoked).await?;
        record_end(cx, db, user, &ended, reason).await?;
        Ok(!ended.is_empty())
    })
    .await
}

/// Records the end of sessions, each in the trail of the tenant that it was in. The connection then acts for the last of
/// those.
pub(crate) async fn record_end(
    cx: &Context,
    db: &Db,
    user: Uuid,
    ended: &[Ended],
    reason: &'static str,
) -> Result<()> {
    for Ended { tenant, session } in ended {
        db.act_for(Identity { tenant: Some(*tenant), user: Some(user) }).await?;
        let subject = ("session", session.to_string());
        let detail = json!({ "reason": reason });
        cx.audit_as(db, (*tenant, Actor::User(user)), "session.revoked", subject, detail).await?;
    }
    Ok(())
}
