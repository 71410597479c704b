//! The hash chain of the audit trail, as a verifier sees it.
//!
//! Each seal holds the hash of its event and the hash of the chain up to it: `sha256(previous chain hash : position : event
//! hash)`. The database makes them; here they are worked out anew from what the rows say now. [`Walk`] goes along a chain.

mod walk;

#[cfg(test)]
mod tests;

pub use walk::Walk;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// An event as it is stored. Fields are hashed in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Tenant, id, time, kind of actor, actor, action, kind of subject, subject, detail, request, address.
    pub fields: [Option<String>; 11],
}

impl Event {
    /// Its id.
    pub fn id(&self) -> Option<&str> {
        let [_, id, ..] = &self.fields;
        id.as_deref()
    }
}

/// A seal, with the event that it names, if that is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Counts from 1.
    pub position: i64,
    /// Which event it seals.
    pub event_id: String,
    /// SHA-256 of the event, in hexadecimal digits; a hyphen for one that was gone before it could be sealed.
    pub event_hash: String,
    /// SHA-256 of the chain, in hexadecimal digits.
    pub chain_hash: String,
    /// The event.
    pub event: Option<Event>,
}

/// Where a chain is known to end. Every tenant has one, from its registration on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Position of the last seal; 0 before the first.
    pub position: i64,
    /// Its chain hash; empty before the first.
    pub chain_hash: String,
}

/// What is wrong at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Damage {
    /// The event says something else than when it was sealed.
    EventTampered,
    /// The event is gone, after it was sealed or before. Without position and event: of what there must be in every trail, the
    /// registration of the tenant, there is nothing.
    EventMissing,
    /// The event is there, but neither has it a seal nor does it wait for one.
    EventUnsealed,
    /// The seal is gone: its position is skipped.
    SealMissing,
    /// The event is as it was, but the chain up to here is not: seals were changed or put in another order.
    OrderTampered,
    /// The chain ends before this place, and is known to end behind it or here.
    ChainCutOff,
    /// Nothing says any more where the chain has to end.
    HeadMissing,
    /// The chain goes on behind the place where it is known to end: what says so was changed.
    HeadTampered,
}

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub damage: Damage,
    /// Where in the chain; none for what has no place there.
    pub position: Option<i64>,
    /// Which event, when one is named there.
    pub event_id: Option<String>,
}

/// Hash of an event: each field as its length in bytes, a colon and itself, a hyphen for a missing one.
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
