//! Reading what is stored as JSON text.

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Reads a stored document. By way of a [`serde_json::Value`], and called from this crate alone: so a component has one
/// reader of each type in it, not one for each place and kind of source.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text)
        .and_then(serde_json::from_value)
        .map_err(|error| Error::internal(format!("a stored {what} cannot be read: {error}")))
}
