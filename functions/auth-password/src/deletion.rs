//! The end of an account.
//!
//! Who the person is goes: password, factors, addresses, and the e-mail address of the account, which is free again. What they
//! have done stays as evidence under their id: the audit trails of their tenants, and what stands there as theirs.

use fundrail_domain::auth::roles::OWNER;
use fundrail_platform::{
    Context, Error, Reply, Result,
    db::{Db, Identity},
    notifications,
    sessions::{self, Mark},
    sign_in,
};
use serde_json::json;
use uuid::Uuid;

use crate::{current, hashing, queries};

/// `POST /v1/auth/account/deletion`
pub(crate) async fn delete(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let password = cx.parse(|mut body| {
        let password = body.required_as("current_password", hashing::given);
        body.finish(|| password)
    })?;
    let db = cx.db().await?;
    let shown = current::check(cx, &db, user, &password).await?;
    db.transaction(async |db| {
        sign_in::hold_password(db, user, shown).await?;
        // Those of a tenant end when it is left.
        let sessions = sessions::own_keys(db).await?;
        let keys = leave_all(cx, db, user).await?;
        db.act_for(Identity { tenant: None, user: Some(user) }).await?;
        queries::revoke_own_sessions(db, None, "account_deleted").await?;
        db.mark(&[keys, sessions].concat(), Mark::Revoked).await?;
        queries::erase_user(db, user).await
    })
    .await?;
    Reply::no_content()
}

/// Leaves every tenant; answers with the keys in Redis of the API keys that end with it. Each tenant is locked from the beginning
/// on (`changes_account`), and here where one has come since, so that of its last two owners one stays.
async fn leave_all(cx: &Context, db: &Db, user: Uuid) -> Result<Vec<String>> {
    let tenants = queries::own_tenants(db).await?;
    let mut orphaned = Vec::new();
    for (tenant, name) in &tenants {
        db.act_for(Identity { tenant: Some(*tenant), user: Some(user) }).await?;
        queries::lock_tenant(db, *tenant).await?;
        let roles = queries::roles_of(db, user).await?;
        if roles.iter().any(|role| role == OWNER) && !queries::has_other_owner(db, user).await? {
            orphaned.push(name.as_str());
        }
    }
    if !orphaned.is_empty() {
        let names = orphaned.join(", ");
        return Err(Error::conflict(
            "last_owner",
            format!(
                "a tenant has to have an owner, and you are the last one of {names}: name another one first"
            ),
        ));
    }
    let mut keys = Vec::new();
    for (number, (tenant, _)) in tenants.iter().enumerate() {
        db.act_for(Identity { tenant: Some(*tenant), user: Some(user) }).await?;
        if number == 0 {
            notifications::tell(cx, db, (Some(*tenant), user), "account_deleted", json!({})).await?;
        }
        keys.extend(leave(cx, db, *tenant, user).await?);
    }
    Ok(keys)
}

async fn leave(cx: &Context, db: &Db, tenant: Uuid, user: Uuid) -> Result<Vec<String>> {
    let roles = queries::roles_of(db, user).await?;
    let keys = queries::revoke_made_by(db, user).await?;
    queries::delete_membership(db, user).await?;
    let detail = json!({ "roles": roles, "api_keys_revoked": keys.len() });
    let who = (tenant, cx.principal()?.actor());
    cx.audit_as(db, who, "user.deleted", ("user", user.to_string()), detail).await?;
    Ok(keys)
}
