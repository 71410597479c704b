//! People, how they sign in, and what they belong to.

pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod factors;
pub mod invitations;
pub mod members;
pub mod sessions;
pub mod tenants;

use crate::Statement;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&Statement]] = &[
    accounts::STATEMENTS,
    api_keys::STATEMENTS,
    attempts::STATEMENTS,
    factors::STATEMENTS,
    invitations::STATEMENTS,
    members::STATEMENTS,
    sessions::STATEMENTS,
    tenants::STATEMENTS,
];
