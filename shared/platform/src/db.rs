//! Postgres: one connection a request, bound to the tenant and user who ask.
//!
//! Invariants:
//! * Every checkout begins with the procedure `app_checkout`, which refuses to run within a transaction, whereupon that one is
//!   rolled back. Stock Spin hands on a pooled connection as it is, so that a component that trapped inside a transaction
//!   would leave it open for the next request to commit. (`rollback` alone would do, but for a warning in the log of Postgres
//!   whenever there is nothing to roll back, which is always.)
//! * The same procedure sets tenant and user for the session, before any query. (Set in the same statement as a query they
//!   would have no defined order against the row-level policies.)
//! * A transaction in which a statement has failed is never taken for committed, whoever has swallowed the failure.
//! * What follows a commit follows the outermost one, and only what has not been taken back on the way ([`crate::effects`]).
//! * A statement that brings rows is read to its end, and its result is awaited: rows can end early with an error.

mod values;

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use fundrail_domain::{
    Error, Result,
    ids::{TenantId, UserId},
    input::FromText,
};
use fundrail_store::{Value, connection as binding};
use spin_sdk::pg::{self, Connection, Decode, PgError, QueryError};
use uuid::Uuid;

use crate::{
    authority::Authority,
    config,
    effects::{self, Effect},
    log,
    time::within,
};

pub use fundrail_store::on_constraint;
pub use spin_sdk::pg::ParameterValue as Parameter;

/// Longest wait for Postgres: beyond its own statement time-out of 15 s.
const DEADLINE: Duration = Duration::from_secs(20);
/// Longest wait for a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Parameters of a statement: `params![id, name, None::<String>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::db::IntoParameter::into_parameter($value)),*]
    };
}

/// What can stand for a `$1`. Uuids bind to `uuid`; times, amounts and JSON are bound as text and cast (`$1::text::T`).
pub trait IntoParameter {
    /// The value as Spin takes it.
    fn into_parameter(self) -> Parameter;
}

macro_rules! parameters {
    ($($type:ty),*) => {$(
        impl IntoParameter for $type {
            fn into_parameter(self) -> Parameter {
                self.into()
            }
        }
    )*};
}
parameters!(bool, i16, i32, i64, String, Vec<u8>);

impl IntoParameter for &str {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(self.to_owned())
    }
}

impl IntoParameter for &String {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(self.clone())
    }
}

impl IntoParameter for Uuid {
    fn into_parameter(self) -> Parameter {
        Parameter::Uuid(self.to_string())
    }
}

impl<T: IntoParameter> IntoParameter for Option<T> {
    fn into_parameter(self) -> Parameter {
        self.map_or(Parameter::DbNull, T::into_parameter)
    }
}

impl IntoParameter for chrono::DateTime<chrono::Utc> {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(fundrail_domain::time::rfc3339(self))
    }
}

impl IntoParameter for chrono::NaiveDate {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(self.to_string())
    }
}

impl IntoParameter for rust_decimal::Decimal {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(self.to_string())
    }
}

impl IntoParameter for serde_json::Value {
    fn into_parameter(self) -> Parameter {
        Parameter::Str(self.to_string())
    }
}

/// A list of texts binds to `text[]`; cast it for others (`$1::text[]::uuid[]`).
impl IntoParameter for Vec<String> {
    fn into_parameter(self) -> Parameter {
        Parameter::ArrayStr(self.into_iter().map(Some).collect())
    }
}

impl IntoParameter for &[&str] {
    fn into_parameter(self) -> Parameter {
        Parameter::ArrayStr(self.iter().map(|text| Some((*text).to_owned())).collect())
    }
}

impl IntoParameter for Vec<Uuid> {
    fn into_parameter(self) -> Parameter {
        Parameter::ArrayStr(self.into_iter().map(|id| Some(id.to_string())).collect())
    }
}

impl IntoParameter for Parameter {
    fn into_parameter(self) -> Parameter {
        self
    }
}

macro_rules! id_parameters {
    ($($type:ident),*) => {$(
        impl IntoParameter for fundrail_domain::ids::$type {
            fn into_parameter(self) -> Parameter {
                self.0.into_parameter()
            }
        }
    )*};
}
id_parameters!(
    TenantId,
    UserId,
    SessionId,
    FundId,
    ShareClassId,
    IssuerId,
    InvestorId,
    DecisionId,
    EscrowId,
    JobId
);

/// One row, read by column name.
pub struct Row(pg::Row);

impl Row {
    /// A column of a type that Spin reads: bool, integers, text, bytes, uuid, lists of text.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the column when it is not there or of another type.
    pub fn get<T: Decode>(&self, column: &'static str) -> Result<T> {
        self.0
            .get(column)
            .ok_or_else(|| Error::internal(format!("the column `{column}` is missing or of another type")))
    }

    /// A column of type `text[]` without nulls.
    pub fn texts(&self, column: &'static str) -> Result<Vec<String>> {
        Ok(self.get::<Vec<Option<String>>>(column)?.into_iter().flatten().collect())
    }

    /// A text column, read as a domain type.
    pub fn parse<T: FromText>(&self, column: &'static str) -> Result<T> {
        T::from_text(&self.get::<String>(column)?)
            .map_err(|wrong| Error::internal(format!("the column `{column}` {wrong}")))
    }

    /// A text column that may be null, read as a domain type.
    pub fn parse_optional<T: FromText>(&self, column: &'static str) -> Result<Option<T>> {
        let Some(text) = self.get::<Option<String>>(column)? else { return Ok(None) };
        T::from_text(&text)
            .map(Some)
            .map_err(|wrong| Error::internal(format!("the column `{column}` {wrong}")))
    }

    /// A `jsonb` column that was selected as text.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        serde_json::from_str(&self.get::<String>(column)?)
            .map_err(|error| Error::internal(format!("the column `{column}` is not as expected: {error}")))
    }
}

/// Who a connection acts for. `None` sees no tenant-owned row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// The tenant whose rows are visible.
    pub tenant: Option<Uuid>,
    /// The user, for audit defaults.
    pub user: Option<Uuid>,
}

impl Identity {
    fn ids(self) -> (Option<TenantId>, Option<UserId>) {
        (self.tenant.map(TenantId), self.user.map(UserId))
    }

    fn parameters(self) -> Vec<Parameter> {
        use fundrail_store::IntoParameter as Bound;
        let (tenant, user) = self.ids();
        [Bound::into_parameter(tenant), Bound::into_parameter(user)].map(values::parameter).into()
    }
}

/// A connection that acts for an [`Identity`].
pub struct Db {
    connection: Connection,
    state: Cell<State>,
    /// Whose authority its transactions rest on; none for jobs, and for callers who are nobody yet.
    authority: OnceCell<Authority>,
    /// Whether Postgres has refused a statement since the transaction, or the part of it, began: it then undoes all of it, and
    /// answers `commit` as if nothing were wrong.
    failed: Cell<bool>,
    /// What is to be done once everything is committed.
    effects: RefCell<Vec<Effect>>,
}

impl Db {
    /// Takes a connection from the host's pool and binds it to who asks.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when Postgres cannot be reached.
    pub async fn open(identity: Identity) -> Result<Self> {
        let address = config::text("database_url").await?;
        let connection = within(CONNECT_DEADLINE, Connection::open(address))
            .await
            .ok_or_else(|| Error::unavailable("database", "no connection within 5 s"))?
            .map_err(failure)?;
        let db = Self {
            connection,
            state: Cell::new(State::Idle),
            authority: OnceCell::new(),
            failed: Cell::new(false),
            effects: RefCell::default(),
        };
        db.check_out(identity).await?;
        Ok(db)
    }

    /// Has every transaction begin by asking whether the caller may still do what the guard has let them in for.
    pub(crate) fn rest_on(&self, authority: impl FnOnce() -> Authority) {
        self.authority.get_or_init(authority);
    }

    /// Ends what others have left open, and binds the connection. See the invariants of this module.
    async fn check_out(&self, identity: Identity) -> Result<()> {
        let sql = binding::statements::check_out.sql;
        let run = async || within(DEADLINE, self.connection.execute(sql, identity.parameters())).await;
        let outcome = match run().await.ok_or_else(too_slow)? {
            Err(error) if is_left_open(&error) => {
                log::line(log::Level::Warn, "a transaction was left open and is rolled back", &[]);
                self.execute("rollback", vec![]).await?;
                run().await.ok_or_else(too_slow)?
            }
            other => other,
        };
        outcome.map(drop).map_err(failure)
    }

    /// Binds the connection to another identity: a job worker goes from tenant to tenant with one connection.
    pub async fn act_for(&self, identity: Identity) -> Result<()> {
        let (tenant, user) = identity.ids();
        binding::act_for(self, tenant, user).await.map(drop)
    }

    /// All rows of a query.
    pub async fn query<T>(
        &self,
        sql: &'static str,
        parameters: Vec<Parameter>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = async { self.connection.query(sql, parameters).await?.collect().await };
        let rows = within(DEADLINE, rows).await;
        let rows = rows
            .ok_or_else(too_slow)
            .and_then(|rows| rows.map_err(failure))
            .inspect_err(|_| self.failed.set(true))?;
        rows.into_iter().map(|row| read(&Row(row))).collect()
    }

    /// The first row of a query, if there is one.
    pub async fn optional<T>(
        &self,
        sql: &'static str,
        parameters: Vec<Parameter>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(sql, parameters, read).await?.into_iter().next())
    }

    /// The row of a query that always has one.
    ///
    /// # Errors
    /// [`Error::Internal`] when it has none.
    pub async fn one<T>(
        &self,
        sql: &'static str,
        parameters: Vec<Parameter>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<T> {
        self.optional(sql, parameters, read).await?.ok_or_else(|| Error::internal("a query brought no row"))
    }

    /// Runs a statement; answers how many rows it touched.
    pub async fn execute(&self, sql: &'static str, parameters: Vec<Parameter>) -> Result<u64> {
        let done = within(DEADLINE, self.connection.execute(sql, parameters)).await;
        done.ok_or_else(too_slow)
            .and_then(|done| done.map_err(failure))
            .inspect_err(|_| self.failed.set(true))
    }

    /// Runs `work` in one transaction: committed when it succeeds, rolled back when it does not. When this future is
    /// dropped on the way, or the component traps, the next checkout rolls back.
    ///
    /// Within [`Self::enclosing`] it is a savepoint of the larger transaction.
    ///
    /// In a request of somebody who is signed in, it begins by asking whether they still are, and may still do this: their
    /// session or key and their membership stand until it ends.
    ///
    /// # Errors
    /// Those of `work`, [`Error::Unauthenticated`] and [`Error::Forbidden`] when the caller's authority has ended, and
    /// [`Error::Internal`] for a transaction within a transaction.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        let before = self.state.get();
        let statements = match before {
            State::Idle => TRANSACTION,
            State::Enclosed => SAVEPOINT,
            State::Busy => return Err(Error::internal("a transaction within a transaction")),
        };
        self.state.set(State::Busy);
        let outcome = self.run_transaction(statements, work).await;
        self.state.set(before);
        self.settle().await;
        outcome
    }

    /// Runs `work`, which only reads, on one state of the database. Nobody's authority is asked for once more: nothing rests on
    /// it that outlives the answer.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Internal`] within a transaction.
    pub async fn snapshot<T>(&self, work: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        if self.state.get() != State::Idle {
            return Err(Error::internal("a transaction within a transaction"));
        }
        self.state.set(State::Busy);
        let outcome = self.run_transaction(SNAPSHOT, work).await;
        self.state.set(State::Idle);
        outcome
    }

    /// Runs `work` in one transaction in which [`Self::transaction`] may be called: what those would have committed is
    /// committed here, together with whatever else `work` does.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Internal`] within a transaction.
    pub(crate) async fn enclosing<T>(&self, work: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        if self.state.get() != State::Idle {
            return Err(Error::internal("a transaction within a transaction"));
        }
        self.state.set(State::Enclosed);
        let outcome = self.run_transaction(TRANSACTION, work).await;
        self.state.set(State::Idle);
        self.settle().await;
        outcome
    }

    /// Notes what follows the commit.
    pub(crate) fn note(&self, effect: Effect) {
        self.effects.borrow_mut().push(effect);
    }

    /// Does what has been noted, unless a transaction is still to be committed.
    pub(crate) async fn settle(&self) {
        if self.state.get() == State::Idle {
            let noted = self.effects.take();
            if !noted.is_empty() {
                effects::carry_out(noted).await;
            }
        }
    }

    async fn run_transaction<T>(
        &self,
        [begin, commit, rollback]: [&'static str; 3],
        work: impl AsyncFnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        self.failed.set(false);
        let noted = self.effects.borrow().len();
        self.execute(begin, vec![]).await?;
        let asked = match self.authority.get() {
            Some(authority) if begin == TRANSACTION[0] => authority.hold(self).await,
            _ => Ok(()),
        };
        let outcome = match asked {
            Ok(()) => match work(self).await {
                Ok(_) if self.failed.get() => Err(Error::internal(
                    "a statement of a transaction failed, and its failure was passed over",
                )),
                other => other,
            },
            Err(error) => Err(error),
        };
        match outcome {
            Ok(done) => {
                if let Err(error) = self.execute(commit, vec![]).await {
                    // Whether it is committed is not known. Nothing is lost: there are the jobs.
                    self.effects.borrow_mut().truncate(noted);
                    return Err(error);
                }
                Ok(done)
            }
            Err(error) => {
                self.effects.borrow_mut().truncate(noted);
                // What failed is undone. When this fails as well, the connection is gone and with it the transaction.
                self.failed.set(self.execute(rollback, vec![]).await.is_err());
                Err(error)
            }
        }
    }
}

impl fundrail_store::Connection for Db {
    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        let parameters: Vec<_> = parameters.into_iter().map(values::parameter).collect();
        let rows = async {
            let mut found = self.connection.query(sql, parameters).await?;
            let mut rows = Vec::new();
            while let Some(row) = found.rows().next().await {
                rows.push(row);
            }
            found.result().await.map(|()| rows)
        };
        let rows = within(DEADLINE, rows).await;
        let rows = rows
            .ok_or_else(too_slow)
            .and_then(|rows| rows.map_err(failure))
            .inspect_err(|_| self.failed.set(true))?;
        rows.into_iter().map(|row| row.into_iter().map(values::column).collect()).collect()
    }

    async fn execute(&self, sql: &'static str, parameters: Vec<Value>) -> Result<u64> {
        let parameters: Vec<_> = parameters.into_iter().map(values::parameter).collect();
        let done = within(DEADLINE, self.connection.execute(sql, parameters)).await;
        done.ok_or_else(too_slow)
            .and_then(|done| done.map_err(failure))
            .inspect_err(|_| self.failed.set(true))
    }
}

/// Whether a connection is in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is not.
    Idle,
    /// In one that others may be part of.
    Enclosed,
    /// In one of its own.
    Busy,
}

/// How to begin, end and take back a transaction.
const TRANSACTION: [&str; 3] = ["begin", "commit", "rollback"];
/// The same for one that only reads, and sees one state.
const SNAPSHOT: [&str; 3] = ["begin isolation level repeatable read, read only", "commit", "rollback"];
/// The same for a part of one.
const SAVEPOINT: [&str; 3] = ["savepoint part", "release savepoint part", "rollback to savepoint part"];

fn too_slow() -> Error {
    Error::unavailable("database", "no answer within 20 s")
}

/// Whether a checkout has found a transaction that somebody has left open: one that is good, or one that has failed.
fn is_left_open(error: &pg::Error) -> bool {
    const INVALID_TRANSACTION_TERMINATION: &str = "2D000";
    const IN_FAILED_TRANSACTION: &str = "25P02";
    let pg::Error::PgError(PgError::QueryFailed(QueryError::DbError(error))) = error else { return false };
    [INVALID_TRANSACTION_TERMINATION, IN_FAILED_TRANSACTION].contains(&error.code.as_str())
}

/// What a failed statement means. A violated constraint becomes [`Error::Violated`], a defect of ours;
/// [`on_constraint`] turns it into the error of its own that every one has that callers can bring about.
fn failure(error: pg::Error) -> Error {
    let pg::Error::PgError(error) = error else { return Error::internal(error.to_string()) };
    match error {
        PgError::QueryFailed(QueryError::DbError(error)) => db_failure(&error),
        // A failed query without a structured error: the connection has broken, Postgres went away under the statement.
        PgError::ConnectionFailed(text)
        | PgError::QueryFailed(QueryError::Text(text))
        | PgError::Other(text) => Error::unavailable("database", text),
        PgError::BadParameter(text) | PgError::ValueConversionFailed(text) => Error::internal(text),
    }
}

fn db_failure(error: &pg::DbError) -> Error {
    let text = format!("{} {}", error.code, error.message);
    match error.code.as_str() {
        "23505" | "23503" | "23502" | "23514" | "23P01" => {
            Error::Violated { constraint: constraint_of(error).unwrap_or_default(), context: text }
        }
        // Serialisation failure, deadlock: nothing was written, and once more may work.
        "40001" | "40P01" | "55P03" | "57014" => Error::unavailable("database", text),
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
            Error::unavailable("database", text)
        }
        _ => Error::internal(text),
    }
}

fn constraint_of(error: &pg::DbError) -> Option<String> {
    let extra =
        error.extras.iter().find(|(name, _)| name.contains("constraint")).map(|(_, value)| value.clone());
    extra.or_else(|| error.message.split('"').nth_back(1).map(str::to_owned))
}
