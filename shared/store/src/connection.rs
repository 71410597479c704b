//! What runs statements, and on whose behalf: `fundrail_platform` over Spin, tests and the benchmark over `tokio-postgres`.

use std::rc::Rc;

use fundrail_domain::{
    Result,
    ids::{TenantId, UserId},
};
use uuid::Uuid;

statements! { "connection";
    /// Takes over a connection, and makes it act for a tenant and a user. It is refused within a transaction that somebody has
    /// left open, which must be rolled back first.
    execute check_out(tenant: Option<TenantId>, user: Option<UserId>);

    /// Makes the connection act for another tenant or user. Without a tenant it sees no tenant's rows.
    execute act_for(tenant: Option<TenantId>, user: Option<UserId>);
}

/// A connection to Postgres, in whatever transaction it is in.
#[expect(
    async_fn_in_trait,
    reason = "components have one thread, and natively the type of the connection is known"
)]
pub trait Connection {
    /// All rows of a statement, each with the values of its columns.
    ///
    /// # Errors
    /// [`fundrail_domain::Error::Unavailable`] if Postgres is unavailable, [`fundrail_domain::Error::Violated`] for a constraint.
    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>>;

    /// Runs a statement; returns the number of rows affected.
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

/// A value of a column or a parameter: only of types that Spin passes unchanged. Times, dates, amounts and JSON are text, and are
/// cast where they are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null` of any type.
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

/// The type of a value, as known to Postgres.
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
    /// Its name in Postgres, as in `pg_type`.
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
