//! What the end-to-end tests stand on: it boots the host with real Postgres and Redis, and speaks HTTP to it.
//!
//! ```no_run
//! use fundrail_tests::{assert_problem, json, shared};
//!
//! #[test]
//! fn an_investor_of_another_tenant_is_not_found() {
//!     let env = shared();
//!     let (ours, theirs) = (env.institution(), env.institution());
//!     let body = json!({"kind": "natural"});
//!     let made = env.post("/v1/investors").token(&ours).json(&body).send().expect(201);
//!     let path = format!("/v1/investors/{}", made["id"].as_str().unwrap());
//!     assert_problem(&env.get(&path).token(&theirs).send(), 404, "not_found", &[]);
//! }
//! ```
//!
//! * [`shared`] is one environment for all tests of a binary: a database of its own (migrated and seeded), a Redis, a
//!   host and a ticker. Tests run side by side in it, so each registers tenants of its own ([`Environment::institution`],
//!   [`Environment::issuer`]) or signs in as a seeded one ([`Environment::demo`]).
//! * [`Environment::start`] makes another one, with services of its own on wish, for tests that break something.
//! * With `FUNDRAIL_URL=http://…` the same cases run against whatever answers there, stock Spin for one. A case that
//!   needs more than HTTP asks for it by [`Environment::control`] and is counted as skipped where there is none:
//!   `let Some(control) = env.control() else { return skip("it stops Redis") };`
//! * Secrets that pass through [`Request`] and [`Response`] are noted, and the last test of all looks for them in the
//!   logs of all.
//!
//! Environment variables, all set by `cargo xtask test`: `DATABASE_URL` (an administrator's), `REDIS_SERVER_BIN`,
//! `PG_BIN`, `FUNDRAIL_HOST_BIN`, `FUNDRAIL_XTASK_BIN`. What is not set is looked for where it usually is.

mod approvals;
mod assertions;
mod client;
mod control;
mod environment;
mod folders;
mod host;
mod manifest;
mod operations;
mod paths;
mod process;
mod secrets;
mod services;
mod skipped;
mod tenants;
mod variables;
mod wait;
mod wallets;
mod webhook;

pub use approvals::{passport, register_extract};
pub use assertions::{assert_problem, problem_pointers};
pub use client::{Client, Request, Response, bare};
pub use control::{Control, Database};
pub use environment::{Environment, Options, shared};
pub use folders::{run_folder, workspace};
pub use host::Host;
pub use manifest::{Component, components, triggers};
pub use operations::Operation;
pub use paths::{component, host_binary, xtask_binary};
pub use process::Process;
pub use secrets::{leaks, note_secret, noted_secrets};
pub use serde_json::{Value, json};
pub use services::{Postgres, Redis};
pub use skipped::{skip, skipped};
pub use tenants::Tenant;
pub use variables::Variables;
pub use wait::{wait_until, wait_until_some};
pub use wallets::{WalletKey, new_wallet, wallet_path};
pub use webhook::{sign_webhook, signed_webhook};
