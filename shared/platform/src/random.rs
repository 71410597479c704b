//! Randomness from the host, and ids made from it.

use fundrail_domain::{Error, Result};
use uuid::Uuid;

/// A new UUIDv7: sorts by time of creation.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Random bytes suitable for keys.
///
/// # Errors
/// [`Error::Internal`] if the host cannot provide any.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut buffer = [0; N];
    getrandom::fill(&mut buffer).map_err(|error| Error::internal(format!("no randomness: {error}")))?;
    Ok(buffer)
}
