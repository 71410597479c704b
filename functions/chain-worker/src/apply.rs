//! `chain.apply`: folds what has arrived from chains into escrows and their ledgers.
//!
//! What is pending is taken in batches and sorted by escrow; each escrow is folded anew from all of its logs, in a
//! transaction of its own that also takes the logs off the pending ones. Doing it twice changes nothing. A log that is
//! about no known escrow stays where it is kept, and is applied when a factory's log makes its contract one.

use std::{collections::BTreeMap, time::Instant};

use alloy_primitives::{Address, B256};
use fundrail_domain::escrow::{self, ledger};
use fundrail_platform::{
    Error, Result,
    db::Db,
    jobs::{ApplyChainEvents, Domain},
    log::{self, Level},
    random,
};
use fundrail_store::chain::{
    folding,
    pending::{self, Pending},
};

use fundrail_worker::{Task, Tick};

/// Logs taken at once.
const BATCH: i32 = 200;

/// Applies what is pending until nothing is left, or the run ends. An escrow that cannot be folded stops no other: its
/// logs stay pending and are due again later.
///
/// # Errors
/// When Postgres is away.
pub(crate) async fn run(task: &Task<'_>, _: ApplyChainEvents) -> Result<()> {
    while Instant::now() < task.until {
        let taken = pending::take_pending(task.db, BATCH).await?;
        if taken.is_empty() {
            break;
        }
        let (subjects, about_none) = by_subject(taken);
        pending::drop_pending(task.db, &about_none).await?;
        for ((chain_id, address), about) in subjects {
            match apply(task.db, chain_id, address, &about).await {
                Ok(()) => {}
                Err(error @ Error::Unavailable { .. }) => return Err(error),
                Err(error) => log_failure(chain_id, address, &error),
            }
        }
    }
    Ok(())
}

type BySubject = BTreeMap<(i64, Address), Vec<Pending>>;

fn by_subject(taken: Vec<Pending>) -> (BySubject, Vec<Pending>) {
    let mut subjects = BySubject::new();
    let mut about_none = Vec::new();
    for log in taken {
        match log.subject {
            Some(address) => subjects.entry((log.chain_id, address)).or_default().push(log),
            None => about_none.push(log),
        }
    }
    (subjects, about_none)
}

async fn apply(db: &Db, chain_id: i64, address: Address, about: &[Pending]) -> Result<()> {
    db.transaction(async |db| {
        // Holds the escrow until the end of the transaction.
        let records = folding::records(db, chain_id, address).await?;
        let folded = escrow::fold(address, &records);
        if !folded.all_applied() {
            let before = folding::final_events(db, chain_id, address).await?;
            let before: Vec<_> = before.iter().map(|event| (event.block_hash, event.log_index)).collect();
            for (block, index) in folded.taken_back(&before) {
                log_taken_back(chain_id, address, block, index);
            }
        }
        let standing = folding::standing(db, chain_id, address).await?;
        let changes = ledger::reconcile(standing, folded.entries.clone());
        let new = random::new_id();
        folding::keep(db, new, (chain_id, address), &folded, &changes).await?;
        pending::drop_pending(db, about).await
    })
    .await
}

/// What was shown as final should never be taken back. Where it is, somebody may have acted on it.
fn log_taken_back(chain_id: i64, address: Address, block: B256, log_index: i64) {
    log::line(
        Level::Error,
        "an event that was final has been taken back",
        &[
            ("function", crate::WORKER.name.into()),
            ("chain_id", chain_id.into()),
            ("address", format!("{address:#x}").into()),
            ("block_hash", block.to_string().into()),
            ("log_index", log_index.into()),
        ],
    );
}

fn log_failure(chain_id: i64, address: Address, error: &Error) {
    log::line(
        Level::Error,
        "an escrow could not be folded",
        &[
            ("function", crate::WORKER.name.into()),
            ("chain_id", chain_id.into()),
            ("address", format!("{address:#x}").into()),
            ("context", error.context().map_or_else(|| error.to_string(), str::to_owned).into()),
        ],
    );
}

/// Queues a job for what has been left behind: its job was lost, or has been given up. Says so when even that does not help.
pub(crate) async fn sweep(tick: &Tick<'_>) -> Result<()> {
    if pending::sweep(tick.db, random::new_id()).await? {
        tick.db.wake_workers(Domain::Chain).await;
    }
    let given_up = pending::given_up(tick.db).await?;
    if given_up > 0 {
        log::line(
            Level::Error,
            "chain events could not be applied and were given up",
            &[("function", crate::WORKER.name.into()), ("events", given_up.into())],
        );
    }
    Ok(())
}
