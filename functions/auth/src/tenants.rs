//! The caller's tenants: listing them, switching between them, reading and changing the current one.

use fundrail_api::{
    auth::{FurtherTenant, OwnTenant, Tenant, TenantChange, Tokens},
    common::Page,
};
use fundrail_domain::{
    auth::roles::{self, OWNER},
    ids::{TenantId, UserId},
};
use fundrail_identity::{
    sessions::Mark,
    sign_in::{self, Start},
};
use fundrail_platform::{
    Answer, Context, Error, Principal, Result,
    audit::Actor,
    db::{Db, Identity},
    random,
};
use fundrail_store::identity::{self as store, members};
use serde_json::json;

/// How many tenants one person may own.
const MOST_OWNED: usize = 20;

/// `GET /v1/auth/tenants`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<OwnTenant>>> {
    cx.principal()?.person()?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let data: Vec<OwnTenant> = own(&db).await?;
    Answer::ok(&Page { data, has_more: false, next: None })
}

/// `GET /v1/auth/tenants/:id`: one of the caller's own.
pub(crate) async fn read_own(cx: &Context) -> Result<Answer<OwnTenant>> {
    cx.principal()?.person()?;
    let id = cx.param::<TenantId>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let own = own(&db).await?.into_iter().find(|tenant| tenant.id == id);
    Answer::ok(&own.ok_or(Error::NotFound { what: "tenant" })?)
}

async fn own(db: &Db) -> Result<Vec<OwnTenant>> {
    let tenants = store::tenants::own_tenants(db).await?.into_iter().map(|tenant| OwnTenant {
        id: tenant.id,
        name: tenant.name,
        kind: tenant.kind,
        roles: tenant.roles,
    });
    Ok(tenants.collect())
}

/// `POST /v1/auth/tenants`: a further tenant, owned by the caller. To act for it, they switch to it.
pub(crate) async fn create(
    cx: &Context,
    FurtherTenant { name, kind }: FurtherTenant,
) -> Result<Answer<OwnTenant>> {
    let (user, _) = cx.principal()?.person()?;
    let first_roles: Vec<String> = roles::first_roles(kind).iter().map(|role| (*role).to_owned()).collect();
    let made = OwnTenant { id: random::new_id(), name, kind: kind.to_owned(), roles: first_roles };
    let db = cx.db().await?;
    db.act_for(Identity { tenant: Some(made.id), user: Some(user) }).await?;
    db.transaction(async |db| insert(cx, db, user, &made).await).await?;
    Answer::created(&format!("/v1/auth/tenants/{}", made.id), &made)
}

/// Counts the tenants that they own here, where they create one at a time (`changes_sign_in`).
async fn insert(cx: &Context, db: &Db, user: UserId, made: &OwnTenant) -> Result<()> {
    let owned = store::tenants::own_tenants(db).await?;
    if owned.iter().filter(|tenant| tenant.roles.iter().any(|role| role == OWNER)).count() >= MOST_OWNED {
        return Err(Error::conflict(
            "too_many_tenants",
            format!("nobody can own more than {MOST_OWNED} tenants"),
        ));
    }
    store::tenants::insert_tenant(db, made.id, &made.name, &made.kind).await?;
    members::add(db, made.id, user, &made.roles).await?;
    let subject = ("tenant", made.id.to_string());
    let detail = json!({ "kind": made.kind, "owner": user });
    cx.audit_as(db, (made.id, Actor::User(user)), "tenant.registered", subject, detail).await
}

/// `POST /v1/auth/tenants/switch`: a session in another tenant, derived from this one: it ends with this one, and no later than
/// this one would have ended. A second factor that was shown counts there too.
pub(crate) async fn switch(cx: &Context, tenant: TenantId) -> Result<Answer<Tokens>> {
    let (user, session) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let start = Start::out_of(&db, session, tenant, "switch").await?;
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let tokens = db
        .transaction(async |db| {
            if members::roles_of(db, user).await?.is_none() {
                return Err(Error::NotFound { what: "tenant" });
            }
            sign_in::start(cx, db, start).await
        })
        .await?;
    Ok(Answer::ok(&tokens)?.secret())
}

/// `GET /v1/auth/tenant`
pub(crate) async fn read(cx: &Context) -> Result<Answer<Tenant>> {
    Ok(Answer::ok(&present(cx.principal()?))?.with_etag(cx.header("if-none-match")))
}

fn present(principal: &Principal) -> Tenant {
    let tenant = &principal.tenant;
    Tenant {
        id: tenant.id,
        name: tenant.name.clone(),
        kind: tenant.kind.clone(),
        mfa_required: tenant.mfa_required,
    }
}

/// `PATCH /v1/auth/tenant`: its name, and whether every member must have a second factor. Whoever demands that must have one.
pub(crate) async fn change(cx: &Context, changes: TenantChange) -> Result<Answer<Tenant>> {
    let principal = cx.principal()?;
    if changes.mfa_required == Some(true) && !principal.user.as_ref().is_some_and(|user| user.mfa) {
        return Err(Error::conflict(
            "mfa_not_enabled",
            "to require a second factor of every member, you must have one yourself",
        ));
    }
    let db = cx.db().await?;
    let tenant = db
        .transaction(async |db| {
            let before = for_update(db, principal.tenant_id).await?;
            cx.check_if_match(&Answer::<Tenant>::etag(&before)?)?;
            let after = changed(&before, changes);
            store::tenants::change_tenant(db, after.id, &after.name, after.mfa_required).await?;
            db.mark(&store::sessions::marks_of_tenant(db).await?, Mark::Changed).await?;
            record(cx, db, &before, &after).await?;
            Ok(after)
        })
        .await?;
    Ok(Answer::ok(&tenant)?.with_etag(None))
}

/// The tenant, locked until the transaction ends.
async fn for_update(db: &Db, id: TenantId) -> Result<Tenant> {
    let tenant = store::tenants::lock_tenant(db, id).await?;
    Ok(Tenant { id, name: tenant.name, kind: tenant.kind, mfa_required: tenant.mfa_required })
}

/// The tenant as it will be.
fn changed(before: &Tenant, change: TenantChange) -> Tenant {
    Tenant {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        mfa_required: change.mfa_required.unwrap_or(before.mfa_required),
        ..before.clone()
    }
}

/// One audit row for each thing that has changed.
async fn record(cx: &Context, db: &Db, before: &Tenant, after: &Tenant) -> Result<()> {
    let subject = || ("tenant", after.id.to_string());
    if before.name != after.name {
        let detail = json!({ "before": before.name, "after": after.name });
        cx.audit(db, "tenant.renamed", subject(), detail).await?;
    }
    if before.mfa_required != after.mfa_required {
        let detail = json!({ "before": before.mfa_required, "after": after.mfa_required });
        cx.audit(db, "tenant.mfa_required_changed", subject(), detail).await?;
    }
    Ok(())
}
