//! The people of a tenant, and their roles.

use fundrail_api::{auth::Member, common::Page};
use fundrail_domain::auth::roles::{self, Change, OWNER};
use fundrail_platform::{
    Context, Error, Order, Principal, Reply, Result,
    db::Db,
    sessions::{self, Mark},
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
    let keys = db
        .transaction(async |db| {
            let before = check_change(cx, db, user, &asked).await?;
            queries::replace_roles(db, cx.principal()?.tenant_id, user, &after).await?;
            let keys = sessions::keys_of(db, user).await?;
            sessions::queue_mark(db, &keys, Mark::Changed).await?;
            let detail = json!({ "before": before, "after": after });
            cx.audit(db, "user.roles_changed", ("user", user.to_string()), detail).await?;
            Ok(keys)
        })
        .await?;
    let _ = sessions::mark(&keys, Mark::Changed).await;
    Reply::ok(&queries::member(&db, user).await?.ok_or(Error::NotFound { what: "user" })?)
}

/// `DELETE /v1/auth/users/:id`: removes somebody from the tenant, or oneself.
pub(crate) async fn remove(cx: &Context) -> Result<Reply> {
    let user = cx.param::<Uuid>("id")?;
    let principal = cx.principal()?;
    if principal.user_id != Some(user) {
        principal.require("users:write")?;
    }
    let db = cx.db().await?;
    let keys = db
        .transaction(async |db| {
            let before = check_change(cx, db, user, &[]).await?;
            let keys = queries::revoke_sessions_of(db, user, "removed").await?;
            queries::delete_membership(db, user).await?;
            sessions::queue_mark(db, &keys, Mark::Revoked).await?;
            let detail = json!({ "roles": before });
            cx.audit(db, "user.removed", ("user", user.to_string()), detail).await?;
            Ok(keys)
        })
        .await?;
    let _ = sessions::mark(&keys, Mark::Revoked).await;
    Reply::no_content()
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
