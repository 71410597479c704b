//! The statements over `tokio-postgres`.

use fundrail_domain::{Error, Result};
use tokio_postgres::{
    Client, Row, ToStatement,
    types::{ToSql, Type as PgType},
};
use uuid::Uuid;

use crate::{Connection, Value};

impl Connection for Client {
    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        query(self, sql, &parameters).await
    }

    async fn execute(&self, sql: &'static str, parameters: Vec<Value>) -> Result<u64> {
        execute(self, sql, &parameters).await
    }
}

/// All rows of a statement, which may have been prepared.
///
/// # Errors
/// Those of [`Connection::query`].
pub async fn query(
    client: &Client,
    statement: &(impl ToStatement + ?Sized),
    parameters: &[Value],
) -> Result<Vec<Vec<Value>>> {
    let rows = client.query(statement, &bound(parameters)).await.map_err(|error| failure(&error))?;
    rows.iter().map(values).collect()
}

/// Runs a statement, which may have been prepared; returns the number of rows affected.
///
/// # Errors
/// Those of [`Connection::execute`].
pub async fn execute(
    client: &Client,
    statement: &(impl ToStatement + ?Sized),
    parameters: &[Value],
) -> Result<u64> {
    client.execute(statement, &bound(parameters)).await.map_err(|error| failure(&error))
}

/// The parameters as `tokio-postgres` takes them.
fn bound(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters
        .iter()
        .map(|value| match value {
            Value::Null => &Null as &(dyn ToSql + Sync),
            Value::Bool(value) => value,
            Value::Int16(value) => value,
            Value::Int32(value) => value,
            Value::Int64(value) => value,
            Value::Text(value) => value,
            Value::Bytes(value) => value,
            Value::Uuid(value) => value,
            Value::Texts(value) => value,
        })
        .collect()
}

/// The values of a row.
///
/// # Errors
/// [`Error::Internal`] for a type that Spin does not pass.
fn values(row: &Row) -> Result<Vec<Value>> {
    (0..row.len()).map(|index| value(row, index)).collect()
}

fn value(row: &Row, index: usize) -> Result<Value> {
    fn get<'a, T: tokio_postgres::types::FromSql<'a>>(
        row: &'a Row,
        index: usize,
        of: fn(T) -> Value,
    ) -> Result<Value> {
        let value: Option<T> = row.try_get(index).map_err(|error| Error::internal(error.to_string()))?;
        Ok(value.map_or(Value::Null, of))
    }
    let column = row.columns().get(index).ok_or_else(|| Error::internal("no such column"))?;
    match *column.type_() {
        PgType::BOOL => get(row, index, Value::Bool),
        PgType::INT2 => get(row, index, Value::Int16),
        PgType::INT4 => get(row, index, Value::Int32),
        PgType::INT8 => get(row, index, Value::Int64),
        PgType::TEXT | PgType::VARCHAR | PgType::BPCHAR | PgType::NAME => get(row, index, Value::Text),
        PgType::BYTEA => get(row, index, Value::Bytes),
        PgType::UUID => get(row, index, Value::Uuid as fn(Uuid) -> Value),
        PgType::TEXT_ARRAY => get(row, index, Value::Texts),
        ref other => Err(Error::internal(format!("the column `{}` is of type {other}", column.name()))),
    }
}

fn failure(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(failed) if failed.code().code().starts_with("23") => Error::Violated {
            constraint: failed.constraint().unwrap_or_default().to_owned(),
            context: failed.to_string(),
        },
        _ => Error::unavailable("database", error.to_string()),
    }
}

/// `null` of any type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &PgType,
        _: &mut tokio_postgres::types::private::BytesMut,
    ) -> std::result::Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(tokio_postgres::types::IsNull::Yes)
    }

    fn accepts(_: &PgType) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
