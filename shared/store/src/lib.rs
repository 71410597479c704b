//! All SQL of the suite, by subject.
//!
//! A statement is a file `sql/<aggregate>/<name>.sql`. [`statements!`] declares its parameters and the type of its rows, and
//! thereby the function of that name that runs it. [`rows!`] declares a row type: its fields are the columns, in order.
//! [`parameters!`] does the same for parameters, if there are many. `tests/statements.rs` compares the declarations with what
//! Postgres says about the statement, so that a renamed column, or one that Spin cannot pass, is found before anything runs.
//!
//! Anything that takes several statements, or reshapes a row, is a function next to them. None of them makes decisions: those are
//! in `fundrail_domain`.

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
mod ids;
pub mod investors;
pub mod issuing;
pub mod jobs;
pub mod kyc;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub mod native;
pub mod nav;
pub mod notifications;
pub mod ownership;
mod page;
mod parameter;
pub mod prices;

pub use connection::{Connection, Type, Value};
pub use error::on_constraint;
pub use field::{Field, Json};
pub use page::{Asked, Order, one_more};
pub use parameter::IntoParameter;
pub use statement::{Column, FromRow, Parameters, Statement};

/// All statements.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    let aggregates = [
        audit::STATEMENTS,
        connection::STATEMENTS,
        catalogue::STATEMENTS,
        escrow::STATEMENTS,
        idempotency::STATEMENTS,
        issuing::STATEMENTS,
        jobs::STATEMENTS,
        kyc::STATEMENTS,
        nav::STATEMENTS,
        notifications::STATEMENTS,
        ownership::STATEMENTS,
        prices::STATEMENTS,
    ];
    let parted = [chain::STATEMENTS, compliance::STATEMENTS, identity::STATEMENTS, investors::STATEMENTS];
    aggregates.into_iter().chain(parted.into_iter().flatten().copied()).flatten().copied()
}
