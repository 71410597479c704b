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

use fundrail_api::auth as api;
use fundrail_identity::serve;
use fundrail_platform::{Request, Response, Route, routes};

static ROUTES: &[Route] = routes![
    api::Register => register::register as body, behind hashing::place;
    api::Login => login::login as body, behind hashing::place;
    api::ForgotPassword => forgot::forgot as body;
    api::ResetPassword => reset::reset as body, behind hashing::place;
    api::ChangePassword => change::change, behind hashing::place;
    api::ChangeEmail => email_change::ask, behind hashing::place;
    api::DeleteAccount => deletion::delete as body, behind hashing::place;
    api::AcceptInvitationByPassword => invitation::accept as body, behind hashing::place;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth-password", ROUTES).await
}
