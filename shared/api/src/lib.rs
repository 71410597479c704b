//! Request and response types of the API, each next to the documentation of its route.
//!
//! The functions respond with these types, the tests read them, and `cargo xtask` merges their documentation into the OpenAPI
//! document (feature `openapi`; without it, as in the components, no part of utoipa is compiled).

pub mod audit;
pub mod auth;
pub mod common;
pub mod compliance;
pub mod endpoint;
pub mod escrow;
pub mod funds;
pub mod investors;
pub mod issuing;
pub mod kyc;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod ops;
pub mod ownership;
pub mod prices;
pub mod problems;
pub mod webhooks;

/// Every endpoint of the API.
pub fn endpoints() -> impl Iterator<Item = &'static endpoint::Endpoint> {
    [
        ops::ENDPOINTS,
        auth::ENDPOINTS,
        audit::ENDPOINTS,
        funds::ENDPOINTS,
        issuing::ENDPOINTS,
        prices::ENDPOINTS,
        escrow::ENDPOINTS,
        webhooks::ENDPOINTS,
        investors::ENDPOINTS,
        kyc::ENDPOINTS,
        ownership::ENDPOINTS,
        compliance::ENDPOINTS,
    ]
    .into_iter()
    .flatten()
}
