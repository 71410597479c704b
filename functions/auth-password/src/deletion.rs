//! The end of an account.
//!
//! What identifies the person is deleted: password, factors, devices, and the e-mail address of the account, which becomes free
//! again. What they have done stays as evidence under their id, in the audit trails of their tenants and in what they created.

use fundrail_domain::{
    auth::roles::OWNER,
    ids::{TenantId, UserId},
};
use fundrail_identity::{
    notices,
    sessions::{self, Mark},
    sign_in,
};
use fundrail_platform::{
    Answer, Context, Error, Result,
    db::{Db, Identity},
};
use fundrail_store::identity as store;
use serde_json::json;

use crate::current;

/// `POST /v1/auth/account/deletion`
pub(crate) async fn delete(cx: &Context, password: String) -> Result<Answer<()>> {
    let (user, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let shown = current::check(cx, &db, user, &password).await?;
    db.transaction(async |db| {
        sign_in::hold_password(db, user, shown).await?;
        leave_all(cx, db, user).await?;
        db.act_for(Identity { tenant: None, user: Some(user) }).await?;
        // Those of a tenant have ended as it was left. Should any be elsewhere, they end here.
        let ended = store::sessions::revoke_own_sessions(db, None, "account_deleted").await?;
        db.mark(&sessions::session_keys(ended), Mark::Revoked).await?;
        store::accounts::erase_user(db, user).await.map(drop)
    })
    .await?;
    Answer::no_content()
}

/// Leaves every tenant. Each is locked from the beginning on (`changes_account`), and here where one has come since, so that of its
/// last two owners one stays.
async fn leave_all(cx: &Context, db: &Db, user: UserId) -> Result<()> {
    let mut tenants = store::tenants::own_tenants(db).await?;
    // Whoever locks several goes by their ids.
    tenants.sort_unstable_by_key(|tenant| tenant.id);
    let mut orphaned = Vec::new();
    for tenant in &tenants {
        db.act_for(Identity { tenant: Some(tenant.id), user: Some(user) }).await?;
        store::tenants::lock_tenant(db, tenant.id).await?;
        if is_last_owner(db, user).await? {
            orphaned.push(tenant.name.as_str());
        }
    }
    if !orphaned.is_empty() {
        let names = orphaned.join(", ");
        return Err(Error::conflict(
            "last_owner",
            format!(
                "a tenant must have an owner, and you are the last one of {names}: name another one first"
            ),
        ));
    }
    for (number, tenant) in tenants.iter().enumerate() {
        db.act_for(Identity { tenant: Some(tenant.id), user: Some(user) }).await?;
        if number == 0 {
            notices::tell(cx, db, (Some(tenant.id), user), "account_deleted", json!({})).await?;
        }
        leave(cx, db, tenant.id, user).await?;
    }
    Ok(())
}

/// Whether somebody is the only owner that the tenant of this connection has.
async fn is_last_owner(db: &Db, user: UserId) -> Result<bool> {
    let roles = store::members::roles_of(db, user).await?.unwrap_or_default();
    Ok(roles.iter().any(|role| role == OWNER) && store::members::count_other_owners(db, user).await? == 0)
}

async fn leave(cx: &Context, db: &Db, tenant: TenantId, user: UserId) -> Result<()> {
    let roles = store::members::roles_of(db, user).await?.unwrap_or_default();
    let ended = store::members::end(db, user).await?;
    // Their job is queued by a trigger.
    db.mark_also_now(&ended.marks, Mark::Revoked).await;
    let detail = json!({ "roles": roles, "api_keys_revoked": ended.api_keys });
    let who = (tenant, cx.principal()?.actor());
    cx.audit_as(db, who, "user.deleted", ("user", user.to_string()), detail).await
}
