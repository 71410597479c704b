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
    /// An event that is to be recorded.
    #[derive(Debug, Clone)]
    pub struct NewEvent<'a> {
        /// Whose trail it goes into.
        pub tenant_id: TenantId,
        /// Its id.
        pub id: Uuid,
        /// `user`, `api_key` or `system`.
        pub actor_kind: &'a str,
        /// Which user or key.
        pub actor_id: Option<Uuid>,
        /// What was done.
        pub action: &'a str,
        /// To what kind of thing.
        pub subject_kind: &'a str,
        /// To which.
        pub subject_id: &'a str,
        /// Canonical JSON: hashes are taken over these very bytes.
        pub detail: String,
        /// In which request.
        pub request_id: Option<&'a str>,
        /// From where.
        pub client_address: Option<&'a str>,
    }

    /// Which events of a trail are asked for.
    #[derive(Debug, Clone)]
    pub struct EventFilter {
        /// Those of one action.
        pub action: Option<String>,
        /// Those of one kind of subject.
        pub subject_kind: Option<String>,
        /// Those of one subject.
        pub subject_id: Option<String>,
        /// Those of one user or key.
        pub actor_id: Option<Uuid>,
        /// From then on.
        pub from: Option<DateTime<Utc>>,
        /// Before then.
        pub to: Option<DateTime<Utc>>,
    }
}

rows! {
    /// An event, with its place in the chain.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// Its id.
        pub id: Uuid,
        /// When it was recorded.
        pub occurred_at: DateTime<Utc>,
        /// `user`, `api_key` or `system`.
        pub actor_kind: String,
        /// Which user or key.
        pub actor_id: Option<Uuid>,
        /// What was done.
        pub action: String,
        /// To what kind of thing.
        pub subject_kind: String,
        /// To which.
        pub subject_id: String,
        /// What changed.
        pub detail: Json<Value>,
        /// In which request.
        pub request_id: Option<String>,
        /// From where.
        pub client_address: Option<String>,
        /// Its place in the chain; none while it waits for its seal.
        pub position: Option<i64>,
    }

    /// What a change of an investor has changed, encrypted.
    pub struct SealedChange {
        /// The change, as an event names it.
        pub id: Uuid,
        /// The ciphertext.
        pub secret_sealed: String,
        /// By which key it is encrypted.
        pub secret_key_id: String,
    }

    /// How a chain stands.
    #[derive(Debug, Clone)]
    pub struct Standing {
        /// Where it is known to end; none where nothing says so.
        pub position: Option<i64>,
        /// Its chain hash there.
        pub chain_hash: Option<String>,
        /// Position of the last seal; 0 without any.
        pub last: i64,
        /// Events that wait for their seal.
        pub waiting: i64,
        /// Whether the trail has the event that every trail begins with.
        pub registered: bool,
    }

    /// The fields of an event, in the order in which they are hashed.
    #[derive(Debug, Clone)]
    pub struct EventFields {
        /// Whose trail it is in.
        pub tenant_id: String,
        /// Its id.
        pub id: String,
        /// When it was recorded.
        pub occurred_at: String,
        /// Who did it: what kind.
        pub actor_kind: String,
        /// Which user or key.
        pub actor_id: Option<String>,
        /// What was done.
        pub action: String,
        /// To what kind of thing.
        pub subject_kind: String,
        /// To which.
        pub subject_id: String,
        /// What changed.
        pub detail: String,
        /// In which request.
        pub request_id: Option<String>,
        /// From where.
        pub client_address: Option<String>,
    }

    /// A seal, and the fields of its event as they are now; all of them are null when it is gone.
    #[derive(Debug, Clone)]
    pub struct SealWithEvent {
        /// Counts from 1.
        pub position: i64,
        /// Which event it seals.
        pub event_id: String,
        /// The hash of the event.
        pub event_hash: String,
        /// The hash of the chain.
        pub chain_hash: String,
        /// Whose trail the event is in.
        pub tenant_id: Option<String>,
        /// Its id.
        pub id: Option<String>,
        /// When it was recorded.
        pub occurred_at: Option<String>,
        /// Who did it: what kind.
        pub actor_kind: Option<String>,
        /// Which user or key.
        pub actor_id: Option<String>,
        /// What was done.
        pub action: Option<String>,
        /// To what kind of thing.
        pub subject_kind: Option<String>,
        /// To which.
        pub subject_id: Option<String>,
        /// What changed.
        pub detail: Option<String>,
        /// In which request.
        pub request_id: Option<String>,
        /// From where.
        pub client_address: Option<String>,
    }

    /// What became of the waiting events of a tenant.
    #[derive(Debug, Clone)]
    pub struct SealedTrail {
        /// Whose trail it is.
        pub tenant_id: TenantId,
        /// How many events were sealed.
        pub sealed: i32,
        /// Why none could be.
        pub problem: Option<String>,
    }
}

impl Standing {
    /// Where the chain is known to end.
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

    /// Sealed events of the tenant in the order of the chain, behind a place in it.
    all sealed_events(after: i64, limit: i64) { filter: EventFilter } -> Event;

    /// What changes of investors of the tenant have changed.
    all changes(ids: Vec<Uuid>) -> SealedChange;

    /// How the chain of the tenant stands.
    one standing() -> Standing;

    /// The chain hash of one seal.
    optional seal_hash(position: i64) -> String;

    /// Seals behind a position, in their order, with what their events say now.
    all seals(after: i64, limit: i64) -> SealWithEvent;

    /// Events that have no seal and wait for none, in the order in which they happened.
    all unsealed_events(limit: i64) -> EventFields;

    /// The ids of events that wait for their seal, and are gone.
    all waiting_in_vain(limit: i64) -> String;

    /// Seals at most so many waiting events, tenant by tenant.
    all seal_pending(wanted: i32) -> SealedTrail;
}
