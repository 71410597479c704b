//! The hash chain of the audit trail, as a verifier sees it.
//!
//! Each seal holds the hash of its event and the hash of the chain up to it: `sha256(previous chain hash : position : event
//! hash)`. The database makes them; here they are worked out anew from what the rows say now.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// An event as it is stored. Fields are hashed in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Tenant, id, time, kind of actor, actor, action, kind of subject, subject, detail, request, address.
    pub fields: [Option<String>; 11],
}

/// A seal, with the event that it names, if that is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Counts from 1.
    pub position: i64,
    /// Which event it seals.
    pub event_id: String,
    /// SHA-256 of the event, in hexadecimal digits.
    pub event_hash: String,
    /// SHA-256 of the chain, in hexadecimal digits.
    pub chain_hash: String,
    /// The event.
    pub event: Option<Event>,
}

/// Where a chain stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// The event is gone.
    EventMissing,
    /// The seal is gone: its position is skipped.
    SealMissing,
    /// The event is as it was, but the chain up to here is not: seals were changed or put in another order.
    OrderTampered,
    /// The chain ends before the place where it is known to end.
    ChainCutOff,
}

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub damage: Damage,
    /// Where in the chain.
    pub position: i64,
    /// Which event, when one is named there.
    pub event_id: Option<String>,
}

/// Verifies seals in the order of their positions, going on from `head`; answers where the chain stands after them.
///
/// After a damaged place the chain is taken up again from what the seal says, so that one damage is one finding.
pub fn verify(head: Head, seals: &[Seal]) -> (Head, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut head = head;
    for seal in seals {
        for position in head.position + 1..seal.position {
            findings.push(Finding { damage: Damage::SealMissing, position, event_id: None });
        }
        // Behind a gap the link to the seal before cannot be checked: the gap has been reported.
        let linked = head.position + 1 == seal.position;
        if let Some(damage) = damage_of(seal, linked.then_some(head.chain_hash.as_str())) {
            let event_id = Some(seal.event_id.clone());
            findings.push(Finding { damage, position: seal.position, event_id });
        }
        head = Head { position: seal.position, chain_hash: seal.chain_hash.clone() };
    }
    (head, findings)
}

/// Compares the end that was reached with the end that is known.
pub fn verify_end(reached: &Head, known: &Head) -> Option<Finding> {
    let finding = |damage, position| Some(Finding { damage, position, event_id: None });
    if reached.position < known.position {
        return finding(Damage::ChainCutOff, reached.position + 1);
    }
    let differs = reached.position == known.position && reached.chain_hash != known.chain_hash;
    if differs { finding(Damage::OrderTampered, reached.position) } else { None }
}

fn damage_of(seal: &Seal, previous: Option<&str>) -> Option<Damage> {
    let Some(event) = &seal.event else { return Some(Damage::EventMissing) };
    if event_hash(event) != seal.event_hash {
        return Some(Damage::EventTampered);
    }
    let chained = |previous| chain_hash(previous, seal.position, &seal.event_hash);
    previous.is_some_and(|previous| chained(previous) != seal.chain_hash).then_some(Damage::OrderTampered)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Seal> {
        let mut previous = String::new();
        (1..=length)
            .map(|position| {
                let mut fields = [const { None }; 11];
                fields[1] = Some(format!("event-{position}"));
                let event = Event { fields };
                let event_hash = event_hash(&event);
                let chain_hash = chain_hash(&previous, position, &event_hash);
                previous.clone_from(&chain_hash);
                Seal {
                    position,
                    event_id: format!("event-{position}"),
                    event_hash,
                    chain_hash,
                    event: Some(event),
                }
            })
            .collect()
    }

    fn findings(seals: &[Seal]) -> Vec<(Damage, i64)> {
        verify(Head::default(), seals).1.iter().map(|found| (found.damage, found.position)).collect()
    }

    #[test]
    fn a_whole_chain_has_nothing_wrong_in_one_piece_or_in_two() {
        let seals = chain(5);
        let (head, found) = verify(Head::default(), &seals);
        assert!(found.is_empty());
        let (middle, _) = verify(Head::default(), &seals[..2]);
        let (end, found) = verify(middle, &seals[2..]);
        assert!(found.is_empty() && end == head && verify_end(&end, &head).is_none());
    }

    #[test]
    fn a_changed_event_is_named_and_nothing_else() {
        let mut seals = chain(4);
        seals[1].event.as_mut().unwrap().fields[1] = Some("other".to_owned());
        assert_eq!(findings(&seals), [(Damage::EventTampered, 2)]);
        seals[1].event = None;
        assert_eq!(findings(&seals), [(Damage::EventMissing, 2)]);
    }

    #[test]
    fn a_changed_event_with_a_matching_hash_breaks_the_chain() {
        let mut seals = chain(4);
        let mut event = seals[1].event.clone().unwrap();
        event.fields[1] = Some("other".to_owned());
        seals[1].event_hash = event_hash(&event);
        seals[1].event = Some(event);
        assert_eq!(findings(&seals), [(Damage::OrderTampered, 2)]);
    }

    #[test]
    fn missing_and_swapped_seals_are_named() {
        let mut seals = chain(5);
        seals.remove(2);
        assert_eq!(findings(&seals), [(Damage::SealMissing, 3)]);
        let mut seals = chain(4);
        let (second, third) = (seals[1].clone(), seals[2].clone());
        seals[1] = Seal { position: 2, ..third };
        seals[2] = Seal { position: 3, ..second };
        assert_eq!(
            findings(&seals),
            [(Damage::OrderTampered, 2), (Damage::OrderTampered, 3), (Damage::OrderTampered, 4)]
        );
    }

    #[test]
    fn a_chain_that_was_cut_off_is_noticed() {
        let (known, _) = verify(Head::default(), &chain(5));
        let (reached, found) = verify(Head::default(), &chain(3));
        assert!(found.is_empty());
        let finding = verify_end(&reached, &known).unwrap();
        assert_eq!((finding.damage, finding.position), (Damage::ChainCutOff, 4));
    }

    #[test]
    fn fields_cannot_be_moved_from_one_to_another() {
        let hash = |a: &str, b: Option<&str>| {
            let mut fields = [const { None }; 11];
            fields[0] = Some(a.to_owned());
            fields[1] = b.map(str::to_owned);
            event_hash(&Event { fields })
        };
        assert_ne!(hash("ab", Some("")), hash("a", Some("b")));
        assert_ne!(hash("a", None), hash("a", Some("-")));
    }
}
