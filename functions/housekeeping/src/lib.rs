//! What keeps the house: seals audit trails, drops cached values, prunes, and reports the jobs of all domains that were given up.

mod audit_seal;
mod cache_drop;
mod dead_letters;
mod entry;
mod prune;

use fundrail_platform::jobs::{Domain, DropCached};
use fundrail_worker::{Periodic, Worker, kind, work};

static WORKER: Worker = Worker::new(
    "housekeeping",
    Domain::Housekeeping,
    &[kind!(DropCached, cache_drop::run)],
    &[
        Periodic { name: "audit.seal", every: 1, work: work!(audit_seal::run) },
        Periodic { name: "dead_letters", every: 60, work: work!(dead_letters::run) },
        Periodic { name: "prune", every: 300, work: work!(prune::run) },
    ],
);
