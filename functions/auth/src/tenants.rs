//! Tenants of the caller: which there are, going to another, the present one.

use fundrail_api::{
    auth::{OwnTenant, Tenant},
    common::Page,
};
use fundrail_domain::{
    auth::roles::{self, OWNER},
    input,
};
use fundrail_platform::{
    Context, Error, Principal, Reply, Result,
    audit::Actor,
    db::{Db, Identity},
    random,
    sessions::{self, Mark},
    sign_in::{self, Start},
};
use serde_json::json;
use uuid::Uuid;

use crate::queries;

/// Tenants that one person may own.
const MOST_OWNED: usize = 20;

/// `GET /v1/auth/tenants`
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    cx.principal()?.person()?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let data: Vec<OwnTenant> = queries::own_tenants(&db).await?;
    Reply::ok(&Page { data, has_more: false, next: None })
}

/// `GET /v1/auth/tenants/:id`: one of the caller's own.
pub(crate) async fn read_own(cx: &Context) -> Result<Reply> {
    cx.principal()?.person()?;
    let id = cx.param::<Uuid>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let own = queries::own_tenants(&db).await?.into_iter().find(|tenant| tenant.id == id);
    Reply::ok(&own.ok_or(Error::NotFound { what: "tenant" })?)
}

/// `POST /v1/auth/tenants`: another tenant of somebody who has an account, whose owner they are. To act for it they switch.
pub(crate) async fn create(cx: &Context) -> Result<Reply> {
    let (user, _) = cx.principal()?.person()?;
    let (name, kind) = cx.parse(|mut body| {
        let name = body.required_as("name", input::text_between(1, 200));
        let kind = body.required_as("kind", input::one_of(roles::TENANT_KINDS));
        body.finish(|| Some((name?, kind?)))
    })?;
    let first_roles: Vec<String> = roles::first_roles(kind).iter().map(|role| (*role).to_owned()).collect();
    let made = OwnTenant { id: random::new_id(), name, kind: kind.to_owned(), roles: first_roles };
    let db = cx.db().await?;
    if !cx.principal()?.user.as_ref().is_some_and(|user| user.email_verified) {
        return Err(Error::conflict("email_not_verified", "show first that your address is yours"));
    }
    let owned = queries::own_tenants(&db).await?;
    if owned.iter().filter(|tenant| tenant.roles.iter().any(|role| role == OWNER)).count() >= MOST_OWNED {
        return Err(Error::conflict(
            "too_many_tenants",
            format!("nobody owns more than {MOST_OWNED} tenants"),
        ));
    }
    db.act_for(Identity { tenant: Some(made.id), user: Some(user) }).await?;
    db.transaction(async |db| insert(cx, db, user, &made).await).await?;
    Reply::created(&format!("/v1/auth/tenants/{}", made.id), &made)
}

async fn insert(cx: &Context, db: &Db, user: Uuid, made: &OwnTenant) -> Result<()> {
    queries::insert_tenant(db, made.id, &made.name, &made.kind).await?;
    queries::insert_membership(db, made.id, user, &made.roles).await?;
    let subject = ("tenant", made.id.to_string());
    let detail = json!({ "kind": made.kind, "owner": user });
    cx.audit_as(db, (made.id, Actor::User(user)), "tenant.registered", subject, detail).await
}

/// `POST /v1/auth/tenants/switch`: a session in another tenant. A second factor that was shown counts there too.
pub(crate) async fn switch(cx: &Context) -> Result<Reply> {
    let (user, session) = cx.principal()?.person()?;
    let tenant = cx.parse(|mut body| {
        let tenant = body.required::<Uuid>("tenant_id");
        body.finish(|| tenant)
    })?;
    let db = cx.db().await?;
    let mfa_at = queries::mfa_at(&db, session).await?;
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let tokens = db
        .transaction(async |db| {
            if queries::roles_of(db, user).await?.is_none() {
                return Err(Error::NotFound { what: "tenant" });
            }
            sign_in::start(cx, db, Start { tenant, user, mfa_at, by: "switch" }).await
        })
        .await?;
    Ok(Reply::ok(&tokens)?.secret())
}

/// `GET /v1/auth/tenant`
pub(crate) async fn read(cx: &Context) -> Result<Reply> {
    Ok(Reply::ok(&present(cx.principal()?))?.with_etag(cx.header("if-none-match")))
}

fn present(principal: &Principal) -> Tenant {
    let tenant = &principal.tenant;
    Tenant { id: tenant.id, name: tenant.name.clone(), kind: tenant.kind.clone() }
}

/// `PATCH /v1/auth/tenant`
pub(crate) async fn rename(cx: &Context) -> Result<Reply> {
    let name = cx.parse(|mut body| {
        let name = body.required_as("name", input::text_between(1, 200));
        body.finish(|| name)
    })?;
    let expected = cx.header("if-match").ok_or(Error::PreconditionRequired)?;
    let tenant = cx.principal()?.tenant_id;
    let db = cx.db().await?;
    let (renamed, keys) = db
        .transaction(async |db| {
            let before = queries::tenant_for_update(db, tenant).await?;
            let etag = Reply::etag(&before)?;
            if expected.trim() != "*" && !expected.split(',').any(|given| given.trim() == etag) {
                return Err(Error::PreconditionFailed);
            }
            queries::rename_tenant(db, tenant, &name).await?;
            let keys = queries::session_keys_of_tenant(db).await?;
            sessions::queue_mark(db, &keys, Mark::Changed).await?;
            let detail = json!({ "before": before.name, "after": name });
            cx.audit(db, "tenant.renamed", ("tenant", tenant.to_string()), detail).await?;
            Ok((Tenant { name, ..before }, keys))
        })
        .await?;
    let _ = sessions::mark(&keys, Mark::Changed).await;
    Ok(Reply::ok(&renamed)?.with_etag(None))
}
