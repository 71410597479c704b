//! What this worker can do: one line a kind, one file a handler.

use fundrail_platform::sessions;

use crate::{
    audit_seal, cache_drop, chain_apply, dead_letters, password_reset, prune, reencrypt, rotate_keys,
    session_mark, sign_in_failed,
    task::{Kind, Periodic, work},
};

/// Kinds of jobs, claimed in the order of their `run_at`.
pub(crate) static KINDS: &[Kind] = &[
    Kind { name: "auth.password_reset", work: work!(password_reset::run) },
    Kind { name: "auth.sign_in_failed", work: work!(sign_in_failed::run) },
    Kind { name: "cache.drop", work: work!(cache_drop::run) },
    Kind { name: "chain.apply", work: work!(chain_apply::run) },
    Kind { name: sessions::MARK_JOB, work: work!(session_mark::run) },
];

/// What is done every so often.
pub(crate) static PERIODIC: &[Periodic] = &[
    Periodic { name: "audit.seal", every: 1, work: work!(audit_seal::run) },
    Periodic { name: "chain.sweep", every: 2, work: work!(chain_apply::sweep) },
    Periodic { name: "dead_letters", every: 60, work: work!(dead_letters::run) },
    Periodic { name: "prune", every: 300, work: work!(prune::run) },
    Periodic { name: "secrets.reencrypt", every: 60, work: work!(reencrypt::run) },
    Periodic { name: "signing_keys.rotate", every: 600, work: work!(rotate_keys::run) },
];
