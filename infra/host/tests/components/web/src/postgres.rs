//! Postgres: statements with parameters of any type, and what came back, as the interface has it.

use serde::Deserialize;
use serde_json::{Value, json};
use spin_sdk::pg::{Connection, Error, ParameterValue, PgError, QueryError};

/// Statements to run one after the other on one connection.
#[derive(Deserialize)]
struct Statements {
    address: String,
    #[serde(rename = "statements")]
    list: Vec<Statement>,
    /// Trap when done, with the connection still open.
    #[serde(default)]
    trap: bool,
}

#[derive(Deserialize)]
struct Statement {
    sql: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// Ask for the number of changed rows rather than for rows.
    #[serde(default)]
    execute: bool,
}

/// A parameter and its type.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Parameter {
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Floating32(f32),
    Floating64(f64),
    Str(String),
    Binary(Vec<u8>),
    Date((i32, u8, u8)),
    Time((u8, u8, u8, u32)),
    Datetime((i32, u8, u8, u8, u8, u8, u32)),
    Timestamp(i64),
    Uuid(String),
    Jsonb(String),
    Decimal(String),
    ArrayInt32(Vec<Option<i32>>),
    ArrayInt64(Vec<Option<i64>>),
    ArrayDecimal(Vec<Option<String>>),
    ArrayStr(Vec<Option<String>>),
    Null,
}

impl From<Parameter> for ParameterValue {
    fn from(parameter: Parameter) -> Self {
        match parameter {
            Parameter::Boolean(value) => Self::Boolean(value),
            Parameter::Int8(value) => Self::Int8(value),
            Parameter::Int16(value) => Self::Int16(value),
            Parameter::Int32(value) => Self::Int32(value),
            Parameter::Int64(value) => Self::Int64(value),
            Parameter::Floating32(value) => Self::Floating32(value),
            Parameter::Floating64(value) => Self::Floating64(value),
            Parameter::Str(value) => Self::Str(value),
            Parameter::Binary(value) => Self::Binary(value),
            Parameter::Date(value) => Self::Date(value),
            Parameter::Time(value) => Self::Time(value),
            Parameter::Datetime(value) => Self::Datetime(value),
            Parameter::Timestamp(value) => Self::Timestamp(value),
            Parameter::Uuid(value) => Self::Uuid(value),
            Parameter::Jsonb(value) => Self::Jsonb(value.into_bytes()),
            Parameter::Decimal(value) => Self::Decimal(value),
            Parameter::ArrayInt32(value) => Self::ArrayInt32(value),
            Parameter::ArrayInt64(value) => Self::ArrayInt64(value),
            Parameter::ArrayDecimal(value) => Self::ArrayDecimal(value),
            Parameter::ArrayStr(value) => Self::ArrayStr(value),
            Parameter::Null => Self::DbNull,
        }
    }
}

/// Runs statements; for each its columns and rows, the number of changed rows, or its error.
pub(crate) async fn run(body: &[u8]) -> Result<Value, String> {
    let asked: Statements = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let connection = Connection::open(asked.address).await.map_err(|error| format!("{error:?}"))?;
    let mut answers = Vec::new();
    for statement in asked.list {
        let answer = if statement.execute {
            execute(&connection, statement).await
        } else {
            query(&connection, statement).await
        };
        answers.push(answer.unwrap_or_else(|error| describe(&error)));
    }
    assert!(!asked.trap, "asked to trap");
    Ok(Value::Array(answers))
}

async fn execute(connection: &Connection, statement: Statement) -> Result<Value, Error> {
    let parameters: Vec<_> = statement.parameters.into_iter().map(ParameterValue::from).collect();
    let changed = connection.execute(statement.sql, parameters).await?;
    Ok(json!({ "changed": changed }))
}

async fn query(connection: &Connection, statement: Statement) -> Result<Value, Error> {
    let parameters: Vec<_> = statement.parameters.into_iter().map(ParameterValue::from).collect();
    let mut result = connection.query(statement.sql, parameters).await?;
    let columns: Vec<_> = result
        .columns()
        .iter()
        .map(|column| json!([column.name, format!("{:?}", column.data_type)]))
        .collect();
    let mut rows = Vec::new();
    while let Some(row) = result.rows().next().await {
        rows.push(row.iter().map(|value| Value::String(format!("{value:?}"))).collect::<Vec<_>>());
    }
    result.result().await?;
    Ok(json!({ "columns": columns, "rows": rows }))
}

fn describe(error: &Error) -> Value {
    match error {
        Error::PgError(PgError::QueryFailed(QueryError::DbError(details))) => json!({
            "kind": "db", "code": details.code, "message": details.message, "severity": details.severity,
            "detail": details.detail, "extras": details.extras,
        }),
        Error::PgError(PgError::QueryFailed(QueryError::Text(text))) => {
            json!({ "kind": "text", "text": text })
        }
        other => json!({ "kind": "other", "text": format!("{other:?}") }),
    }
}
