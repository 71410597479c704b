//! Reading what is stored as JSON text.

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Reads a stored document. It goes through a [`serde_json::Value`], and only this crate calls it, so that a component contains
/// one reader per type and not one per place and kind of source.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text)
        .and_then(serde_json::from_value)
        .map_err(|error| Error::internal(format!("a stored {what} cannot be read: {error}")))
}
