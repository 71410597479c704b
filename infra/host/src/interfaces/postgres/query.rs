//! Running statements, and how failures are reported.

use std::{
    error::Error as StdError,
    fmt::Write as _,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream as _, StreamExt as _, TryStreamExt as _};
use tokio::sync::oneshot;
use tokio_postgres::{
    RowStream, Statement,
    error::{DbError, SqlState},
    types::ToSql,
};
use wasmtime::{
    StoreContextMut,
    component::{Destination, StreamProducer, StreamResult, VecBuffer},
};

use super::{
    convert::{Parameter, parameter},
    pool::Client,
    value::{column, row, size},
};
use crate::bindings::spin::postgres::postgres::{
    Column, DbError as GuestDbError, Error, ParameterValue, QueryError, Row, RowSet,
};

/// Maximum size of a result in the host, in bytes, as in Spin.
const RESULT_LIMIT: usize = 128 << 20;

/// Maximum number of rows passed on at once.
const BATCH: usize = 128;

/// How a streamed query ended.
pub(super) type Outcome = oneshot::Receiver<Result<(), Error>>;

/// Runs a statement; returns the number of rows that it changed.
pub(super) async fn execute(client: &Client, sql: &str, values: &[ParameterValue]) -> Result<u64, Error> {
    let parameters = parameters(values).map_err(Error::ValueConversionFailed)?;
    let rows = run(client, sql, &parameters).await?;
    let mut rows = std::pin::pin!(rows);
    while rows.as_mut().try_next().await.map_err(|error| failed(&error))?.is_some() {}
    Ok(rows.rows_affected().unwrap_or(0))
}

/// Runs a query; returns all of its rows.
pub(super) async fn collect(client: &Client, sql: &str, values: &[ParameterValue]) -> Result<RowSet, Error> {
    let parameters = parameters(values).map_err(Error::BadParameter)?;
    let found = run(client, sql, &parameters).await?;
    let mut found = std::pin::pin!(found);
    let (mut columns, mut rows, mut total) = (Vec::new(), Vec::new(), 0);
    while let Some(next) = found.as_mut().try_next().await.map_err(|error| text(describe(&error)))? {
        if rows.is_empty() {
            columns = next.columns().iter().map(column).collect();
        }
        let next = row(&next).map_err(|error| text(describe(&*error)))?;
        total += next.iter().map(size).sum::<usize>();
        if total > RESULT_LIMIT {
            return Err(too_large());
        }
        rows.push(next);
    }
    Ok(RowSet { columns, rows })
}

/// Starts a query; returns its columns (none if there is no row, as in Spin), its rows, and how they ended.
pub(super) async fn stream(
    client: &Client,
    sql: &str,
    values: &[ParameterValue],
) -> Result<(Vec<Column>, Rows, Outcome), Error> {
    let parameters = parameters(values).map_err(Error::BadParameter)?;
    let mut found = Box::pin(run(client, sql, &parameters).await?);
    let (sender, outcome) = oneshot::channel();
    let first = found.next().await.transpose().map_err(|error| failed(&error))?;
    let columns = first.iter().flat_map(|row| row.columns().iter().map(column)).collect();
    let mut rows = Rows { first, found, outcome: Some(sender) };
    if rows.first.is_none() {
        // If polled again, a stream that has ended would say that its connection is closed.
        rows.end(Ok(()));
    }
    Ok((columns, rows, outcome))
}

/// Runs `sql`, prepared once per connection. A statement that the server has forgotten in the meantime, or whose columns have
/// changed, is prepared again: without a cache, as in Spin, it would not have failed.
async fn run(client: &Client, sql: &str, values: &[Parameter]) -> Result<RowStream, Error> {
    let _running = client.running();
    let (statement, remembered) = client.prepare(sql).await.map_err(|error| failed(&error))?;
    match start(client, &statement, values).await {
        Err(error) if remembered && is_stale(&error) => {
            client.forget(sql);
            let (statement, _) = client.prepare(sql).await.map_err(|_| failed(&error))?;
            start(client, &statement, values).await.map_err(|error| failed(&error))
        }
        started => started.map_err(|error| failed(&error)),
    }
}

async fn start(
    client: &Client,
    statement: &Statement,
    values: &[Parameter],
) -> Result<RowStream, tokio_postgres::Error> {
    let values = values.iter().map(|value| &**value as &(dyn ToSql + Sync));
    client.client().query_raw(statement, values).await
}

fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*error.code() == SqlState::FEATURE_NOT_SUPPORTED && error.message().contains("cached plan"))
    })
}

fn parameters(values: &[ParameterValue]) -> Result<Vec<Parameter>, String> {
    values.iter().map(parameter).collect()
}

/// The rows of a query on their way to the component.
pub(super) struct Rows {
    first: Option<tokio_postgres::Row>,
    found: Pin<Box<RowStream>>,
    outcome: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Rows {
    /// The available rows, converted; `None` once all have been passed on.
    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<Vec<Row>>> {
        let mut batch = Vec::new();
        while batch.len() < BATCH && self.outcome.is_some() {
            let next = match self.first.take() {
                Some(first) => Some(Ok(first)),
                None => match self.found.as_mut().poll_next(cx) {
                    Poll::Ready(next) => next,
                    Poll::Pending if batch.is_empty() => return Poll::Pending,
                    Poll::Pending => break,
                },
            };
            match next {
                Some(Ok(found)) => match row(&found) {
                    Ok(row) if row.iter().map(size).sum::<usize>() > RESULT_LIMIT => {
                        self.end(Err(too_large()));
                    }
                    Ok(row) => batch.push(row),
                    Err(error) => self.end(Err(text(describe(&*error)))),
                },
                Some(Err(error)) => self.end(Err(failed(&error))),
                None => self.end(Ok(())),
            }
        }
        Poll::Ready((!batch.is_empty()).then_some(batch))
    }

    fn end(&mut self, outcome: Result<(), Error>) {
        if let Some(sender) = self.outcome.take() {
            // The component may have dropped the future.
            let _ = sender.send(outcome);
        }
    }
}

impl<D> StreamProducer<D> for Rows {
    type Item = Row;
    type Buffer = VecBuffer<Row>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Row, VecBuffer<Row>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(&mut store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let rows = self.get_mut();
        match rows.poll_batch(cx) {
            Poll::Ready(Some(batch)) => {
                destination.set_buffer(batch.into());
                Poll::Ready(Ok(if rows.outcome.is_some() {
                    StreamResult::Completed
                } else {
                    StreamResult::Dropped
                }))
            }
            Poll::Ready(None) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn text(problem: String) -> Error {
    Error::QueryFailed(QueryError::Text(problem))
}

fn too_large() -> Error {
    text(format!("query result exceeds limit of {RESULT_LIMIT} bytes"))
}

/// What a component is told about a failed statement.
fn failed(error: &tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(details) => QueryError::DbError(GuestDbError {
            as_text,
            severity: details.severity().to_owned(),
            code: details.code().code().to_owned(),
            message: details.message().to_owned(),
            detail: details.detail().map(str::to_owned),
            extras: extras(details),
        }),
    })
}

fn extras(details: &DbError) -> Vec<(String, String)> {
    let line = details.line().map(|line| line.to_string());
    let known = [
        ("column", details.column()),
        ("constraint", details.constraint()),
        ("routine", details.routine()),
        ("hint", details.hint()),
        ("table", details.table()),
        ("datatype", details.datatype()),
        ("schema", details.schema()),
        ("file", details.file()),
        ("line", line.as_deref()),
        ("where_", details.where_()),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}

/// An error with its causes, laid out as components know it from Spin.
pub(crate) fn describe(error: &(dyn StdError + 'static)) -> String {
    let mut out = error.to_string();
    let causes: Vec<_> = std::iter::successors(error.source(), |cause| (*cause).source()).collect();
    if !causes.is_empty() {
        out.push_str("\n\nCaused by:");
    }
    for (index, cause) in causes.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = if let [_] = causes.as_slice() {
            write!(out, "\n    {cause}")
        } else {
            write!(out, "\n    {index}: {cause}")
        };
    }
    out
}
