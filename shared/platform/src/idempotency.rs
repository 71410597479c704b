//! `Idempotency-Key`: a repeated creating POST gets the response of the first.
//!
//! The handler runs inside one transaction that also stores its response (its own transactions become savepoints). So there is no
//! moment in which the work is done and the response not stored: a crash anywhere leaves either both or neither, and a repetition
//! never does the work a second time.
//!
//! A request that repeats while the first is still in progress is told so (409) instead of having to wait. A failed request has
//! written nothing, and its key is free again.
//!
//! Somebody who registers is not signed in yet: their responses belong to the address that they come from, and everything is
//! encrypted, including what distinguishes two requests, since it contains a password.

use std::{future::Future, str::FromStr as _};

use fundrail_domain::{
    Error, Result,
    ids::{ApiKeyId, TenantId, UserId},
};
use fundrail_store::{
    idempotency::{self as store, Answer, NewAnswer},
    on_constraint,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    Context, Reply,
    db::Db,
    secrets::{self, Sealed},
};

/// Maximum length of a key.
const MAX_LENGTH: usize = 255;

/// Runs `work` once per key, tenant, principal and route. Without the header it just runs.
pub(crate) async fn once<F: Future<Output = Result<Reply>>>(
    cx: &Context,
    work: impl FnOnce() -> F,
) -> Result<Reply> {
    let Some(key) = key_of(cx.headers())? else { return work().await };
    let Some((tenant, principal)) = whose(cx) else { return work().await };
    let request = Request { tenant, principal, route: cx.route.endpoint.path, key, hash: hash_of(cx) };
    let db = cx.db().await?;
    db.enclosing(async |db| {
        if let Some(stored) = look(db, &request).await? {
            return match cx.route.replayed {
                Some(bring_up_to_date) => bring_up_to_date(cx, stored).await,
                None => Ok(stored),
            };
        }
        let reply = work().await?;
        // The work may have switched to another tenant, or signed somebody in.
        db.act_for(cx.caller()).await?;
        keep(db, &request, &reply).await?;
        Ok(reply)
    })
    .await
}

/// Deletes the stored responses of a route to the connection's user, in every tenant: once their content means something else, a
/// repetition must be processed anew.
pub async fn forget(db: &Db, route: &str) -> Result<()> {
    store::forget(db, route).await.map(drop)
}

struct Request {
    /// `None` if the caller is not signed in.
    tenant: Option<TenantId>,
    principal: Uuid,
    route: &'static str,
    key: String,
    hash: String,
}

impl Request {
    fn key(&self) -> store::Key<'_> {
        store::Key { tenant_id: self.tenant, principal_id: self.principal, route: self.route, key: &self.key }
    }

    /// Identifies it among all.
    fn place(&self) -> String {
        let tenant = self.tenant.map_or_else(|| "nobody".to_owned(), |tenant| tenant.to_string());
        format!("idempotency:{tenant}:{}:{}:{}", self.principal, self.route, self.key)
    }

    fn place_of_hash(&self) -> String {
        format!("{}:hash", self.place())
    }
}

/// Whose the response is: a user or API key of a tenant, or an address.
fn whose(cx: &Context) -> Option<(Option<TenantId>, Uuid)> {
    if let Ok(principal) = cx.principal() {
        let user = principal.user_id.map(|UserId(id)| id);
        let caller = user.or_else(|| principal.api_key_id.map(|ApiKeyId(id)| id));
        return Some((Some(principal.tenant_id), caller?));
    }
    let digest = Sha256::digest(cx.client_address()?);
    Some((None, Uuid::from_slice(digest.get(..16)?).ok()?))
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && values.next().is_none() {
        return Ok(Some(text.to_owned()));
    }
    Err(Error::Malformed {
        code: "invalid_idempotency_key",
        detail: "there must be exactly one Idempotency-Key header, with 1 to 255 visible ASCII characters"
            .into(),
    })
}

/// What makes two requests equal: path, query and body.
fn hash_of(cx: &Context) -> String {
    let mut digest = Sha256::new();
    let uri = &cx.head.uri;
    for part in [uri.path().as_bytes(), uri.query().unwrap_or_default().as_bytes(), cx.raw_body()] {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

/// Locks the key, and looks for its response: `None` if there is none.
async fn look(db: &Db, request: &Request) -> Result<Option<Reply>> {
    if !store::try_lock(db, &request.place()).await? {
        return Err(still_running());
    }
    let Some(stored) = store::find(db, request.key()).await? else { return Ok(None) };
    if hash_of_stored(&stored, request).await? != request.hash {
        return Err(Error::unprocessable(
            "idempotency_key_reused",
            "this Idempotency-Key was used for a different request",
        ));
    }
    reply_of(stored, request).await.map(Some)
}

/// Name, in the stored headers, of the key that a secret response was encrypted with.
const KEY_ID: &str = "sealed-with";

/// What distinguished the request of a stored response from others.
async fn hash_of_stored(stored: &Answer, request: &Request) -> Result<String> {
    if request.tenant.is_some() {
        return Ok(stored.request_hash.clone());
    }
    let key_id = stored.headers.0.get(KEY_ID).and_then(Value::as_str).ok_or_else(unreadable)?;
    let sealed = Sealed { key_id: key_id.to_owned(), text: stored.request_hash.clone() };
    let opened = secrets::keys().await?.open(&request.place_of_hash(), &sealed)?;
    String::from_utf8(opened.to_vec()).map_err(|_| unreadable())
}

/// A stored response, as returned again.
async fn reply_of(stored: Answer, request: &Request) -> Result<Reply> {
    let status = u16::try_from(stored.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let headers = stored.headers.0;
    let body = match headers.get(KEY_ID).and_then(Value::as_str) {
        Some(key_id) => {
            let sealed = Sealed { key_id: key_id.to_owned(), text: stored.body };
            secrets::keys().await?.open(&request.place(), &sealed)?.to_vec()
        }
        None => stored.body.into_bytes(),
    };
    let mut reply = Reply {
        status: status.ok_or_else(unreadable)?,
        headers: HeaderMap::new(),
        body: body.into(),
        secret: false,
    };
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str() != KEY_ID) {
        let name = HeaderName::from_str(name).map_err(|_| unreadable())?;
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default()).map_err(|_| unreadable())?;
        reply.set_header(name, value);
    }
    Ok(reply.with_header("idempotency-replayed", "true"))
}

/// Stores a response.
async fn keep(db: &Db, request: &Request, reply: &Reply) -> Result<()> {
    let mut headers = Map::new();
    for (name, value) in &reply.headers {
        headers.insert(name.to_string(), value.to_str().unwrap_or_default().into());
    }
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::internal("an answer is not text"))
    };
    let body = if reply.secret || request.tenant.is_none() {
        let sealed = secrets::keys().await?.seal(&request.place(), &reply.body)?;
        headers.insert(KEY_ID.to_owned(), sealed.key_id.into());
        sealed.text
    } else {
        text(&reply.body)?
    };
    let hash = match request.tenant {
        Some(_) => request.hash.clone(),
        None => secrets::keys().await?.seal(&request.place_of_hash(), request.hash.as_bytes())?.text,
    };
    // One that is older than promised may still be there.
    store::delete(db, request.key()).await?;
    let answer = NewAnswer {
        tenant_id: request.tenant,
        principal_id: request.principal,
        route: request.route,
        key: &request.key,
        request_hash: hash,
        status: i32::from(reply.status.as_u16()),
        headers: Value::Object(headers),
        body,
    };
    let kept = store::insert(db, answer).await;
    // Only if the first one committed between our look and our lock.
    kept.map(drop).map_err(on_constraint("idempotency_record_once", still_running))
}

fn unreadable() -> Error {
    Error::internal("a stored answer is not readable")
}

fn still_running() -> Error {
    Error::conflict(
        "idempotency_in_progress",
        "the first request with this Idempotency-Key is still in progress",
    )
}
