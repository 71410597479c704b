//! Investors, statements about them, and their wallets.

pub mod evidence;
pub mod profiles;
pub mod wallets;

use fundrail_domain::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::Statement;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&Statement]] = &[evidence::STATEMENTS, profiles::STATEMENTS, wallets::STATEMENTS];

/// A value as JSON.
fn document<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal(format!("no JSON: {error}")))
}

/// The list as JSON, each entry with a new id; and these ids.
fn with_ids<T: Serialize>(all: &[T]) -> Result<(Value, Vec<Uuid>)> {
    let mut rows = document(all)?;
    let objects = rows.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    let ids = objects.map(|row| {
        let id = Uuid::now_v7();
        row.insert("id".to_owned(), id.to_string().into());
        id
    });
    let ids = ids.collect();
    Ok((rows, ids))
}
