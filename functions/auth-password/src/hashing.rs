//! Hashing with a queue that is short: who cannot be served soon is told so, rather than kept waiting.

use std::cell::Cell;

use fundrail_domain::auth::password::{self, Check, SALT_LENGTH};
use fundrail_platform::{Error, Result, random};
use serde_json::Value;

/// Requests of one instance that may wait for a hash. Each takes the processor for a few hundredths of a second, so the
/// last one waits for under a second.
const LONGEST_QUEUE: u32 = 8;

thread_local! {
    static WAITING: Cell<u32> = const { Cell::new(0) };
}

/// A place in the queue, given back when dropped.
struct Place;

impl Place {
    fn take() -> Result<Self> {
        let waiting = WAITING.get();
        if waiting >= LONGEST_QUEUE {
            return Err(Error::Unavailable {
                service: "sign-in",
                retry_after: 1,
                context: "the queue for hashing is full".to_owned(),
            });
        }
        WAITING.set(waiting + 1);
        Ok(Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.set(WAITING.get().saturating_sub(1));
    }
}

/// Hashes a new password.
pub(crate) async fn hash(password: &str) -> Result<String> {
    let _place = queue().await?;
    password::hash(&password::normalised(password), &random::bytes::<SALT_LENGTH>()?).map_err(Error::internal)
}

/// Checks a password. Without a stored hash it takes as long and is wrong.
pub(crate) async fn check(password: &str, stored: Option<&str>) -> Result<Check> {
    let _place = queue().await?;
    let check = password::check_given(password, stored.unwrap_or(password::NOBODY));
    Ok(if stored.is_some() { check } else { Check::Wrong })
}

/// Waits for one turn of the event loop, so that answers that are ready leave before the processor is taken.
async fn queue() -> Result<Place> {
    let place = Place::take()?;
    spin_sdk::time::sleep(std::time::Duration::ZERO).await;
    Ok(place)
}

/// A password as a caller sends it to sign in: any text that could be one.
pub(crate) fn given(value: &Value) -> Result<String, String> {
    let expected = || format!("has to be text of 1 to {} characters", password::MAX_LENGTH);
    let text = value.as_str().ok_or_else(expected)?;
    let length = text.chars().count();
    if (1..=password::MAX_LENGTH).contains(&length) { Ok(text.to_owned()) } else { Err(expected()) }
}

/// A password that somebody wants to have; `personal` are words that belong to them.
pub(crate) fn chosen(personal: &[&str]) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = given(value)?;
        password::acceptable(&text, personal)?;
        Ok(text)
    }
}
