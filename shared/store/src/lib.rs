//! All SQL of the suite, by what it is about.
//!
//! A statement is a file `sql/<aggregate>/<name>.sql`. [`statements!`] declares it: its parameters, the type of its rows, and
//! with both the function of that name that runs it. [`rows!`] declares a type of rows: its fields are the columns, in their
//! order. [`parameters!`] does the same for parameters, where they are many. What is declared is compared with what Postgres says
//! of the statement, by `tests/statements.rs`: so a column that was renamed, or that Spin cannot hand over, is found before
//! anything runs.
//!
//! What takes several statements, or gives a row another shape, is a function beside them. Decisions are none of them: those are in
//! `fundrail_domain`.

#[macro_use]
mod statement;

pub mod audit;
pub mod catalogue;
pub mod chain;
pub mod compliance;
pub mod connection;
mod error;
pub mod escrow;
mod field;
pub mod idempotency;
pub mod identity;
pub mod investors;
pub mod jobs;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub mod native;
pub mod nav;
pub mod notifications;
mod page;
mod parameter;
pub mod prices;

pub use connection::{Connection, Type, Value};
pub use error::on_constraint;
pub use field::{Field, Json};
pub use page::{Asked, Order, one_more};
pub use parameter::IntoParameter;
pub use statement::{Column, FromRow, Parameters, Statement};

/// Every statement there is.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    let aggregates = [
        audit::STATEMENTS,
        connection::STATEMENTS,
        catalogue::STATEMENTS,
        escrow::STATEMENTS,
        idempotency::STATEMENTS,
        jobs::STATEMENTS,
        nav::STATEMENTS,
        notifications::STATEMENTS,
        prices::STATEMENTS,
    ];
    let parted = [chain::STATEMENTS, compliance::STATEMENTS, identity::STATEMENTS, investors::STATEMENTS];
    aggregates.into_iter().chain(parted.into_iter().flatten().copied()).flatten().copied()
}
