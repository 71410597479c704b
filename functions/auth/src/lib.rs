//! Sign-in: refresh, logout, MFA, users, roles, API keys, JWKS.

mod jwks;
mod me;

use fundrail_platform::{Request, Response, Route, handler, serve};

static ROUTES: &[Route] = &[
    Route::get("/.well-known/jwks.json", handler!(jwks::read)).public(),
    Route::get("/v1/auth/me", handler!(me::read)),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth", ROUTES).await
}
