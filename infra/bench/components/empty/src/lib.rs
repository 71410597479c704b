//! Answers `ok` and does nothing else: the benchmark's measure of what host and runtime cost a request.

use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

/// Any request: 200 and `ok`.
#[http_service]
async fn empty(_request: Request) -> impl IntoResponse {
    "ok"
}
