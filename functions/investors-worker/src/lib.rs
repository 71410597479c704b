//! Background work about investors.

mod entry;
mod kyc_expire;

use fundrail_platform::jobs::Domain;
use fundrail_worker::{Periodic, Worker, work};

static WORKER: Worker = Worker::new(
    "investors-worker",
    Domain::Investors,
    &[],
    &[Periodic { name: "kyc.expire", every: 15, work: work!(kyc_expire::run) }],
);
