//! Fundrail's decisions, and types that cannot hold invalid values.
//!
//! Pure: nothing here does I/O, reads a clock or draws a random number; `now` is a parameter. Decisions can therefore be tested
//! natively in milliseconds, and replayed years later with the same result.

pub mod audit;
pub mod auth;
pub mod chain;
pub mod compliance;
pub mod error;
pub mod escrow;
pub mod fund;
pub mod ids;
pub mod investor;
pub mod money;
pub mod patch;
pub mod price;
pub mod reference;
mod stored;
pub mod text;
pub mod time;
mod words;

pub use error::{Error, Result};
pub use fundrail_kit::input::{self, FieldError};
