//! `mail.deliver`: hands what is due in the outbox of mail to the transport of this deployment.

use std::time::{Duration, Instant};

use fundrail_platform::{
    Result,
    notifications::delivery::{self, Configured, ReadInOutbox},
};

use fundrail_worker::Tick;

/// Longest turn: other periodic work waits for it.
const TURN: Duration = Duration::from_secs(5);

/// Delivers. Without a transport, mail waits in the outbox.
pub(crate) async fn deliver(tick: &Tick<'_>) -> Result<()> {
    match delivery::configured().await? {
        Configured::Nothing => Ok(()),
        Configured::ReadInOutbox => delivery::run(tick.db, &ReadInOutbox, Instant::now() + TURN).await,
    }
}
