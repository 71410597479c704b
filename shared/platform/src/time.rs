//! The machine's clock, and deadlines.

use std::{future::Future, pin::pin, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::{Either, select};

/// Now, in microseconds as stored by Postgres, so that what is written reads back equal.
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// Waits.
pub async fn sleep(time: Duration) {
    spin_sdk::time::sleep(time).await;
}

/// Runs a future for at most `limit`; `None` if it has not finished by then. The future is dropped, which cancels it.
pub async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(spin_sdk::time::sleep(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
