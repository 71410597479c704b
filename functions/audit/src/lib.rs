//! The audit trail: reading and verifying it.

use fundrail_platform::{Request, Route, serve};

static ROUTES: &[Route] = &[];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "audit", ROUTES).await
}
