//! Tenants of the caller: which there are, going to another, the present one.

use fundrail_api::{
    auth::{OwnTenant, Tenant},
    common::Page,
};
use fundrail_domain::input;
use fundrail_platform::{
    Context, Error, Principal, Reply, Result,
    db::Identity,
    sessions::{self, Mark},
    sign_in::{self, Start},
};
use serde_json::json;
use uuid::Uuid;

use crate::queries;

/// `GET /v1/auth/tenants`
pub(crate) async fn list(cx: &Context) -> Result<Reply> {
    cx.principal()?.person()?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let data: Vec<OwnTenant> = queries::own_tenants(&db).await?;
    Reply::ok(&Page { data, has_more: false, next: None })
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
