//! People, how they sign in, and what they belong to.

pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod authority;
pub mod devices;
pub mod factors;
pub mod invitations;
pub mod links;
pub mod members;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod signing_keys;
pub mod tenants;

use crate::Statement;

/// All statements of this aggregate, by module.
pub static STATEMENTS: &[&[&Statement]] = &[
    accounts::STATEMENTS,
    api_keys::STATEMENTS,
    attempts::STATEMENTS,
    authority::STATEMENTS,
    devices::STATEMENTS,
    factors::STATEMENTS,
    invitations::STATEMENTS,
    links::STATEMENTS,
    members::STATEMENTS,
    secrets::STATEMENTS,
    sessions::STATEMENTS,
    sign_in::STATEMENTS,
    signing_keys::STATEMENTS,
    tenants::STATEMENTS,
];
