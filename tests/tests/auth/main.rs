//! Sign-in: passwords, sessions, second factors, people, API keys, limits, and attacks on all of it.

mod accounts;
mod api_keys;
mod attacks;
mod authority;
mod givers;
mod idempotency;
mod limits;
mod mfa;
mod notices;
mod outages;
mod passwords;
mod people;
mod proof;
mod secrets;
mod sessions;
mod sign_in;
mod signing_keys;
mod support;
