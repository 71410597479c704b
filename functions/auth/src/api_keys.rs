//! Keys of machines.

use chrono::{DateTime, Duration, Utc};
use fundrail_api::{
    auth::{ApiKey, CreateApiKey, NewApiKey},
    common::Page,
};
use fundrail_domain::{
    auth::{api_key, roles},
    ids::{ApiKeyId, UserId},
};
use fundrail_identity::{
    sessions::{self, Mark},
    tokens,
};
use fundrail_platform::{Answer, Context, Error, Order, Result, config, db::Db, random};
use fundrail_store::identity::api_keys as store;
use serde_json::json;

/// `GET /v1/auth/api-keys`
pub(crate) async fn list(cx: &Context) -> Result<Answer<Page<ApiKey>>> {
    let mut query = cx.query()?;
    let page = query.page(Order::Descending);
    query.finish()?;
    let db = cx.db().await?;
    let keys = store::api_keys(&db, &page).await?.into_iter().map(shown).collect();
    Answer::ok(&Page::from_rows(keys, page.limit, |key: &ApiKey| key.id.to_string()))
}

/// `GET /v1/auth/api-keys/:id`
pub(crate) async fn read(cx: &Context) -> Result<Answer<ApiKey>> {
    let id = cx.param::<ApiKeyId>("id")?;
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let key = store::api_key(&db, id).await?.ok_or(Error::NotFound { what: "API key" })?;
    Answer::ok(&shown(key))
}

fn shown(key: store::ApiKey) -> ApiKey {
    ApiKey {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        scopes: key.scopes,
        requests_per_minute: key.rate_per_minute.and_then(|rate| u32::try_from(rate).ok()),
        created_by: key.created_by,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
        replaced_by: key.replaced_by,
    }
}

/// `POST /v1/auth/api-keys`: the answer shows the key, once.
pub(crate) async fn create(cx: &Context) -> Result<Answer<NewApiKey>> {
    let (creator, _) = cx.principal()?.person()?;
    let wanted = cx.body_of::<CreateApiKey>(&cx.principal()?.permissions)?;
    let key = ApiKey {
        id: random::new_id(),
        name: wanted.name,
        prefix: String::new(),
        scopes: wanted.scopes,
        requests_per_minute: wanted.rate,
        created_by: creator,
        created_at: cx.now(),
        expires_at: cx.now() + Duration::days(i64::from(wanted.days)),
        last_used_at: None,
        revoked_at: None,
        replaced_by: None,
    };
    let db = cx.db().await?;
    let made = db.transaction(async |db| insert(cx, db, key).await).await?;
    Ok(Answer::created(&format!("/v1/auth/api-keys/{}", made.details.id), &made)?.secret())
}

/// Generates the secret of a key, and stores the key.
async fn insert(cx: &Context, db: &Db, mut details: ApiKey) -> Result<NewApiKey> {
    let environment = if config::is_development().await { "dev" } else { "live" };
    let key = api_key::generate(environment, &random::bytes::<64>()?)
        .ok_or_else(|| Error::internal("too few random bytes for a key"))?;
    api_key::shown_prefix(&key).clone_into(&mut details.prefix);
    let made = store::NewApiKey {
        tenant_id: cx.principal()?.tenant_id,
        id: details.id,
        name: &details.name,
        prefix: &details.prefix,
        secret_hash: &tokens::hash(&key),
        scopes: &details.scopes,
        rate_per_minute: details.requests_per_minute.and_then(|rate| i32::try_from(rate).ok()),
        created_by: details.created_by,
        created_at: details.created_at,
        expires_at: details.expires_at,
    };
    store::insert_api_key(db, made).await?;
    let subject = ("api_key", details.id.to_string());
    let detail = json!({ "name": details.name, "scopes": details.scopes, "expires_at": details.expires_at });
    cx.audit(db, "api_key.created", subject, detail).await?;
    Ok(NewApiKey { key, details })
}

/// `POST /v1/auth/api-keys/:id/rotate`: a new key with the same properties; the old one keeps working for a while.
pub(crate) async fn rotate(cx: &Context, overlap: u32) -> Result<Answer<NewApiKey>> {
    succeed(cx, overlap, Succession::Rotation).await
}

/// `POST /v1/auth/api-keys/:id/take-over`: the same, and the caller stands for the old one as well while it works on, so that it
/// does not end with the membership of whoever made it. They know its secret, so unless an overlap is asked for it ends at once.
pub(crate) async fn take_over(cx: &Context, overlap: u32) -> Result<Answer<NewApiKey>> {
    succeed(cx, overlap, Succession::TakeOver).await
}

/// Why a key is followed by another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Succession {
    Rotation,
    TakeOver,
}

async fn succeed(cx: &Context, overlap: u32, why: Succession) -> Result<Answer<NewApiKey>> {
    let id = cx.param::<ApiKeyId>("id")?;
    let (by, _) = cx.principal()?.person()?;
    let db = cx.db().await?;
    let ends = cx.now() + Duration::seconds(i64::from(overlap));
    let made = db.transaction(async |db| replace(cx, db, id, by, (ends, why)).await).await?;
    Ok(Answer::created(&format!("/v1/auth/api-keys/{}", made.details.id), &made)?.secret())
}

/// The new key allows nothing that the caller may not do themselves.
async fn replace(
    cx: &Context,
    db: &Db,
    id: ApiKeyId,
    by: UserId,
    (ends, why): (DateTime<Utc>, Succession),
) -> Result<NewApiKey> {
    let (old, old_hash) = for_update(db, id).await?;
    if old.revoked_at.is_some() || old.replaced_by.is_some() || old.expires_at <= cx.now() {
        return Err(Error::conflict(
            "api_key_over",
            "this API key has been revoked or replaced, or has expired",
        ));
    }
    let principal = cx.principal()?;
    roles::check_scopes(&old.scopes, |scope| principal.permissions.contains(scope))?;
    let life = old.expires_at - old.created_at;
    let key = ApiKey {
        id: random::new_id(),
        created_by: by,
        created_at: cx.now(),
        expires_at: cx.now() + life,
        last_used_at: None,
        ..old.clone()
    };
    let made = insert(cx, db, key).await?;
    let ends = ends.min(old.expires_at);
    store::replace_api_key(db, id, made.details.id, ends).await?;
    let replaced_by = made.details.id;
    let (action, detail) = match why {
        Succession::Rotation => {
            ("api_key.rotated", json!({ "replaced_by": replaced_by, "works_until": ends }))
        }
        Succession::TakeOver => {
            store::take_over_api_key(db, id, by).await?;
            let detail = json!({ "before": old.created_by, "after": by, "replaced_by": replaced_by,
                "works_until": ends });
            ("api_key.taken_over", detail)
        }
    };
    db.mark(&[sessions::api_key_key(&old_hash)], Mark::Changed).await?;
    cx.audit(db, action, ("api_key", id.to_string()), detail).await?;
    Ok(made)
}

/// A key and its hash, locked until the transaction ends.
async fn for_update(db: &Db, id: ApiKeyId) -> Result<(ApiKey, String)> {
    let (key, hash) = store::for_update(db, id).await?.ok_or(Error::NotFound { what: "API key" })?;
    Ok((shown(key), hash))
}

/// `DELETE /v1/auth/api-keys/:id`
pub(crate) async fn revoke(cx: &Context) -> Result<Answer<()>> {
    let id = cx.param::<ApiKeyId>("id")?;
    let db = cx.db().await?;
    db.transaction(async |db| {
        let hash = store::revoke_api_key(db, id).await?.ok_or(Error::NotFound { what: "API key" })?;
        db.mark(&[sessions::api_key_key(&hash)], Mark::Revoked).await?;
        cx.audit(db, "api_key.revoked", ("api_key", id.to_string()), json!({})).await
    })
    .await?;
    Answer::no_content()
}
