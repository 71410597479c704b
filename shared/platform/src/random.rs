//! Randomness from the host, and ids made from it.

use fundrail_domain::{Error, Result};
use uuid::Uuid;

/// A new UUIDv7: sorts by time of creation.
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// A new id of whatever kind is expected.
pub fn new_id<Id: From<Uuid>>() -> Id {
    uuid().into()
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
