//! Inviting people into a tenant.

use chrono::Duration;
use fundrail_api::{
    auth::{Invitation, Invite, NewInvitation, Tokens},
    common::Page,
};
use fundrail_domain::{
    auth::{
        mailing,
        roles::{self, Change},
    },
    ids::InvitationId,
};
use fundrail_identity::{
    invitations, one_time,
    sessions::{self, Mark},
    sign_in::{self, Start},
    tokens,
};
use fundrail_platform::{
    Answer, Context, Error, Order, Result,
    db::{Db, Identity},
    notifications::{self, Notification},
    random,
};
use fundrail_store::identity::{self as store, members};
use serde_json::json;

/// How long an invitation is open.
const DAYS: i64 = 7;

/// `GET /v1/auth/invitations`: those that are open.
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<Invitation>>> {
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = store::invitations::open_invitations(&db, &page).await?;
    let open = rows.into_iter().map(shown).collect();
    Answer::ok(&Page::from_rows(open, page.limit, |invitation: &Invitation| invitation.id.to_string()))
}

/// `GET /v1/auth/invitations/:id`: whether open or not.
pub(crate) async fn read(cx: &Context) -> Result<Answer<Invitation>> {
    let id = cx.param::<InvitationId>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let invitation = store::invitations::invitation(&db, id).await?;
    Answer::ok(&shown(invitation.ok_or(Error::NotFound { what: "invitation" })?))
}

fn shown(invitation: store::invitations::Invitation) -> Invitation {
    Invitation {
        id: invitation.id,
        email: invitation.email,
        roles: invitation.roles,
        invited_by: invitation.invited_by,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
        accepted_at: invitation.accepted_at,
        revoked_at: invitation.revoked_at,
    }
}

/// `POST /v1/auth/invitations`: does not reveal whether the address has an account.
pub(crate) async fn create(cx: &Context) -> Result<Answer<Invitation>> {
    let principal = cx.principal()?;
    let (inviter, _) = principal.person()?;
    let db = cx.db().await?;
    let assignable = members::assignable_roles(&db, &principal.tenant.kind).await?;
    let NewInvitation { email, roles } = cx.body_of::<Invite>(&assignable)?;
    roles::check_change(Change {
        by: &principal.roles,
        of_oneself: false,
        before: &[],
        after: &roles,
        other_owners: 1,
        assignable: &assignable,
    })?;
    let invitation = Invitation {
        id: random::new_id(),
        email: email.to_string(),
        roles,
        invited_by: inviter,
        created_at: cx.now(),
        expires_at: cx.now() + Duration::days(DAYS),
        accepted_at: None,
        revoked_at: None,
    };
    db.transaction(async |db| insert(cx, db, &invitation).await).await?;
    Answer::created(&format!("/v1/auth/invitations/{}", invitation.id), &invitation)
}

async fn insert(cx: &Context, db: &Db, invitation: &Invitation) -> Result<()> {
    let principal = cx.principal()?;
    // An invitation that is revoked and sent again still means another e-mail.
    let retry_after = mailing::pause(&store::invitations::ages_of_invitations(db, &invitation.email).await?);
    if retry_after > 0 {
        return Err(Error::TooSoon { retry_after });
    }
    let token = tokens::opaque("fri_")?;
    let new = store::invitations::NewInvitation {
        tenant_id: principal.tenant_id,
        id: invitation.id,
        email: &invitation.email,
        roles: &invitation.roles,
        invited_by: invitation.invited_by,
        token_hash: &tokens::hash(&token),
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
    };
    store::invitations::revoke_expired_invitations(db, &invitation.email).await?;
    store::invitations::create(db, new).await?;
    let mail = Notification {
        tenant: Some(principal.tenant_id),
        kind: "invitation",
        recipient: &invitation.email,
        payload: json!({ "tenant": principal.tenant.name, "invitation": invitation.id }),
        secret: Some(&token),
    };
    notifications::send(db, mail).await?;
    let subject = ("invitation", invitation.id.to_string());
    let detail = json!({ "email": invitation.email, "roles": invitation.roles });
    cx.audit(db, "invitation.created", subject, detail).await
}

/// `DELETE /v1/auth/invitations/:id`
pub(crate) async fn revoke(cx: &Context) -> Result<Answer<()>> {
    let id = cx.param::<InvitationId>("id")?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        if store::invitations::revoke_invitation(db, id).await? == 0 {
            return Err(Error::NotFound { what: "invitation" });
        }
        cx.audit(db, "invitation.revoked", ("invitation", id.to_string()), json!({})).await
    })
    .await?;
    Answer::no_content()
}

/// `POST /v1/auth/invitations/accept`: joins another tenant, for somebody who is signed in. The invitation must be addressed to
/// them; people without an account follow the link to `/v1/auth/password/accept-invitation`.
pub(crate) async fn accept(cx: &Context, token: String) -> Result<Answer<Tokens>> {
    let (user, session) = cx.principal()?.person()?;
    let email = cx.principal()?.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
    let db = cx.db().await?;
    let found = store::invitations::find_invitation(&db, &tokens::hash(&token)).await?;
    let found = found.filter(|found| found.email == email);
    let found = found.ok_or_else(one_time::invalid_link)?;
    let tenant = found.tenant_id;
    let start = Start::out_of(&db, session, tenant, "invitation").await?;
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let tokens = db
        .transaction(async |db| {
            let given = invitations::use_up(db, found.id).await?.ok_or_else(one_time::invalid_link)?;
            // The link was sent by e-mail, so the address is theirs.
            sessions::prove_mailbox(db, user, false).await?;
            members::add(db, found.tenant_id, user, &given.roles).await?;
            let who = (tenant, fundrail_platform::audit::Actor::User(user));
            let subject = ("invitation", found.id.to_string());
            let detail = json!({ "user": user, "roles": given.roles, "given_by": given.by });
            cx.audit_as(db, who, "invitation.accepted", subject, detail).await?;
            // Somebody who was already a member may have gained roles.
            db.mark(&sessions::keys_of(db, user).await?, Mark::Changed).await?;
            sign_in::start(cx, db, start).await
        })
        .await?;
    Ok(Answer::ok(&tokens)?.secret())
}
