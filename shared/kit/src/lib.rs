//! Small tools that know nothing of funds, tenants or this API: each is a module that imports none of the others.
//!
//! Pure, as `fundrail-domain` is: nothing here does I/O, reads a clock or draws a random number. What has to know what the
//! business is belongs there; what has to talk to somebody, into `fundrail-platform`.

pub mod backoff;
pub mod breaker;
pub mod client_address;
pub mod entity_tag;
pub mod envelope;
pub mod gcra;
pub mod password;
pub mod webhook;
