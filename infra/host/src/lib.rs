//! A host for Spin applications: it runs the same `spin.toml` and the same Wasm files as Spin, a core at a time.
//!
//! The way of a request: [`core`](crate) accepts it on one of the cores, `serve` finds its route and sets Spin's headers,
//! `instance` has an instance of the component ready, and `interfaces` is what that instance calls. `up` puts it together.

mod allowed;
mod app;
mod balance;
mod bindings;
mod cache;
mod core;
mod engine;
mod files;
mod guest_output;
mod instance;
mod interfaces;
pub mod log;
pub mod manifest;
mod redis_trigger;
mod router;
mod serve;
mod settle;
mod state;
pub mod template;
pub mod up;
pub mod variables;
mod watch;

pub use manifest::{Manifest, ManifestError};
