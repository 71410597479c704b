//! Following an invitation: with a new password for who has no account yet, with their own for who has one.

use fundrail_domain::{
    auth::password::{self, Check},
    input,
};
use fundrail_platform::{
    Context, Error, Reply, Result,
    audit::Actor,
    db::{Db, Identity},
    random,
    sessions::{self, Mark},
    sign_in::{self, Start},
    tokens,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    attempts::{self, Keys},
    hashing,
    queries::{self, Invitation},
};

/// `POST /v1/auth/password/accept-invitation`
pub(crate) async fn accept(cx: &Context) -> Result<Reply> {
    let (token, password) = cx.parse(|mut body| {
        let token = body.required_as("token", input::text_between(1, 200));
        // Of an account that is there too, so that the answer does not tell whether it is.
        let password = body.required_as("password", hashing::chosen(&[]));
        body.finish(|| Some((token?, password?)))
    })?;
    let db = cx.db().await?;
    let invitation = queries::find_invitation(&db, &tokens::hash(&token)).await?;
    let invitation = invitation.ok_or_else(|| Error::unauthenticated("no such invitation, or it is over"))?;
    let personal = [invitation.email.as_str()];
    password::acceptable(&password, &personal).map_err(|wrong| Error::field("/password", wrong))?;
    let keys = Keys::of(cx, &invitation.email);
    let new_hash = if let Some(stored) = &invitation.password_hash {
        attempts::begin(&db, &keys, false).await?;
        if hashing::check(&password, Some(stored)).await? == Check::Wrong {
            attempts::report_failure(cx, &db, &invitation.email, &keys).await?;
            return Err(Error::unauthenticated("the password of the invited account is wrong"));
        }
        None
    } else {
        Some(hashing::hash(&password).await?)
    };
    let user = invitation.user_id.unwrap_or_else(random::new_id);
    db.act_for(Identity { tenant: Some(invitation.tenant_id), user: Some(user) }).await?;
    let joined = db.transaction(async |db| {
        let reply = join(cx, db, &invitation, user, new_hash, &keys).await?;
        // Who was a member already may have gained roles.
        let changed = sessions::keys_of(db, user).await?;
        sessions::queue_mark(db, &changed, Mark::Changed).await?;
        Ok((reply, changed))
    });
    let (reply, changed) = joined.await?;
    let _ = sessions::mark(&changed, Mark::Changed).await;
    Ok(reply)
}

async fn join(
    cx: &Context,
    db: &Db,
    invitation: &Invitation,
    user: Uuid,
    new_hash: Option<String>,
    keys: &Keys,
) -> Result<Reply> {
    // First, so that of many at once all but one hear the same.
    if !queries::use_invitation(db, invitation.id).await? {
        return Err(Error::unauthenticated("the invitation was used meanwhile"));
    }
    if let Some(hash) = new_hash {
        // The link came by mail, so the address is theirs.
        queries::insert_user(db, user, &invitation.email, true).await?;
        queries::set_password(db, user, &hash).await?;
    } else {
        attempts::succeeded(db, keys).await?;
    }
    let roles: Vec<&str> = invitation.roles.iter().map(String::as_str).collect();
    queries::insert_membership(db, invitation.tenant_id, user, &roles).await?;
    let has_mfa = queries::has_mfa(db, user).await?;
    if !has_mfa {
        queries::remember_address(db, user, &keys.address).await?;
    }
    let who = (invitation.tenant_id, Actor::User(user));
    let detail = json!({ "user": user, "roles": invitation.roles });
    cx.audit_as(db, who, "invitation.accepted", ("invitation", invitation.id.to_string()), detail).await?;
    let start = Start { tenant: invitation.tenant_id, user, mfa_at: None, by: "invitation" };
    sign_in::start_or_challenge(cx, db, start, has_mfa).await
}
