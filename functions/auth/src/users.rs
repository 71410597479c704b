//! The people of a tenant, and their roles.

use fundrail_api::{auth::Member, common::Page};
use fundrail_domain::{
    auth::roles::{self, Change, OPERATOR, OWNER},
    ids::{TenantId, UserId},
};
use fundrail_identity::{notices, sessions::Mark};
use fundrail_platform::{
    Answer, Context, Error, Order, Principal, Result,
    db::{Db, Identity},
};
use fundrail_store::identity::{self as store, members};
use serde_json::json;

/// `GET /v1/auth/users`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<Member>>> {
    let mut query = cx.query()?;
    let page = query.page(Order::Ascending);
    query.finish()?;
    let db = cx.db().await?;
    let people = members::members(&db, &page).await?.into_iter().map(shown).collect();
    Answer::ok(&Page::from_rows(people, page.limit, |member: &Member| member.id.to_string()))
}

/// `GET /v1/auth/users/:id`
pub(crate) async fn read(cx: &Context) -> Result<Answer<Member>> {
    let user = cx.param::<UserId>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    Answer::ok(&member(&db, user).await?)
}

async fn member(db: &Db, user: UserId) -> Result<Member> {
    let member = members::member(db, user).await?;
    member.map(shown).ok_or(Error::NotFound { what: "user" })
}

fn shown(member: members::Member) -> Member {
    Member { id: member.id, email: member.email, roles: member.roles, joined_at: member.joined_at }
}

/// `PUT /v1/auth/users/:id/roles`
pub(crate) async fn set_roles(cx: &Context, asked: Vec<String>) -> Result<Answer<Member>> {
    let user = cx.param::<UserId>("id")?;
    let mut after = asked.clone();
    after.sort_unstable();
    after.dedup();
    let db = cx.db().await?;
    db.transaction(async |db| {
        let before = check_change(cx, db, user, &asked).await?;
        members::replace_roles(db, cx.principal()?.tenant_id, user, &after).await?;
        let invitations = store::invitations::revoke_invitations_beyond(db, user).await?
            + store::invitations::revoke_invitations_to(db, user, &after).await?;
        // Their job is queued by a trigger.
        db.mark_also_now(&store::sessions::marks_of_member(db, user).await?, Mark::Changed).await;
        let detail = json!({ "before": before, "after": after, "invitations_ended": invitations });
        cx.audit(db, "user.roles_changed", ("user", user.to_string()), detail).await
    })
    .await?;
    Answer::ok(&member(&db, user).await?)
}

/// `DELETE /v1/auth/users/:id`: removes a member from the tenant, possibly the caller. Their sessions, and the keys and invitations
/// that they created, end with the membership; so do open invitations to them, with which they could come back. A key that is
/// still needed must be taken over first.
pub(crate) async fn remove(cx: &Context) -> Result<Answer<()>> {
    let user = cx.param::<UserId>("id")?;
    let principal = cx.principal()?;
    if principal.user_id != Some(user) {
        principal.require("users:write")?;
    }
    let db = cx.db().await?;
    db.transaction(async |db| {
        let before = check_change(cx, db, user, &[]).await?;
        let ended = members::end(db, user).await?;
        // Their job is queued by a trigger.
        db.mark_also_now(&ended.marks, Mark::Revoked).await;
        let (keys, invitations) = (ended.api_keys, ended.invitations);
        let detail = json!({ "roles": before, "api_keys_ended": keys, "invitations_ended": invitations });
        cx.audit(db, "user.removed", ("user", user.to_string()), detail).await
    })
    .await?;
    Answer::no_content()
}

/// `DELETE /v1/auth/users/:id/mfa`: removes the second factor of somebody who has lost it, and ends their sessions. An operator may
/// do this for anybody. An owner may do it for a member who belongs to no other tenant, where the factor counts too, and who is
/// not an operator, whose factor protects all tenants.
pub(crate) async fn reset_factor(cx: &Context) -> Result<Answer<()>> {
    let user = cx.param::<UserId>("id")?;
    let principal = cx.principal()?;
    principal.person()?;
    let by_operator = principal.roles.iter().any(|role| role == OPERATOR);
    if !by_operator && !is_owner(principal) {
        return Err(Error::Forbidden { permission: "the role owner".into() });
    }
    let db = cx.db().await?;
    db.transaction(async |db| {
        let reset = store::factors::reset_factor(db, user, by_operator).await?;
        let tenant = match (reset.outcome.as_str(), reset.tenant_id) {
            ("done", Some(tenant)) => tenant,
            ("elsewhere", _) => {
                return Err(Error::conflict(
                    "member_elsewhere",
                    "this person also belongs to another tenant",
                ));
            }
            ("operator", _) => return Err(Error::Forbidden { permission: "the role operator".into() }),
            ("none", _) => return Err(Error::NotFound { what: "second factor" }),
            _ => return Err(Error::NotFound { what: "user" }),
        };
        db.mark(&reset.marks, Mark::Revoked).await?;
        db.mark(&reset.changed, Mark::Changed).await?;
        record_reset(cx, db, user, tenant).await
    })
    .await?;
    Answer::no_content()
}

/// Notifies the person, and records it in the audit trails of their tenant and of the caller's.
async fn record_reset(cx: &Context, db: &Db, user: UserId, tenant: TenantId) -> Result<()> {
    let principal = cx.principal()?;
    let subject = || ("user", user.to_string());
    if tenant != principal.tenant_id {
        cx.audit(db, "mfa.reset", subject(), json!({})).await?;
    }
    db.act_for(Identity { tenant: Some(tenant), user: principal.user_id }).await?;
    notices::tell(cx, db, (Some(tenant), user), "mfa_reset", json!({})).await?;
    cx.audit_as(db, (tenant, principal.actor()), "mfa.reset", subject(), json!({})).await
}

/// Checks that the caller may change somebody's roles to `after`, and returns what they were. Locks the tenant, so that two owners
/// cannot remove each other at the same time.
async fn check_change(cx: &Context, db: &Db, user: UserId, after: &[String]) -> Result<Vec<String>> {
    let principal = cx.principal()?;
    store::tenants::lock_tenant(db, principal.tenant_id).await?;
    let before = members::roles_of(db, user).await?.ok_or(Error::NotFound { what: "user" })?;
    let other_owners = members::count_other_owners(db, user).await?;
    roles::check_change(Change {
        by: &principal.roles,
        of_oneself: principal.user_id == Some(user),
        before: &before,
        after,
        other_owners: u64::try_from(other_owners).unwrap_or(0),
        assignable: &members::assignable_roles(db, &principal.tenant.kind).await?,
    })?;
    Ok(before)
}

/// Whether the caller is an owner.
fn is_owner(principal: &Principal) -> bool {
    principal.roles.iter().any(|role| role == OWNER)
}
