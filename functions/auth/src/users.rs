//! The people of a tenant, and their roles.

use fundrail_api::{auth::Member, common::Page};
use fundrail_domain::auth::roles::{self, Change, OPERATOR, OWNER};
use fundrail_platform::{
    Context, Error, Order, Principal, Reply, Result,
    db::{Db, Identity},
    notifications,
    sessions::Mark,
};
use serde_json::json;
use uuid::Uuid;

use crate::queries;

/// `GET /v1/auth/users`
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    let mut query = cx.query()?;
    let page = query.page(Order::Ascending);
    query.finish()?;
    let db = cx.db().await?;
    let rows = queries::members(&db, &page).await?;
    Reply::ok(&Page::from_rows(rows, page.limit, |member: &Member| member.id.to_string()))
}

/// `GET /v1/auth/users/:id`
pub(crate) async fn read(cx: &Context) -> Result<Reply> {
    let user = cx.param::<Uuid>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    Reply::ok(&queries::member(&db, user).await?.ok_or(Error::NotFound { what: "user" })?)
}

/// `PUT /v1/auth/users/:id/roles`
pub(crate) async fn set_roles(cx: &Context) -> Result<Reply> {
    let user = cx.param::<Uuid>("id")?;
    let asked = cx.parse(|mut body| {
        let roles = body.list::<String>("roles", (1, 10));
        body.finish(|| roles)
    })?;
    let mut after = asked.clone();
    after.sort_unstable();
    after.dedup();
    let db = cx.db().await?;
    db.transaction(async |db| {
        let before = check_change(cx, db, user, &asked).await?;
        queries::replace_roles(db, cx.principal()?.tenant_id, user, &after).await?;
        let invitations = queries::revoke_invitations_beyond(db, user).await?
            + queries::revoke_invitations_to(db, user, &after).await?;
        // Their job is queued by a trigger.
        db.mark_also_now(&queries::marks_of(db, user).await?, Mark::Changed).await;
        let detail = json!({ "before": before, "after": after, "invitations_ended": invitations });
        cx.audit(db, "user.roles_changed", ("user", user.to_string()), detail).await
    })
    .await?;
    Reply::ok(&queries::member(&db, user).await?.ok_or(Error::NotFound { what: "user" })?)
}

/// `DELETE /v1/auth/users/:id`: removes somebody from the tenant, or oneself. What they have made ends with it, sessions, keys,
/// invitations, and so do open invitations to them, by which they would come back. A key that is still needed is taken over
/// before.
pub(crate) async fn remove(cx: &Context) -> Result<Reply> {
    let user = cx.param::<Uuid>("id")?;
    let principal = cx.principal()?;
    if principal.user_id != Some(user) {
        principal.require("users:write")?;
    }
    let db = cx.db().await?;
    db.transaction(async |db| {
        let before = check_change(cx, db, user, &[]).await?;
        let ended = queries::end_membership(db, user).await?;
        // Their job is queued by a trigger.
        db.mark_also_now(&ended.marks, Mark::Revoked).await;
        let (keys, invitations) = (ended.api_keys, ended.invitations);
        let detail = json!({ "roles": before, "api_keys_ended": keys, "invitations_ended": invitations });
        cx.audit(db, "user.removed", ("user", user.to_string()), detail).await
    })
    .await?;
    Reply::no_content()
}

/// `DELETE /v1/auth/users/:id/mfa`: takes the second factor of somebody away who has lost it, and ends their sessions. By an
/// owner, of who belongs to no other tenant, where the factor counts too, and is no operator, whose factor guards all tenants;
/// by an operator, of anybody.
pub(crate) async fn reset_factor(cx: &Context) -> Result<Reply> {
    let user = cx.param::<Uuid>("id")?;
    let principal = cx.principal()?;
    principal.person()?;
    let by_operator = principal.roles.iter().any(|role| role == OPERATOR);
    if !by_operator && !is_owner(principal) {
        return Err(Error::Forbidden { permission: "the role owner".into() });
    }
    let db = cx.db().await?;
    db.transaction(async |db| {
        let reset = queries::reset_factor(db, user, by_operator).await?;
        let tenant = match (reset.outcome.as_str(), reset.tenant) {
            ("done", Some(tenant)) => tenant,
            ("elsewhere", _) => {
                return Err(Error::conflict("member_elsewhere", "they belong to another tenant too"));
            }
            ("operator", _) => return Err(Error::Forbidden { permission: "the role operator".into() }),
            ("none", _) => return Err(Error::NotFound { what: "second factor" }),
            _ => return Err(Error::NotFound { what: "user" }),
        };
        db.mark(&reset.ended, Mark::Revoked).await?;
        record_reset(cx, db, user, tenant).await
    })
    .await?;
    Reply::no_content()
}

/// Tells the person, and writes it into the trail of their tenant and of the caller's.
async fn record_reset(cx: &Context, db: &Db, user: Uuid, tenant: Uuid) -> Result<()> {
    let principal = cx.principal()?;
    let subject = || ("user", user.to_string());
    if tenant != principal.tenant_id {
        cx.audit(db, "mfa.reset", subject(), json!({})).await?;
    }
    db.act_for(Identity { tenant: Some(tenant), user: principal.user_id }).await?;
    notifications::tell(cx, db, (Some(tenant), user), "mfa_reset", json!({})).await?;
    cx.audit_as(db, (tenant, principal.actor()), "mfa.reset", subject(), json!({})).await
}

/// Whether the caller may change somebody's roles to `after`; answers what they were. Locks the tenant, so that two
/// owners cannot remove each other at once.
async fn check_change(cx: &Context, db: &Db, user: Uuid, after: &[String]) -> Result<Vec<String>> {
    let principal = cx.principal()?;
    queries::tenant_for_update(db, principal.tenant_id).await?;
    let before = queries::roles_of(db, user).await?.ok_or(Error::NotFound { what: "user" })?;
    let change = Change {
        by_owner: is_owner(principal),
        before: &before,
        after,
        other_owners: queries::other_owners(db, user).await?,
        assignable: &queries::assignable_roles(db, &principal.tenant.kind).await?,
    };
    // Anybody may leave; only what an owner leaves behind matters.
    let leaves = principal.user_id == Some(user) && after.is_empty();
    roles::check_change(Change { by_owner: change.by_owner || leaves, ..change })?;
    Ok(before)
}

/// Whether an owner asks.
pub(crate) fn is_owner(principal: &Principal) -> bool {
    principal.roles.iter().any(|role| role == OWNER)
}
