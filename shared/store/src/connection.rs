//! What statements are run by, and whom it acts for: `fundrail_platform` over Spin, tests and the benchmark over `tokio-postgres`.

use std::rc::Rc;

use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

statements! { "connection";
    /// Takes a connection over, and has it act for a tenant and a user. Within a transaction, which somebody has left open, it is
    /// refused: that is to be rolled back first.
    execute check_out(tenant: Option<TenantId>, user: Option<UserId>);

    /// Has the connection act for another tenant or user. Without a tenant it sees no row that belongs to one.
    execute act_for(tenant: Option<TenantId>, user: Option<UserId>);
}

/// A connection to Postgres, in whichever transaction it is in.
#[expect(
    async_fn_in_trait,
    reason = "components have one thread, and natively the type of the connection is known"
)]
pub trait Connection {
    /// All rows of a statement, each with the values of its columns.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Unavailable`] when Postgres is away, [`fundrail_domain::Error::Violated`] for a constraint.
    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>>;

    /// Runs a statement; answers how many rows it touched.
    ///
    /// # Errors
    /// Those of [`Self::query`].
    async fn execute(&self, sql: &'static str, parameters: Vec<Value>) -> Result<u64>;
}

impl<C: Connection> Connection for Rc<C> {
    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        C::query(self, sql, parameters).await
    }

    async fn execute(&self, sql: &'static str, parameters: Vec<Value>) -> Result<u64> {
        C::execute(self, sql, parameters).await
    }
}

/// A value of a column or a parameter: of those types alone that Spin hands over as they are. Times, dates, amounts and JSON
/// are text, and are cast where they are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`, of whichever type.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `smallint`.
    Int16(i16),
    /// `integer`.
    Int32(i32),
    /// `bigint`.
    Int64(i64),
    /// `text`.
    Text(String),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// `uuid`.
    Uuid(Uuid),
    /// `text[]`.
    Texts(Vec<Option<String>>),
}

/// The type of a value, as Postgres knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `boolean`.
    Bool,
    /// `smallint`.
    Int16,
    /// `integer`.
    Int32,
    /// `bigint`.
    Int64,
    /// `text`.
    Text,
    /// `bytea`.
    Bytes,
    /// `uuid`.
    Uuid,
    /// `text[]`.
    Texts,
}

impl Type {
    /// Its name in Postgres, as `pg_type` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int16 => "int2",
            Self::Int32 => "int4",
            Self::Int64 => "int8",
            Self::Text => "text",
            Self::Bytes => "bytea",
            Self::Uuid => "uuid",
            Self::Texts => "_text",
        }
    }
}
