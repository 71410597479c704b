//! Values of statements, as passed to and from Spin.

use fundrail_domain::{Error, Result};
use fundrail_store::Value;
use spin_sdk::pg::{DbValue, ParameterValue};

/// A parameter.
pub(super) fn parameter(value: Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::DbNull,
        Value::Bool(value) => ParameterValue::Boolean(value),
        Value::Int16(value) => ParameterValue::Int16(value),
        Value::Int32(value) => ParameterValue::Int32(value),
        Value::Int64(value) => ParameterValue::Int64(value),
        Value::Text(value) => ParameterValue::Str(value),
        Value::Bytes(value) => ParameterValue::Binary(value),
        Value::Uuid(value) => ParameterValue::Uuid(value.to_string()),
        Value::Texts(value) => ParameterValue::ArrayStr(value),
    }
}

/// A column of a row.
///
/// # Errors
/// [`Error::Internal`] for a type that none of our statements returns.
pub(super) fn column(value: DbValue) -> Result<Value> {
    Ok(match value {
        DbValue::DbNull => Value::Null,
        DbValue::Boolean(value) => Value::Bool(value),
        DbValue::Int16(value) => Value::Int16(value),
        DbValue::Int32(value) => Value::Int32(value),
        DbValue::Int64(value) => Value::Int64(value),
        DbValue::Str(value) => Value::Text(value),
        DbValue::Binary(value) => Value::Bytes(value),
        DbValue::Uuid(value) => {
            let uuid = value.parse().map_err(|_| Error::internal(format!("no uuid: {value}")))?;
            Value::Uuid(uuid)
        }
        DbValue::ArrayStr(value) => Value::Texts(value),
        other => return Err(Error::internal(format!("a column is of another type: {other:?}"))),
    })
}
