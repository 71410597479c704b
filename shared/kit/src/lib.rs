//! Small tools that know nothing about funds, tenants or this API. Each is a module that imports none of the others, except that
//! `input` reads with `decimal`, `text` and `time`.
//!
//! Pure, like `fundrail-domain`: nothing here does I/O, reads a clock or draws a random number. Whatever needs to know the
//! business belongs in `fundrail-domain`; whatever talks to anything belongs in `fundrail-platform`.

pub mod backoff;
pub mod breaker;
pub mod client_address;
pub mod decimal;
pub mod digest;
pub mod encoding;
pub mod entity_tag;
pub mod envelope;
pub mod gcra;
pub mod input;
pub mod password;
pub mod route;
pub mod text;
pub mod time;
pub mod trace;
pub mod webhook;
