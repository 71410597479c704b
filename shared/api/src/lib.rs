//! Request and response types of the API, with the documentation of each route beside them.
//!
//! The functions answer with these types, the tests read them, and `cargo xtask` merges their documentation into the
//! OpenAPI document (feature `openapi`; without it, as in components, nothing of utoipa is compiled).

pub mod audit;
pub mod auth;
pub mod common;
pub mod compliance;
pub mod escrow;
pub mod funds;
pub mod investors;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod ops;
pub mod prices;
pub mod problems;
pub mod webhooks;
