//! The foundation of every function: all I/O, in one place.
//!
//! A function is a table of [`Route`]s and one line:
//!
//! ```ignore
//! static ROUTES: &[Route] = routes![ReadFund => read];
//!
//! #[spin_sdk::http_service]
//! async fn handle(request: Request) -> Response {
//!     fundrail_identity::serve(request, "fund-listing", ROUTES).await
//! }
//!
//! async fn read(cx: &Context) -> Result<Answer<Fund>> {
//!     let id: FundId = cx.param("id")?;
//!     let db = cx.db().await?;
//!     Answer::ok(&shown(catalogue::fund(&db, id).await?))
//! }
//! ```
//!
//! Who is calling is not known here: [`serve`] asks a [`guard::Guard`], which `fundrail_identity` provides.
//!
//! Invariant: nothing that belongs to a request is kept in a `static`. An instance serves up to 16 requests at once, of any
//! tenants.

mod answer;
pub mod audit;
mod body;
pub mod cache;
pub mod cache_keys;
mod client_address;
mod conditional;
pub mod config;
mod context;
mod cors;
pub mod db;
mod effects;
mod failure;
pub mod guard;
pub mod idempotency;
pub mod jobs;
pub mod log;
pub mod notifications;
mod principal;
mod problem;
pub mod random;
pub mod rates;
pub mod records;
pub mod redis;
mod reply;
mod route;
pub mod secrets;
mod serve;
pub mod time;

pub use answer::Answer;
pub use context::Context;
pub use fundrail_domain::{Error, FieldError, Result};
pub use fundrail_store::{Asked, Order};
pub use principal::{Principal, Tenant, User};
pub use reply::Reply;
pub use route::{Handler, Replayed, Route};
pub use serve::{Response, serve};
pub use spin_sdk::http::Request;
