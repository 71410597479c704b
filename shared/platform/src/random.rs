//! Randomness from the host, and ids made of it.

use fundrail_domain::{Error, Result};
use uuid::Uuid;

/// A new UUIDv7: sorts by the time of its making.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Random bytes that are fit for keys.
///
/// # Errors
/// [`Error::Internal`] when the host has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut buffer = [0; N];
    getrandom::fill(&mut buffer).map_err(|error| Error::internal(format!("no randomness: {error}")))?;
    Ok(buffer)
}
