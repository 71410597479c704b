//! What this worker can do: one line a kind, one file a handler.

use fundrail_platform::jobs::{
    ApplyChainEvents, DropCached, MailPasswordReset, MarkSessions, RecordFailedSignIn,
};

use crate::{
    audit_seal, cache_drop, chain_apply, dead_letters, kyc_expire, mail, password_reset, prune, reencrypt,
    rotate_keys, session_mark, sign_in_failed,
    task::{Kind, Periodic, kind, work},
};

/// Kinds of jobs, claimed in the order of their `run_at`.
pub(crate) static KINDS: &[Kind] = &[
    kind!(MailPasswordReset, password_reset::run),
    kind!(RecordFailedSignIn, sign_in_failed::run),
    kind!(DropCached, cache_drop::run),
    kind!(ApplyChainEvents, chain_apply::run),
    kind!(MarkSessions, session_mark::run),
];

/// What is done every so often.
pub(crate) static PERIODIC: &[Periodic] = &[
    Periodic { name: "audit.seal", every: 1, work: work!(audit_seal::run) },
    Periodic { name: "chain.sweep", every: 2, work: work!(chain_apply::sweep) },
    Periodic { name: "dead_letters", every: 60, work: work!(dead_letters::run) },
    Periodic { name: "kyc.expire", every: 15, work: work!(kyc_expire::run) },
    Periodic { name: "mail.deliver", every: 1, work: work!(mail::deliver) },
    Periodic { name: "prune", every: 300, work: work!(prune::run) },
    Periodic { name: "secrets.reencrypt", every: 60, work: work!(reencrypt::run) },
    Periodic { name: "signing_keys.rotate", every: 600, work: work!(rotate_keys::run) },
];
