//! Sign-in: refresh, logout, MFA, users, roles, API keys, JWKS.

mod api_keys;
mod body;
mod email;
mod invitations;
mod jwks;
mod me;
mod mfa;
mod refresh;
mod session_list;
mod signing_keys;
mod tenants;
mod users;

use fundrail_platform::{Request, Response, Route, handler, serve};

static ROUTES: &[Route] = &[
    Route::get("/.well-known/jwks.json", handler!(jwks::read)).public(),
    Route::post("/v1/auth/refresh", handler!(refresh::refresh))
        .public()
        .rate_class("refresh")
        .rate_subject("refresh_token"),
    Route::post("/v1/auth/logout", handler!(session_list::logout)).without_factor().changes_sign_in(),
    Route::get("/v1/auth/me", handler!(me::read)).without_factor(),
    Route::get("/v1/auth/sessions", handler!(session_list::list)).without_factor(),
    Route::delete("/v1/auth/sessions", handler!(session_list::revoke_all)).without_factor().changes_sign_in(),
    Route::get("/v1/auth/sessions/:id", handler!(session_list::read)).without_factor(),
    Route::delete("/v1/auth/sessions/:id", handler!(session_list::revoke)).without_factor().changes_sign_in(),
    Route::post("/v1/auth/email/verify", handler!(email::verify))
        .public()
        .rate_class("password")
        .rate_subject("token"),
    Route::post("/v1/auth/email/verification", handler!(email::send)).without_factor().rate_class("password"),
    Route::post("/v1/auth/email/change/confirm", handler!(email::confirm_change))
        .public()
        .rate_class("password")
        .rate_subject("token"),
    Route::post("/v1/auth/mfa/challenge", handler!(mfa::challenge))
        .public()
        .rate_class("mfa")
        .rate_subject("challenge_token"),
    Route::post("/v1/auth/mfa/verify", handler!(mfa::verify))
        .without_factor()
        .rate_class("mfa")
        .changes_sign_in(),
    Route::post("/v1/auth/mfa/totp", handler!(mfa::enrol))
        .verified()
        .fresh()
        .without_factor()
        .rate_class("mfa")
        .changes_sign_in()
        .idempotent(),
    Route::post("/v1/auth/mfa/totp/confirm", handler!(mfa::confirm))
        .verified()
        .without_factor()
        .rate_class("mfa")
        .changes_sign_in(),
    Route::delete("/v1/auth/mfa/totp", handler!(mfa::remove)).step_up().changes_sign_in(),
    Route::post("/v1/auth/mfa/recovery-codes", handler!(mfa::new_recovery_codes))
        .verified()
        .step_up()
        .changes_sign_in()
        .idempotent(),
    Route::get("/v1/auth/tenants", handler!(tenants::list)).without_factor(),
    Route::post("/v1/auth/tenants", handler!(tenants::create))
        .rate_class("register")
        .verified()
        .step_up()
        .changes_sign_in()
        .idempotent(),
    Route::get("/v1/auth/tenants/:id", handler!(tenants::read_own)).without_factor(),
    Route::post("/v1/auth/tenants/switch", handler!(tenants::switch))
        .verified()
        .without_factor()
        .changes_sign_in()
        .idempotent(),
    Route::get("/v1/auth/tenant", handler!(tenants::read)).without_factor(),
    Route::patch("/v1/auth/tenant", handler!(tenants::change))
        .permission("tenant:write")
        .verified()
        .step_up()
        .changes_people(),
    Route::get("/v1/auth/users", handler!(users::list)).permission("users:read"),
    Route::get("/v1/auth/users/:id", handler!(users::read)).permission("users:read"),
    Route::put("/v1/auth/users/:id/roles", handler!(users::set_roles))
        .permission("users:write")
        .verified()
        .step_up()
        .changes_people(),
    Route::delete("/v1/auth/users/:id/mfa", handler!(users::reset_factor))
        .verified()
        .fresh()
        .changes_people(),
    Route::delete("/v1/auth/users/:id", handler!(users::remove)).step_up().changes_people(),
    Route::get("/v1/auth/invitations", handler!(invitations::list)).permission("users:read"),
    Route::post("/v1/auth/invitations", handler!(invitations::create))
        .permission("users:write")
        .verified()
        .step_up()
        .changes_people()
        .idempotent(),
    Route::get("/v1/auth/invitations/:id", handler!(invitations::read)).permission("users:read"),
    Route::delete("/v1/auth/invitations/:id", handler!(invitations::revoke))
        .permission("users:write")
        .changes_people(),
    Route::post("/v1/auth/invitations/accept", handler!(invitations::accept))
        .without_factor()
        .changes_account()
        .idempotent(),
    Route::get("/v1/auth/api-keys", handler!(api_keys::list)).permission("api_keys:read"),
    Route::post("/v1/auth/api-keys", handler!(api_keys::create))
        .permission("api_keys:write")
        .verified()
        .step_up()
        .idempotent(),
    Route::post("/v1/auth/api-keys/:id/rotate", handler!(api_keys::rotate))
        .permission("api_keys:write")
        .verified()
        .step_up()
        .idempotent(),
    Route::get("/v1/auth/api-keys/:id", handler!(api_keys::read)).permission("api_keys:read"),
    Route::post("/v1/auth/api-keys/:id/take-over", handler!(api_keys::take_over))
        .permission("api_keys:write")
        .verified()
        .step_up(),
    Route::delete("/v1/auth/api-keys/:id", handler!(api_keys::revoke)).permission("api_keys:write"),
    Route::post("/v1/auth/signing-keys/rotate", handler!(signing_keys::rotate))
        .permission("secrets:rotate")
        .verified()
        .step_up()
        .idempotent(),
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth", ROUTES).await
}
