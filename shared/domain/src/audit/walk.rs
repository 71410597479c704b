//! A verification in progress along a chain.

use super::{Damage, Event, Finding, Head, Seal, chain_hash, event_hash};

/// Follows a chain, seal by seal, and collects what does not fit.
///
/// After damage, the chain is resumed from what the seals there say, so that one case of damage is one finding.
#[derive(Debug)]
pub struct Walk {
    position: i64,
    /// Chain hashes that the next seal may follow: what the previous seal says and, where that does not fit, first what it should
    /// say. None if the link cannot be checked: after a gap, which has been reported.
    links: Vec<String>,
    /// Values of seals that do not fit: each may be correct for another position.
    displaced: Vec<String>,
    gaps: Vec<Gap>,
    findings: Vec<Finding>,
    most: usize,
}

/// Positions without seals, and what the events that were there must produce.
#[derive(Debug)]
struct Gap {
    first: i64,
    last: i64,
    before: Vec<String>,
    closing: Closing,
}

#[derive(Debug)]
enum Closing {
    Seal { event_hash: String, chain_hash: String },
    Head { chain_hash: String },
}

impl Walk {
    /// Starts at the beginning of a chain, for at most `most` findings.
    pub fn new(most: usize) -> Self {
        Self::behind(0, Some(String::new()), most)
    }

    /// Starts after a position; `chain_hash` is what the seal there says, if there is one.
    pub fn behind(position: i64, chain_hash: Option<String>, most: usize) -> Self {
        let links = chain_hash.into_iter().collect();
        Self { position, links, displaced: Vec::new(), gaps: Vec::new(), findings: Vec::new(), most }
    }

    /// The last position checked.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Whether there is no room for another finding.
    pub fn is_full(&self) -> bool {
        self.findings.len() >= self.most
    }

    /// Whether positions without seals were found.
    pub fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// The findings: first those with a position, in the order of the chain.
    pub fn findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Whether there are no findings.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Verifies the following seals, in the order of their positions, until there is no more room.
    pub fn verify(&mut self, seals: &[Seal]) {
        for seal in seals {
            let closing =
                || Closing::Seal { event_hash: seal.event_hash.clone(), chain_hash: seal.chain_hash.clone() };
            let told = self.skip(Damage::SealMissing, seal.position.saturating_sub(1), closing);
            if told > self.position {
                self.position = told;
                self.links.clear();
            }
            if self.is_full() {
                return;
            }
            self.step(seal, seals);
        }
    }

    /// Compares the end that was reached with the known one. Returns the position up to which everything has been reported: less
    /// than the known one if there is no more room.
    pub fn end(&mut self, known: Option<&Head>) -> i64 {
        let Some(known) = known else {
            self.find(Damage::HeadMissing, None, None);
            return self.position;
        };
        if known.position > self.position {
            let closing = || Closing::Head { chain_hash: known.chain_hash.clone() };
            return self.skip(Damage::ChainCutOff, known.position, closing);
        }
        let fits = self.links.is_empty() || self.ends().any(|end| *end == known.chain_hash);
        if known.position < self.position || (self.position == 0 && !fits) {
            self.find(Damage::HeadTampered, Some(self.position), None);
        } else if !fits && self.findings.last().is_none_or(|last| last.position != Some(self.position)) {
            self.find(Damage::OrderTampered, Some(self.position), None);
        }
        self.position
    }

    /// Names events without a seal in the gaps where they are proven to have been; `events` are in the order in which they
    /// happened. Returns the rest.
    pub fn place(&mut self, events: Vec<Event>) -> Vec<Event> {
        let mut strays: Vec<(String, Event)> =
            events.into_iter().map(|event| (event_hash(&event), event)).collect();
        for gap in &self.gaps {
            let Some((start, length)) = gap.find(&strays) else { continue };
            for (position, (_, event)) in (gap.first..).zip(strays.drain(start..start + length)) {
                let finding = self.findings.iter_mut().find(|finding| finding.position == Some(position));
                if let Some(finding) = finding {
                    finding.event_id = event.id().map(str::to_owned);
                }
            }
        }
        strays.into_iter().map(|(_, event)| event).collect()
    }

    /// Adds a finding, if there is room.
    pub fn find(&mut self, damage: Damage, position: Option<i64>, event_id: Option<String>) {
        if !self.is_full() {
            self.findings.push(Finding { damage, position, event_id });
        }
    }

    /// Reports each position up to `last`, while there is room; returns the last one reported.
    fn skip(&mut self, damage: Damage, last: i64, closing: impl FnOnce() -> Closing) -> i64 {
        let mut told = self.position;
        while told < last && !self.is_full() {
            told += 1;
            self.find(damage, Some(told), None);
        }
        if self.position < last && told == last {
            let (first, before) = (self.position + 1, self.ends().cloned().collect());
            self.gaps.push(Gap { first, last, before, closing: closing() });
        }
        told
    }

    /// What the chain may be up to here. After a seal that does not fit, this may be the value of a displaced one.
    fn ends(&self) -> impl Iterator<Item = &String> {
        let displaced = if self.links.len() > 1 { self.displaced.as_slice() } else { &[] };
        self.links.iter().chain(displaced)
    }

    fn step(&mut self, seal: &Seal, in_view: &[Seal]) {
        let follows =
            |before: &String| chain_hash(before, seal.position, &seal.event_hash) == seal.chain_hash;
        let fits = self.links.is_empty()
            || self.ends().any(follows)
            || (self.links.len() > 1 && in_view.iter().any(|other| follows(&other.chain_hash)));
        let now = seal.event.as_ref().map(event_hash);
        let damage = match &now {
            None => Some(Damage::EventMissing),
            Some(now) if *now != seal.event_hash => Some(Damage::EventTampered),
            Some(_) => (!fits).then_some(Damage::OrderTampered),
        };
        if let Some(damage) = damage {
            self.find(damage, Some(seal.position), Some(seal.event_id.clone()));
        }
        let sound = self.links.first().filter(|_| !fits);
        let sound =
            sound.map(|link| chain_hash(link, seal.position, now.as_ref().unwrap_or(&seal.event_hash)));
        if !fits {
            self.displaced.push(seal.chain_hash.clone());
        }
        self.links = sound.into_iter().chain([seal.chain_hash.clone()]).collect();
        self.position = seal.position;
    }
}

impl Gap {
    /// Which consecutive events complete the chain: the index of the first one, and how many.
    fn find(&self, strays: &[(String, Event)]) -> Option<(usize, usize)> {
        let length = usize::try_from(self.last - self.first).ok()? + 1;
        strays.windows(length).position(|events| self.closes(events)).map(|start| (start, length))
    }

    fn closes(&self, events: &[(String, Event)]) -> bool {
        self.before.iter().any(|before| {
            let reached = (self.first..)
                .zip(events)
                .fold(before.clone(), |chain, (position, (hash, _))| chain_hash(&chain, position, hash));
            match &self.closing {
                Closing::Head { chain_hash } => reached == *chain_hash,
                Closing::Seal { event_hash, chain_hash: said } => {
                    chain_hash(&reached, self.last + 1, event_hash) == *said
                }
            }
        })
    }
}
