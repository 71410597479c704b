//! Background work of sign-ins and secrets. Of all workers, this one alone is given the keys that encrypt.

mod entry;
mod mail;
mod password_reset;
mod prune;
mod reencrypt;
mod rotate_keys;
mod session_mark;
mod sign_in_failed;

use fundrail_platform::jobs::{Domain, MailPasswordReset, MarkSessions, RecordFailedSignIn};
use fundrail_worker::{Periodic, Worker, kind, work};

static WORKER: Worker = Worker::new(
    "identity-worker",
    Domain::Identity,
    &[
        kind!(MailPasswordReset, password_reset::run),
        kind!(RecordFailedSignIn, sign_in_failed::run),
        kind!(MarkSessions, session_mark::run),
    ],
    &[
        Periodic { name: "mail.deliver", every: 1, work: work!(mail::deliver) },
        Periodic { name: "secrets.reencrypt", every: 60, work: work!(reencrypt::run) },
        Periodic { name: "signing_keys.rotate", every: 600, work: work!(rotate_keys::run) },
        Periodic { name: "identity.prune", every: 300, work: work!(prune::run) },
    ],
);
