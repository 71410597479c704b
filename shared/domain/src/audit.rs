//! The hash chain of the audit trail, as seen by a verifier.
//!
//! Each seal holds the hash of its event and the hash of the chain up to it: `sha256(previous chain hash : position : event
//! hash)`. The database computes them; they are recomputed here from the rows as they are now. [`Walk`] follows a chain.

mod walk;

#[cfg(test)]
mod tests;

pub use walk::Walk;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// An event as it is stored. Its fields are hashed in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Tenant, id, time, kind of actor, actor, action, kind of subject, subject, detail, request, address.
    pub fields: [Option<String>; 11],
}

impl Event {
    /// The id.
    pub fn id(&self) -> Option<&str> {
        let [_, id, ..] = &self.fields;
        id.as_deref()
    }
}

/// A seal, together with its event, if that still exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Position, counted from 1.
    pub position: i64,
    /// Id of the event that it seals.
    pub event_id: String,
    /// SHA-256 of the event in hexadecimal; a hyphen for an event deleted before it could be sealed.
    pub event_hash: String,
    /// SHA-256 of the chain in hexadecimal.
    pub chain_hash: String,
    /// The event.
    pub event: Option<Event>,
}

/// The known end of a chain. Every tenant has one from its registration on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Position of the last seal; 0 before the first.
    pub position: i64,
    /// Its chain hash; empty before the first.
    pub chain_hash: String,
}

/// Kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Damage {
    /// The event differs from what was sealed.
    EventTampered,
    /// The event is missing, whether it was deleted before or after it was sealed. Without position and event: the registration
    /// of the tenant, which every trail must contain, is missing.
    EventMissing,
    /// The event exists, but is neither sealed nor waiting to be.
    EventUnsealed,
    /// The seal is missing: its position is skipped.
    SealMissing,
    /// The event matches its seal, but the chain up to here does not: seals were changed or reordered.
    OrderTampered,
    /// The chain ends before this position, although it is known to reach it.
    ChainCutOff,
    /// There is no longer any record of where the chain ends.
    HeadMissing,
    /// The chain continues beyond its known end: the record of its end was changed.
    HeadTampered,
}

/// A single finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub damage: Damage,
    /// Position in the chain; `None` if it has no position there.
    pub position: Option<i64>,
    /// The event, if one is named there.
    pub event_id: Option<String>,
}

/// Hash of an event: each field as its length in bytes, a colon and its value, or a hyphen if absent.
pub fn event_hash(event: &Event) -> String {
    let mut digest = Sha256::new();
    for field in &event.fields {
        match field {
            Some(text) => digest.update(format!("{}:{text}", text.len())),
            None => digest.update("-"),
        }
    }
    hex::encode(digest.finalize())
}

/// Hash of a chain that ends with this event.
pub fn chain_hash(previous: &str, position: i64, event_hash: &str) -> String {
    hex::encode(Sha256::digest(format!("{previous}:{position}:{event_hash}")))
}
