//! What compliance bases its decisions on, and the decisions.

pub mod decisions;
pub mod facts;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&crate::Statement]] = &[decisions::STATEMENTS, facts::STATEMENTS];
