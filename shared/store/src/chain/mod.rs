//! On-chain facts: incoming logs, and the escrows folded from them. They belong to no tenant, and are read and written through
//! database functions.

pub mod folding;
pub mod intake;
pub mod pending;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&crate::Statement]] =
    &[folding::STATEMENTS, intake::STATEMENTS, pending::STATEMENTS];
