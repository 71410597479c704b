//! Postgres: one connection per request, bound to the requesting tenant and user.
//!
//! Invariants:
//! * Every checkout begins with the procedure `app_checkout`, which refuses to run within a transaction; if there is one, it is
//!   rolled back. Stock Spin passes on a pooled connection as it is, so a component that trapped inside a transaction would leave
//!   it open for the next request to commit. (`rollback` alone would do, except that it puts a warning in Postgres' log whenever
//!   there is nothing to roll back, which is nearly always.)
//! * The same procedure sets tenant and user for the session, before any query. (If they were set in the same statement as a
//!   query, their order relative to the row-level policies would be undefined.)
//! * A transaction in which a statement has failed is never taken for committed, whoever has swallowed the failure.
//! * What follows a commit follows the outermost one, and excludes what was rolled back on the way ([`crate::effects`]).
//! * A statement that returns rows is read to its end, and its result is awaited: rows can end early with an error.

mod values;

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use fundrail_domain::{
    Error, Result,
    ids::{TenantId, UserId},
};
use fundrail_store::{
    Connection, IntoParameter as _, Value,
    connection::{self, statements::check_out},
};
use spin_sdk::pg::{self, ParameterValue, PgError, QueryError};

use crate::{
    config,
    effects::{self, Effect},
    guard::Authority,
    log,
    time::within,
};

/// Maximum wait for Postgres: longer than its own statement timeout of 15 s.
const DEADLINE: Duration = Duration::from_secs(20);
/// Maximum wait for a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// On whose behalf a connection acts. `None` sees no tenant's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// The tenant whose rows are visible.
    pub tenant: Option<TenantId>,
    /// The user, for audit defaults.
    pub user: Option<UserId>,
}

impl Identity {
    fn parameters(self) -> Vec<ParameterValue> {
        let Self { tenant, user } = self;
        [tenant.into_parameter(), user.into_parameter()].map(values::parameter).into()
    }
}

/// A connection that acts for an [`Identity`].
pub struct Db {
    connection: pg::Connection,
    state: Cell<State>,
    /// The authority that its transactions rely on; none for jobs, and for callers who are not signed in yet.
    authority: OnceCell<Authority>,
    /// Whether Postgres has refused a statement since the transaction, or part of it, began: it then undoes all of it, and
    /// reports success for `commit` as if nothing were wrong.
    failed: Cell<bool>,
    /// What to do once everything is committed.
    effects: RefCell<Vec<Effect>>,
}

impl Db {
    /// Takes a connection from the host's pool and binds it to the caller.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if Postgres cannot be reached.
    pub async fn open(identity: Identity) -> Result<Self> {
        let address = config::text("database_url").await?;
        let connection = within(CONNECT_DEADLINE, pg::Connection::open(address))
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

    /// Makes every transaction begin by checking whether the caller may still do what the guard has admitted them for.
    pub(crate) fn rest_on(&self, authority: &Authority) {
        self.authority.get_or_init(|| authority.clone());
    }

    /// Ends what others have left open, and binds the connection. See the invariants of this module.
    async fn check_out(&self, identity: Identity) -> Result<()> {
        let sql = check_out.sql;
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
    pub async fn act_for(&self, Identity { tenant, user }: Identity) -> Result<()> {
        connection::act_for(self, tenant, user).await.map(drop)
    }

    /// Runs `work` in one transaction: committed if it succeeds, rolled back if it does not. If this future is dropped midway, or
    /// the component traps, the next checkout rolls back.
    ///
    /// Inside [`Self::enclosing`] it is a savepoint of the larger transaction.
    ///
    /// In a request of a signed-in caller, it begins by checking whether they still are, and may still do this: their session or
    /// key and their membership are locked until it ends.
    ///
    /// # Errors
    /// Those of `work`, [`Error::Unauthenticated`] and [`Error::Forbidden`] if the caller's authority has ended, and
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

    /// Runs `work`, which only reads, on one snapshot of the database. The caller's authority is not checked again: nothing that
    /// outlives the response depends on it.
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

    /// Runs `work` in one transaction in which [`Self::transaction`] may be called: what those would have committed is committed
    /// here, together with whatever else `work` does.
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

    /// Registers what follows the commit.
    pub(crate) fn note(&self, effect: Effect) {
        self.effects.borrow_mut().push(effect);
    }

    /// Does what has been registered, unless a transaction is still to be committed.
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
                    // Whether it has committed is unknown. Nothing is lost: there are the jobs.
                    self.effects.borrow_mut().truncate(noted);
                    return Err(error);
                }
                Ok(done)
            }
            Err(error) => {
                self.effects.borrow_mut().truncate(noted);
                // What failed is undone. If this fails as well, the connection is gone and the transaction with it.
                self.failed.set(self.execute(rollback, vec![]).await.is_err());
                Err(error)
            }
        }
    }
}

impl Connection for Db {
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
    /// No.
    Idle,
    /// In one that others may be part of.
    Enclosed,
    /// In one of its own.
    Busy,
}

/// How to begin, end and roll back a transaction.
const TRANSACTION: [&str; 3] = ["begin", "commit", "rollback"];
/// The same for one that only reads, and sees one snapshot.
const SNAPSHOT: [&str; 3] = ["begin isolation level repeatable read, read only", "commit", "rollback"];
/// The same for a part of one.
const SAVEPOINT: [&str; 3] = ["savepoint part", "release savepoint part", "rollback to savepoint part"];

fn too_slow() -> Error {
    Error::unavailable("database", "no answer within 20 s")
}

/// Whether a checkout has found a transaction that somebody has left open, either good or failed.
fn is_left_open(error: &pg::Error) -> bool {
    const INVALID_TRANSACTION_TERMINATION: &str = "2D000";
    const IN_FAILED_TRANSACTION: &str = "25P02";
    let pg::Error::PgError(PgError::QueryFailed(QueryError::DbError(error))) = error else { return false };
    [INVALID_TRANSACTION_TERMINATION, IN_FAILED_TRANSACTION].contains(&error.code.as_str())
}

/// What a failed statement means. A violated constraint becomes [`Error::Violated`], a defect of ours; [`on_constraint`] turns
/// those that callers can cause into errors of their own.
fn failure(error: pg::Error) -> Error {
    let pg::Error::PgError(error) = error else { return Error::internal(error.to_string()) };
    match error {
        PgError::QueryFailed(QueryError::DbError(error)) => db_failure(&error),
        // A failed query without a structured error: the connection has broken, or Postgres went away during the statement.
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
        // Serialisation failure or deadlock: nothing was written, and a retry may succeed.
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
