//! What compliance decides by, and what it has decided.

pub mod decisions;
pub mod facts;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&crate::Statement]] = &[decisions::STATEMENTS, facts::STATEMENTS];
