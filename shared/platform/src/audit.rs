//! The audit trail: one row for every change, in the transaction of the change.

use fundrail_domain::{
    Result,
    ids::{ApiKeyId, TenantId, UserId},
};
use fundrail_store::audit::{self as store, NewEvent};
use serde_json::Value;

use crate::{db::Db, random};

/// The actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// Fundrail itself.
    System,
}

/// What happened. `detail` contains no secrets and no more personal data than the change itself.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// The tenant whose trail it belongs to.
    pub tenant: TenantId,
    /// The actor.
    pub actor: Actor,
    /// The action, e.g. `investor.created`.
    pub action: &'static str,
    /// Kind of object that it happened to, e.g. `investor`.
    pub subject_kind: &'static str,
    /// Id of that object.
    pub subject_id: String,
    /// What changed. Stored as canonical JSON: keys sorted, no white space, decimals as strings.
    pub detail: Value,
    /// Id of the request.
    pub request_id: Option<&'a str>,
    /// Client address of the request.
    pub client_address: Option<&'a str>,
}

/// Records what happened. The connection must act for the same tenant.
pub async fn record(db: &Db, event: Event<'_>) -> Result<()> {
    let (actor_kind, actor_id) = match event.actor {
        Actor::User(UserId(id)) => ("user", Some(id)),
        Actor::ApiKey(ApiKeyId(id)) => ("api_key", Some(id)),
        Actor::System => ("system", None),
    };
    let recorded = NewEvent {
        tenant_id: event.tenant,
        id: random::new_id(),
        actor_kind,
        actor_id,
        action: event.action,
        subject_kind: event.subject_kind,
        subject_id: &event.subject_id,
        // serde_json keeps objects sorted by key, so its compact form is canonical for what we put in.
        detail: event.detail.to_string(),
        request_id: event.request_id,
        client_address: event.client_address,
    };
    store::insert_event(db, recorded).await.map(drop)
}
