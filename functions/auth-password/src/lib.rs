//! What hashes a password: registration, login, reset. A component of its own, since a hash stalls its neighbours.

mod hashing;
mod login;
mod queries;
mod register;

use fundrail_platform::{Request, Response, Route, handler, serve};

static ROUTES: &[Route] = &[
    Route::post("/v1/auth/register", handler!(register::register)).public().rate_class("register"),
    Route::post("/v1/auth/login", handler!(login::login)).public().rate_class("login"),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth-password", ROUTES).await
}
