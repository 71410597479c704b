//! The sessions of the caller: seeing and ending them.

use fundrail_api::{auth::Session, common::Page};
use fundrail_domain::ids::{SessionId, UserId};
use fundrail_identity::sessions::{self, Mark};
use fundrail_platform::{
    Answer, Context, Error, Order, Result,
    audit::Actor,
    db::{Db, Identity},
};
use fundrail_store::identity::sessions::{self as store, Ended, OwnSession, Reach};
use serde_json::json;

/// `GET /v1/auth/sessions`: in all tenants.
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<Session>>> {
    let (_, current) = cx.principal()?.person()?;
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::own_sessions(&db, &page).await?;
    let sessions = rows.into_iter().map(|session| shown(session, current)).collect();
    Answer::ok(&Page::from_rows(sessions, page.limit, |session: &Session| session.id.to_string()))
}

/// `GET /v1/auth/sessions/:id`: a session that has not ended, in any tenant.
pub(crate) async fn read(cx: &Context) -> Result<Answer<Session>> {
    let (_, current) = cx.principal()?.person()?;
    let id = cx.param::<SessionId>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let session = store::own_session(&db, id).await?;
    Answer::ok(&shown(session.ok_or(Error::NotFound { what: "session" })?, current))
}

fn shown(session: OwnSession, current: SessionId) -> Session {
    Session {
        id: session.id,
        tenant_id: session.tenant_id,
        current: session.id == current,
        device: session.device,
        client_address: session.client_address,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    }
}

/// `POST /v1/auth/logout`: ends this session and its whole family, in all tenants.
pub(crate) async fn logout(cx: &Context) -> Result<Answer<()>> {
    let (user, current) = cx.principal()?.person()?;
    end(cx, user, (current, Reach::Family), "logout").await?;
    Answer::no_content()
}

/// `DELETE /v1/auth/sessions/:id`: ends it, and the sessions derived from it.
pub(crate) async fn revoke(cx: &Context) -> Result<Answer<()>> {
    let (user, _) = cx.principal()?.person()?;
    let id = cx.param::<SessionId>("id")?;
    if !end(cx, user, (id, Reach::Grown), "user").await? {
        return Err(Error::NotFound { what: "session" });
    }
    Answer::no_content()
}

/// `DELETE /v1/auth/sessions`: ends all of them, in all tenants, including this one.
pub(crate) async fn revoke_all(cx: &Context) -> Result<Answer<()>> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        let ended = sessions::session_keys(store::revoke_own_sessions(db, None, "user").await?);
        db.mark(&ended, Mark::Revoked).await?;
        let detail = json!({ "sessions": ended.len() });
        cx.audit(db, "sessions.revoked", ("user", user.to_string()), detail).await
    })
    .await?;
    Answer::no_content()
}

/// Ends sessions of the caller; false if there are none to end.
async fn end(
    cx: &Context,
    user: UserId,
    (session, reach): (SessionId, Reach),
    reason: &'static str,
) -> Result<bool> {
    let db = cx.db().await?;
    db.transaction(async |db| {
        let ended = store::end_own_sessions(db, session, reach, reason).await?;
        let keys = sessions::session_keys(ended.iter().map(|ended| ended.id));
        db.mark(&keys, Mark::Revoked).await?;
        record_end(cx, db, user, &ended, reason).await?;
        Ok(!ended.is_empty())
    })
    .await
}

/// Records the end of sessions, each in the audit trail of its tenant. Afterwards the connection acts for the last of these.
pub(crate) async fn record_end(
    cx: &Context,
    db: &Db,
    user: UserId,
    ended: &[Ended],
    reason: &'static str,
) -> Result<()> {
    for &Ended { tenant_id, id } in ended {
        db.act_for(Identity { tenant: Some(tenant_id), user: Some(user) }).await?;
        let subject = ("session", id.to_string());
        let detail = json!({ "reason": reason });
        cx.audit_as(db, (tenant_id, Actor::User(user)), "session.revoked", subject, detail).await?;
    }
    Ok(())
}
