//! What chains say: logs that come in, and the escrows that are folded from them. Chain facts are no tenant's: they are read and
//! written through functions of the database.

pub mod folding;
pub mod intake;
pub mod pending;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&crate::Statement]] =
    &[folding::STATEMENTS, intake::STATEMENTS, pending::STATEMENTS];
