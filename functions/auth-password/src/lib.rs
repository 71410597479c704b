//! What hashes a password: registration, login, reset. A component of its own, since a hash stalls its neighbours.

mod attempts;
mod change;
mod current;
mod deletion;
mod email_change;
mod forgot;
mod hashing;
mod invitation;
mod login;
mod register;
mod reset;

use fundrail_platform::{Request, Response, Route, handler, serve};
use hashing::queued;

static ROUTES: &[Route] = &[
    Route::post("/v1/auth/register", queued!(register::register))
        .public()
        .rate_class("register")
        .idempotent(),
    Route::post("/v1/auth/login", queued!(login::login)).public().rate_class("login").rate_subject("email"),
    Route::post("/v1/auth/password/forgot", handler!(forgot::forgot)).public().rate_class("password"),
    Route::post("/v1/auth/password/reset", queued!(reset::reset))
        .public()
        .rate_class("password")
        .rate_subject("token"),
    Route::post("/v1/auth/password/change", queued!(change::change))
        .without_factor()
        .rate_class("password")
        .changes_sign_in(),
    Route::post("/v1/auth/email/change", queued!(email_change::ask))
        .rate_class("password")
        .step_up()
        .changes_sign_in(),
    Route::post("/v1/auth/account/deletion", queued!(deletion::delete))
        .rate_class("password")
        .step_up()
        .changes_account(),
    Route::post("/v1/auth/password/accept-invitation", queued!(invitation::accept))
        .public()
        .rate_class("password")
        .rate_subject("token"),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth-password", ROUTES).await
}
