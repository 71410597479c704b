//! What follows a commit: dropping cached values, marking sessions, waking workers.
//!
//! Each of these is written as a job in the transaction that causes it, so that it cannot be lost, and is also done right after
//! the outermost commit, so that whoever has read the response encounters nothing older. The latter is best effort: if Redis is
//! unavailable, the job does it. Nothing happens before the commit: a reader in between would load what the transaction is about
//! to change, and keep it.

use std::collections::BTreeSet;

use crate::{
    Result,
    cache::{self, Key},
    db::Db,
    jobs::{self, Domain, DropCached, Job, MarkSessions},
    records::{self, Mark},
};

/// Something to be done once everything is committed.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Drop(String),
    Mark(String, Mark),
    Wake(Domain),
    Call(fn()),
}

impl Db {
    /// Queues work and wakes the worker of its domain.
    pub async fn enqueue<J: Job>(&self, job: &J) -> Result<()> {
        jobs::insert(self, job).await?;
        self.follow(Effect::Wake(J::DOMAIN)).await;
        Ok(())
    }

    /// Wakes the worker of a domain for what a database function has queued.
    pub async fn wake_workers(&self, domain: Domain) {
        self.follow(Effect::Wake(domain)).await;
    }

    /// Leaves marks in place of the records of sessions or API keys that have ended or changed.
    pub async fn mark(&self, keys: &[String], mark: Mark) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let job = MarkSessions { keys: keys.to_vec(), revoked: mark == Mark::Revoked };
        jobs::insert(self, &job).await?;
        self.mark_also_now(keys, mark).await;
        Ok(())
    }

    /// The same for marks whose job a database function has queued.
    pub async fn mark_also_now(&self, keys: &[String], mark: Mark) {
        for key in keys {
            self.note(Effect::Mark(key.clone(), mark));
        }
        self.settle().await;
    }

    /// Drops cached values that a write makes stale.
    pub async fn drop_cached(&self, keys: &[Key]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = keys.iter().map(|key| key.as_str().to_owned()).collect();
        jobs::insert(self, &DropCached { keys: keys.clone() }).await?;
        for key in keys {
            self.note(Effect::Drop(key));
        }
        self.settle().await;
        Ok(())
    }

    /// Makes this instance forget what it keeps itself.
    pub async fn call_after_commit(&self, forget: fn()) {
        self.follow(Effect::Call(forget)).await;
    }

    async fn follow(&self, effect: Effect) {
        self.note(effect);
        self.settle().await;
    }
}

/// Does what a committed transaction has caused.
pub(crate) async fn carry_out(effects: Vec<Effect>) {
    let (mut dropped, mut revoked, mut changed, mut woken) =
        (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for effect in effects {
        match effect {
            Effect::Drop(key) => dropped.push(key),
            Effect::Mark(key, Mark::Revoked) => revoked.push(key),
            Effect::Mark(key, Mark::Changed) => changed.push(key),
            Effect::Wake(domain) => {
                woken.insert(domain);
            }
            Effect::Call(forget) => forget(),
        }
    }
    let _ = cache::drop_keys(&dropped).await;
    let _ = records::mark(&revoked, Mark::Revoked).await;
    let _ = records::mark(&changed, Mark::Changed).await;
    for domain in woken {
        jobs::wake(domain).await;
    }
}
