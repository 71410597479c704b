//! The audit trail: reading and verifying it.

mod changes;
mod list;
mod verify;

use fundrail_platform::{Request, Response, Route, handler, serve};

static ROUTES: &[Route] = &[
    Route::get("/v1/audit", handler!(list::list)).permission("audit:read"),
    Route::get("/v1/audit/verify", handler!(verify::verify)).permission("audit:read"),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "audit", ROUTES).await
}
