//! Folds what chains report into escrows and their ledgers, in the background.

mod apply;
mod entry;

use fundrail_platform::jobs::{ApplyChainEvents, Domain};
use fundrail_worker::{Periodic, Worker, kind, work};

static WORKER: Worker = Worker::new(
    "chain-worker",
    Domain::Chain,
    &[kind!(ApplyChainEvents, apply::run)],
    &[Periodic { name: "chain.sweep", every: 2, work: work!(apply::sweep) }],
);
