//! What this worker can do: one line a kind, one file a handler.

use crate::{
    cache_drop, chain_apply, dead_letters, prune,
    task::{Kind, Periodic, work},
};

/// Kinds of jobs, claimed in the order of their `run_at`.
pub(crate) static KINDS: &[Kind] = &[
    Kind { name: "cache.drop", work: work!(cache_drop::run) },
    Kind { name: "chain.apply", work: work!(chain_apply::run) },
];

/// What is done every so often.
pub(crate) static PERIODIC: &[Periodic] = &[
    Periodic { name: "chain.sweep", every: 2, work: work!(chain_apply::sweep) },
    Periodic { name: "dead_letters", every: 60, work: work!(dead_letters::run) },
    Periodic { name: "prune", every: 300, work: work!(prune::run) },
];
