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
    jobs::ApplyChainEvents,
    log::{self, Level},
    params, random,
};

use crate::{
    chain_queries::{self as queries, Pending},
    task::{Task, Tick},
};

/// Logs taken at once.
const BATCH: i32 = 200;

/// Applies what is pending until nothing is left, or the run ends. An escrow that cannot be folded stops no other: its
/// logs stay pending and are due again later.
///
/// # Errors
/// When Postgres is away.
pub(crate) async fn run(task: &Task<'_>, _: ApplyChainEvents) -> Result<()> {
    while Instant::now() < task.until {
        let pending = queries::take(task.db, BATCH).await?;
        if pending.is_empty() {
            break;
        }
        let (subjects, about_none) = by_subject(pending);
        queries::drop_pending(task.db, &about_none).await?;
        for ((chain_id, address), pending) in subjects {
            match apply(task.db, chain_id, address, &pending).await {
                Ok(()) => {}
                Err(error @ Error::Unavailable { .. }) => return Err(error),
                Err(error) => log_failure(chain_id, address, &error),
            }
        }
    }
    Ok(())
}

type BySubject = BTreeMap<(i64, Address), Vec<Pending>>;

fn by_subject(pending: Vec<Pending>) -> (BySubject, Vec<Pending>) {
    let mut subjects = BySubject::new();
    let mut about_none = Vec::new();
    for pending in pending {
        match pending.subject {
            Some(address) => subjects.entry((pending.chain_id, address)).or_default().push(pending),
            None => about_none.push(pending),
        }
    }
    (subjects, about_none)
}

async fn apply(db: &Db, chain_id: i64, address: Address, pending: &[Pending]) -> Result<()> {
    db.transaction(async |db| {
        // Holds the escrow until the end of the transaction.
        let records = queries::logs(db, chain_id, address).await?;
        let folded = escrow::fold(address, &records);
        if !folded.all_applied() {
            let before = queries::final_events(db, chain_id, address).await?;
            for (block, index) in folded.taken_back(&before) {
                log_taken_back(chain_id, address, block, index);
            }
        }
        let standing = queries::standing(db, chain_id, address).await?;
        let changes = ledger::reconcile(standing, folded.entries.clone());
        queries::store(db, chain_id, address, &folded, &changes).await?;
        queries::drop_pending(db, pending).await
    })
    .await
}

/// What was shown as final should never be taken back. Where it is, somebody may have acted on it.
fn log_taken_back(chain_id: i64, address: Address, block: B256, log_index: i64) {
    log::line(
        Level::Error,
        "an event that was final has been taken back",
        &[
            ("function", "jobs".into()),
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
            ("function", "jobs".into()),
            ("chain_id", chain_id.into()),
            ("address", format!("{address:#x}").into()),
            ("context", error.context().map_or_else(|| error.to_string(), str::to_owned).into()),
        ],
    );
}

/// Queues a job for what has been left behind: its job was lost, or has been given up. Says so when even that does not help.
pub(crate) async fn sweep(tick: &Tick<'_>) -> Result<()> {
    const SWEEP: &str = "select chain_apply_sweep($1) as queued";
    const GIVEN_UP: &str = "select chain_pending_given_up() as given_up";
    if tick.db.one(SWEEP, params![random::new_id()], |row| row.get::<bool>("queued")).await? {
        tick.db.wake_workers().await;
    }
    let given_up = tick.db.one(GIVEN_UP, params![], |row| row.get::<i64>("given_up")).await?;
    if given_up > 0 {
        log::line(
            Level::Error,
            "chain events could not be applied and were given up",
            &[("function", "jobs".into()), ("events", given_up.into())],
        );
    }
    Ok(())
}
