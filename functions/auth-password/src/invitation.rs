//! Accepting an invitation: with a new password for people without an account, with their own password for people who have one.

use fundrail_api::auth as api;
use fundrail_domain::ids::UserId;
use fundrail_identity::{
    invitations, one_time,
    sessions::{self, Mark},
    sign_in::{self, Start},
    tokens,
};
use fundrail_kit::password::{self, Check};
use fundrail_platform::{
    Answer, Context, Error, Result,
    audit::Actor,
    db::{Db, Identity},
    random,
};
use fundrail_store::identity::{self as store, invitations::OpenInvitation};
use serde_json::json;

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// `POST /v1/auth/password/accept-invitation`
pub(crate) async fn accept(
    cx: &Context,
    api::LinkPassword { token, password }: api::LinkPassword,
) -> Result<Answer<api::LoginAnswer>> {
    let db = cx.db().await?;
    let invitation = store::invitations::find_invitation(&db, &tokens::hash(&token)).await?;
    let invitation = invitation.ok_or_else(one_time::invalid_link)?;
    let personal = [invitation.email.as_str()];
    password::acceptable(&password, &personal).map_err(|wrong| Error::field("/password", wrong))?;
    let keys = Keys::of(cx, &invitation.email);
    let new_hash = if let Some(stored) = &invitation.password_hash {
        attempts::begin(&db, &keys, false).await?;
        if hashing::check(&password, Some(stored)).await? == Check::Wrong {
            attempts::report_failure(cx, &db, &invitation.email).await?;
            return Err(Error::unauthenticated("the password of the invited account is wrong"));
        }
        None
    } else {
        Some(hashing::hash(&password).await?)
    };
    let user = invitation.user_id.unwrap_or_else(random::new_id);
    db.act_for(Identity { tenant: Some(invitation.tenant_id), user: Some(user) }).await?;
    db.transaction(async |db| {
        let reply = join(cx, db, &invitation, user, new_hash, &keys).await?;
        // Who was a member already may have gained roles.
        db.mark(&sessions::keys_of(db, user).await?, Mark::Changed).await?;
        Ok(reply)
    })
    .await
}

async fn join(
    cx: &Context,
    db: &Db,
    invitation: &OpenInvitation,
    user: UserId,
    new_hash: Option<String>,
    keys: &Keys,
) -> Result<Answer<api::LoginAnswer>> {
    let given = invitations::use_up(db, invitation.id).await?;
    let given = given.ok_or_else(one_time::invalid_link)?;
    let password_version = if let Some(hash) = new_hash {
        // The link came by mail, so the address is theirs.
        store::accounts::create(db, user, &invitation.email, true).await?;
        store::accounts::insert_password(db, user, &hash).await?
    } else {
        let version = invitation.password_version.unwrap_or(0);
        sign_in::hold_password(db, user, version).await?;
        // Likewise: who was here before without it may have registered somebody else's.
        sessions::prove_mailbox(db, user, false).await?;
        version
    };
    store::members::add(db, invitation.tenant_id, user, &given.roles).await?;
    let has_mfa = store::factors::has_mfa(db, user).await?;
    if !has_mfa {
        store::accounts::remember_address(db, user, &keys.address).await?;
    }
    let who = (invitation.tenant_id, Actor::User(user));
    let detail = json!({ "user": user, "roles": given.roles, "given_by": given.by });
    cx.audit_as(db, who, "invitation.accepted", ("invitation", invitation.id.to_string()), detail).await?;
    let start = Start {
        tenant: invitation.tenant_id,
        user,
        password_version,
        mfa_at: None,
        parent: None,
        by: "invitation",
    };
    let answer = sign_in::start_or_challenge(cx, db, start, has_mfa).await?;
    if invitation.password_hash.is_some() {
        attempts::succeeded(db, keys).await?;
    }
    Ok(answer)
}
