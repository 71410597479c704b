//! Hashing behind a short queue: callers who cannot be served soon are told so instead of being kept waiting.
//!
//! A handler that hashes takes a place in the queue before it does anything else ([`place`]), so that callers who are turned away
//! are not counted as having failed.
//!
//! This is the queue of one instance, which is all that stock Spin has. Our host keeps the queue of the whole component
//! (`max_waiting` in the manifest), and tells the platform whom to turn away.

use std::{cell::Cell, time::Duration};

use fundrail_kit::password::{self, Check, SALT_LENGTH};
use fundrail_platform::{Error, Result, random};

/// Requests of one instance that may wait for a hash. Each takes the processor for a few hundredths of a second, so the
/// last one waits for under a second.
const LONGEST_QUEUE: u32 = 8;

/// Long enough to give way: hosts return at once from a sleep of nothing.
const A_TURN: Duration = Duration::from_millis(1);

thread_local! {
    static WAITING: Cell<u32> = const { Cell::new(0) };
}

/// A place in the queue, given back when dropped.
pub(crate) struct Place(());

/// Takes a place.
///
/// # Errors
/// [`Error::Unavailable`] when the queue is full.
pub(crate) fn place() -> Result<Place> {
    let waiting = WAITING.get();
    if waiting >= LONGEST_QUEUE {
        return Err(Error::unavailable("sign-in", "the queue for hashing is full"));
    }
    WAITING.set(waiting + 1);
    Ok(Place(()))
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.set(WAITING.get().saturating_sub(1));
    }
}

/// Hashes a new password.
pub(crate) async fn hash(password: &str) -> Result<String> {
    give_way().await;
    password::hash(&password::normalised(password), &random::bytes::<SALT_LENGTH>()?).map_err(Error::internal)
}

/// Checks a password. Without a stored hash it takes as long and is wrong.
pub(crate) async fn check(password: &str, stored: Option<&str>) -> Result<Check> {
    give_way().await;
    let check = password::check_given(password, stored.unwrap_or(password::NOBODY));
    Ok(if stored.is_some() { check } else { Check::Wrong })
}

/// Lets other requests of this instance proceed before the processor is taken: responses leave, and new requests see how long the
/// queue is.
async fn give_way() {
    spin_sdk::time::sleep(A_TURN).await;
}
