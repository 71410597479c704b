//! The audit trail: reading and verifying it.

mod changes;
mod list;
mod verify;

use fundrail_api::audit as api;
use fundrail_identity::serve;
use fundrail_platform::{Request, Response, Route, routes};

static ROUTES: &[Route] = routes![
    api::ListAuditEvents => list::list;
    api::VerifyAuditTrail => verify::verify;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "audit", ROUTES).await
}
