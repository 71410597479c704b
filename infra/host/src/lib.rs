//! A host for Spin applications: it runs the same `spin.toml` and the same Wasm files as Spin, thread-per-core.
//!
//! The path of a request: `admission` has room for its connection, [`core`](crate) accepts it on one of the cores and `guarded`
//! watches over it. `serve` lets `head` check its head and set Spin's headers, finds its route, and lets `intake` read its body.
//! With a turn from `turns`, `instance` provides an instance of the component, and `interfaces` is what that instance calls. `up`
//! puts it all together.

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
