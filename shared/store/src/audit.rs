//! The audit trail: its events, the seals that chain them, and the values of what was changed.

use chrono::{DateTime, Utc};
use fundrail_domain::{
    audit::{Event as HashedEvent, Head, Seal},
    ids::TenantId,
};
use serde_json::Value;
use uuid::Uuid;

use crate::Json;

parameters! {
    /// An event to be recorded.
    #[derive(Debug, Clone)]
    pub struct NewEvent<'a> {
        /// The tenant whose trail it belongs to.
        pub tenant_id: TenantId,
        /// The id.
        pub id: Uuid,
        /// `user`, `api_key` or `system`.
        pub actor_kind: &'a str,
        /// Id of the user or key.
        pub actor_id: Option<Uuid>,
        /// What was done.
        pub action: &'a str,
        /// Kind of object that it happened to.
        pub subject_kind: &'a str,
        /// Id of that object.
        pub subject_id: &'a str,
        /// Canonical JSON: hashes are computed over these very bytes.
        pub detail: String,
        /// Id of the request.
        pub request_id: Option<&'a str>,
        /// Client address of the request.
        pub client_address: Option<&'a str>,
    }

    /// Filter for the events of a trail.
    #[derive(Debug, Clone)]
    pub struct EventFilter {
        /// Only events with this action.
        pub action: Option<String>,
        /// Only events on this kind of subject.
        pub subject_kind: Option<String>,
        /// Only events on this subject.
        pub subject_id: Option<String>,
        /// Only events by this user or key.
        pub actor_id: Option<Uuid>,
        /// Only events at or after this time.
        pub from: Option<DateTime<Utc>>,
        /// Only events before this time.
        pub to: Option<DateTime<Utc>>,
    }
}

rows! {
    /// An event, with its position in the chain.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// The id.
        pub id: Uuid,
        /// When it was recorded.
        pub occurred_at: DateTime<Utc>,
        /// `user`, `api_key` or `system`.
        pub actor_kind: String,
        /// Id of the user or key.
        pub actor_id: Option<Uuid>,
        /// What was done.
        pub action: String,
        /// Kind of object that it happened to.
        pub subject_kind: String,
        /// Id of that object.
        pub subject_id: String,
        /// What changed.
        pub detail: Json<Value>,
        /// Id of the request.
        pub request_id: Option<String>,
        /// Client address of the request.
        pub client_address: Option<String>,
        /// Its position in the chain; none while it waits for its seal.
        pub position: Option<i64>,
    }

    /// The encrypted values of a change of an investor.
    pub struct SealedChange {
        /// Id of the change, as named by an event.
        pub id: Uuid,
        /// The ciphertext.
        pub secret_sealed: String,
        /// Id of the key that encrypts it.
        pub secret_key_id: String,
    }

    /// State of a chain.
    #[derive(Debug, Clone)]
    pub struct Standing {
        /// The known end; none if there is no record of it.
        pub position: Option<i64>,
        /// The chain hash there.
        pub chain_hash: Option<String>,
        /// Position of the last seal; 0 without any.
        pub last: i64,
        /// Number of events waiting for their seal.
        pub waiting: i64,
        /// Whether the trail contains the event that every trail begins with.
        pub registered: bool,
    }

    /// The fields of an event, in the order in which they are hashed.
    #[derive(Debug, Clone)]
    pub struct EventFields {
        /// The tenant whose trail it is in.
        pub tenant_id: String,
        /// The id.
        pub id: String,
        /// When it was recorded.
        pub occurred_at: String,
        /// Kind of actor.
        pub actor_kind: String,
        /// Id of the user or key.
        pub actor_id: Option<String>,
        /// What was done.
        pub action: String,
        /// Kind of object that it happened to.
        pub subject_kind: String,
        /// Id of that object.
        pub subject_id: String,
        /// What changed.
        pub detail: String,
        /// Id of the request.
        pub request_id: Option<String>,
        /// Client address of the request.
        pub client_address: Option<String>,
    }

    /// A seal, and the present fields of its event; all of them are null if it is gone.
    #[derive(Debug, Clone)]
    pub struct SealWithEvent {
        /// Position, counted from 1.
        pub position: i64,
        /// Id of the event that it seals.
        pub event_id: String,
        /// The hash of the event.
        pub event_hash: String,
        /// The hash of the chain.
        pub chain_hash: String,
        /// The tenant whose trail the event is in.
        pub tenant_id: Option<String>,
        /// The id.
        pub id: Option<String>,
        /// When it was recorded.
        pub occurred_at: Option<String>,
        /// Kind of actor.
        pub actor_kind: Option<String>,
        /// Id of the user or key.
        pub actor_id: Option<String>,
        /// What was done.
        pub action: Option<String>,
        /// Kind of object that it happened to.
        pub subject_kind: Option<String>,
        /// Id of that object.
        pub subject_id: Option<String>,
        /// What changed.
        pub detail: Option<String>,
        /// Id of the request.
        pub request_id: Option<String>,
        /// Client address of the request.
        pub client_address: Option<String>,
    }

    /// Result of sealing the waiting events of a tenant.
    #[derive(Debug, Clone)]
    pub struct SealedTrail {
        /// The tenant.
        pub tenant_id: TenantId,
        /// Number of events sealed.
        pub sealed: i32,
        /// Why none could be sealed.
        pub problem: Option<String>,
    }
}

impl Standing {
    /// The known end of the chain.
    pub fn head(&self) -> Option<Head> {
        let (position, chain_hash) = self.position.zip(self.chain_hash.clone())?;
        Some(Head { position, chain_hash })
    }
}

impl From<EventFields> for HashedEvent {
    fn from(row: EventFields) -> Self {
        Self {
            fields: [
                Some(row.tenant_id),
                Some(row.id),
                Some(row.occurred_at),
                Some(row.actor_kind),
                row.actor_id,
                Some(row.action),
                Some(row.subject_kind),
                Some(row.subject_id),
                Some(row.detail),
                row.request_id,
                row.client_address,
            ],
        }
    }
}

impl From<SealWithEvent> for Seal {
    fn from(row: SealWithEvent) -> Self {
        let present = row.id.is_some();
        let event = HashedEvent {
            fields: [
                row.tenant_id,
                row.id,
                row.occurred_at,
                row.actor_kind,
                row.actor_id,
                row.action,
                row.subject_kind,
                row.subject_id,
                row.detail,
                row.request_id,
                row.client_address,
            ],
        };
        Self {
            position: row.position,
            event_id: row.event_id,
            event_hash: row.event_hash,
            chain_hash: row.chain_hash,
            event: present.then_some(event),
        }
    }
}

statements! { "audit";
    /// Records an event.
    execute insert_event { event: NewEvent<'_> };

    /// Events of the tenant, sealed or not.
    page newest_events { filter: EventFilter } -> Event, by "e.id" ("uuid": Uuid);

    /// Sealed events of the tenant, in the order of the chain, after a position.
    all sealed_events(after: i64, limit: i64) { filter: EventFilter } -> Event;

    /// The changed values in changes of the tenant's investors.
    all changes(ids: Vec<Uuid>) -> SealedChange;

    /// State of the tenant's chain.
    one standing() -> Standing;

    /// The chain hash of one seal.
    optional seal_hash(position: i64) -> String;

    /// Seals after a position, in order, with the present fields of their events.
    all seals(after: i64, limit: i64) -> SealWithEvent;

    /// Events that are neither sealed nor waiting to be, in the order in which they happened.
    all unsealed_events(limit: i64) -> EventFields;

    /// The ids of events that wait for their seal but are gone.
    all waiting_in_vain(limit: i64) -> String;

    /// Seals at most this many waiting events, tenant by tenant.
    all seal_pending(wanted: i32) -> SealedTrail;
}
