//! The foundation of every worker: a component that is woken through Redis and does the background work of one domain.
//!
//! A worker is a table and one line:
//!
//! ```ignore
//! static WORKER: Worker = Worker::new(
//!     "chain-worker",
//!     Domain::Chain,
//!     &[kind!(ApplyChainEvents, apply::run)],
//!     &[Periodic { name: "chain.sweep", every: 2, work: work!(apply::sweep) }],
//! );
//!
//! #[spin_sdk::redis_subscriber]
//! async fn wake(_message: Vec<u8>) -> Result<(), String> {
//!     WORKER.wake().await;
//!     Ok(())
//! }
//! ```
//!
//! The message says nothing but "look": the work is rows of the table `job`, and what is due periodically.

mod run;
mod task;

pub use fundrail_platform::jobs::{Job, read};
pub use run::Worker;
pub use task::{Kind, Periodic, Task, Tick, Work};
