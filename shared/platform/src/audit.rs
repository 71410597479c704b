//! The audit trail: one row for every change, in the transaction of the change.

use fundrail_domain::{Result, ids::TenantId};
use fundrail_store::audit::{self as store, NewEvent};
use serde_json::Value;
use uuid::Uuid;

use crate::{db::Db, random};

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(Uuid),
    /// A machine.
    ApiKey(Uuid),
    /// Fundrail itself.
    System,
}

/// What happened. `detail` holds no secret and no more personal data than the change itself.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Whose trail it goes into.
    pub tenant: Uuid,
    /// Who did it.
    pub actor: Actor,
    /// What, e.g. `investor.created`.
    pub action: &'static str,
    /// To what kind of thing, e.g. `investor`.
    pub subject_kind: &'static str,
    /// To which.
    pub subject_id: String,
    /// What changed. Kept as canonical JSON: keys sorted, no white space, decimals as strings.
    pub detail: Value,
    /// In which request.
    pub request_id: Option<&'a str>,
    /// From where.
    pub client_address: Option<&'a str>,
}

/// Records what happened. The connection has to act for the same tenant.
pub async fn record(db: &Db, event: Event<'_>) -> Result<()> {
    let (actor_kind, actor_id) = match event.actor {
        Actor::User(id) => ("user", Some(id)),
        Actor::ApiKey(id) => ("api_key", Some(id)),
        Actor::System => ("system", None),
    };
    let recorded = NewEvent {
        tenant_id: TenantId(event.tenant),
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
