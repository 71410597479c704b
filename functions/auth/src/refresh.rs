//! Refreshing: a used token for a new pair.

use fundrail_api::auth::Tokens;
use fundrail_domain::{
    auth::refresh::{self, Action, State},
    ids::{SessionId, TenantId, UserId},
};
use fundrail_identity::{
    sessions::{self, Mark},
    sign_in, tokens,
};
use fundrail_platform::{
    Answer, Context, Error, Result,
    db::{Db, Identity},
};
use fundrail_store::identity::sessions::{self as store, Reach, RefreshToken};

use crate::session_list;

/// The outcome. A theft is committed like a success, so inside the transaction it is not an error.
enum Outcome {
    Tokens(Tokens),
    Refused(&'static str),
    Stolen,
}

/// `POST /v1/auth/refresh`
pub(crate) async fn refresh(cx: &Context, token: String) -> Result<Answer<Tokens>> {
    let db = cx.db().await?;
    let outcome = db.transaction(async |db| exchange(cx, db, &token).await).await?;
    match outcome {
        Outcome::Tokens(tokens) => Answer::ok(&tokens),
        Outcome::Refused(why) => Err(Error::unauthenticated(why)),
        Outcome::Stolen => Err(Error::unauthenticated("a refresh token was used again: its session is over")),
    }
}

async fn exchange(cx: &Context, db: &Db, token: &str) -> Result<Outcome> {
    let found = store::find_refresh_token(db, &tokens::hash(token)).await?;
    let Some(found) = found else { return Ok(Outcome::Refused("no such refresh token")) };
    db.act_for(Identity { tenant: Some(found.tenant_id), user: Some(found.user_id) }).await?;
    // The row may have been locked in the meantime, so the time of the request can be before the use that it waited for.
    let state = State {
        session_over: found.session_revoked || !found.is_member || found.session_expires_at <= cx.now(),
        expired: found.expires_at <= cx.now(),
        used_ms_ago: found.used_at.map(|at| (cx.now() - at).num_milliseconds()),
    };
    match refresh::decide(state) {
        Action::Rotate => rotate(cx, db, token, &found).await.map(Outcome::Tokens),
        Action::Repeat => {
            let successor = sign_in::successor(token, &found.seed)?;
            sign_in::issue(cx, db, session(&found), successor).await.map(Outcome::Tokens)
        }
        Action::RevokeFamily => revoke_family(cx, db, &found).await,
        Action::Refuse => Ok(Outcome::Refused("the refresh token or its session has run out")),
    }
}

async fn rotate(cx: &Context, db: &Db, token: &str, found: &RefreshToken) -> Result<Tokens> {
    let successor = sign_in::successor(token, &found.seed)?;
    store::use_refresh_token(db, found.id, cx.now()).await?;
    store::touch_session(db, found.session_id, cx.client_address()).await?;
    let place = (found.tenant_id, found.session_id);
    sign_in::store_refresh_token(db, place, &successor, cx.now(), found.session_expires_at).await?;
    sign_in::issue(cx, db, session(found), successor).await
}

/// The session of a token, as named in its next tokens.
fn session(found: &RefreshToken) -> (TenantId, UserId, SessionId) {
    (found.tenant_id, found.user_id, found.session_id)
}

async fn revoke_family(cx: &Context, db: &Db, found: &RefreshToken) -> Result<Outcome> {
    const REASON: &str = "refresh_token_reused";
    let ended = store::end_own_sessions(db, found.session_id, Reach::Family, REASON).await?;
    let keys = sessions::session_keys(ended.iter().map(|ended| ended.id));
    db.mark(&keys, Mark::Revoked).await?;
    session_list::record_end(cx, db, found.user_id, &ended, REASON).await?;
    Ok(Outcome::Stolen)
}
