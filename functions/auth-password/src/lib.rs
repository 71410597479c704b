//! What hashes a password: registration, login, reset. A component of its own, since a hash stalls its neighbours.

use fundrail_platform::{Request, Route, serve};

static ROUTES: &[Route] = &[];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "auth-password", ROUTES).await
}
