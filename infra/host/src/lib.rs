//! A host for Spin applications: it runs the same `spin.toml` and the same Wasm files as Spin, a core at a time.
//!
//! The way of a request: `admission` has room for its connection, [`core`](crate) accepts it on one of the cores and
//! `guarded` watches over it. `serve` has `head` check its head and set Spin's headers, finds its route, and has `intake`
//! read its body. With a turn of `turns`, `instance` has an instance of the component ready, and `interfaces` is what that
//! instance calls. `up` puts it together.

mod admission;
mod allowed;
mod answer;
mod app;
mod balance;
mod bindings;
mod cache;
mod core;
mod engine;
mod files;
mod guarded;
mod guest_output;
mod head;
mod instance;
mod intake;
mod interfaces;
pub mod log;
pub mod manifest;
mod redis_trigger;
mod router;
mod serve;
mod settle;
mod state;
pub mod template;
mod turns;
pub mod up;
pub mod variables;
mod watch;

pub use guarded::Patience;
pub use manifest::{Manifest, ManifestError};
