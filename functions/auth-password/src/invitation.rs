//! Following an invitation: with a new password for who has no account yet, with their own for who has one.

use fundrail_domain::input;
use fundrail_kit::password::{self, Check};
use fundrail_platform::{
    Context, Error, Reply, Result,
    audit::Actor,
    db::{Db, Identity},
    invitations, random,
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
    let new_hash = if let Some((stored, _)) = &invitation.password {
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
    invitation: &Invitation,
    user: Uuid,
    new_hash: Option<String>,
    keys: &Keys,
) -> Result<Reply> {
    let given = invitations::use_up(db, invitation.id).await?;
    let given =
        given.ok_or_else(|| Error::unauthenticated("the invitation is over, or its giver's roles"))?;
    let password_version = match (new_hash, &invitation.password) {
        (Some(hash), _) => {
            // The link came by mail, so the address is theirs.
            queries::insert_user(db, user, &invitation.email, true).await?;
            queries::insert_password(db, user, &hash).await?
        }
        (None, password) => {
            let version = password.as_ref().map_or(0, |(_, version)| *version);
            sign_in::hold_password(db, user, version).await?;
            // Likewise: who was here before without it may have registered somebody else's.
            sessions::prove_mailbox(db, user, false).await?;
            version
        }
    };
    let roles: Vec<&str> = given.roles.iter().map(String::as_str).collect();
    queries::insert_membership(db, invitation.tenant_id, user, &roles).await?;
    let has_mfa = queries::has_mfa(db, user).await?;
    if !has_mfa {
        queries::remember_address(db, user, &keys.address).await?;
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
    let reply = sign_in::start_or_challenge(cx, db, start, has_mfa).await?;
    if invitation.password.is_some() {
        attempts::succeeded(db, keys).await?;
    }
    Ok(reply)
}
