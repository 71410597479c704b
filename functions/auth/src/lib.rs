//! Sign-in: refresh, logout, MFA, users, roles, API keys, JWKS.

mod api_keys;
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

use fundrail_api::auth as api;
use fundrail_identity::serve;
use fundrail_platform::{Request, Response, Route, routes};

static ROUTES: &[Route] = routes![
    api::ReadJwks => jwks::read;
    api::Refresh => refresh::refresh as body;
    api::Logout => session_list::logout;
    api::ReadMe => me::read;
    api::ListSessions => session_list::list;
    api::RevokeAllSessions => session_list::revoke_all;
    api::ReadSession => session_list::read;
    api::RevokeSession => session_list::revoke;
    api::VerifyEmail => email::verify as body;
    api::SendEmailVerification => email::send;
    api::ConfirmEmailChange => email::confirm_change as body;
    api::AnswerChallenge => mfa::challenge as body;
    api::VerifyMfa => mfa::verify as body;
    api::EnrolTotp => mfa::enrol;
    api::ConfirmTotp => mfa::confirm as body;
    api::RemoveTotp => mfa::remove;
    api::ReplaceRecoveryCodes => mfa::new_recovery_codes;
    api::ListOwnTenants => tenants::list;
    api::CreateTenant => tenants::create as body;
    api::ReadOwnTenant => tenants::read_own;
    api::SwitchTenant => tenants::switch as body;
    api::ReadTenant => tenants::read;
    api::ChangeTenant => tenants::change as body;
    api::ListUsers => users::list;
    api::ReadUser => users::read;
    api::SetRoles => users::set_roles as body;
    api::ResetFactor => users::reset_factor;
    api::RemoveUser => users::remove;
    api::ListInvitations => invitations::list;
    api::Invite => invitations::create;
    api::ReadInvitation => invitations::read;
    api::RevokeInvitation => invitations::revoke;
    api::AcceptInvitation => invitations::accept as body;
    api::ListApiKeys => api_keys::list;
    api::CreateApiKey => api_keys::create;
    api::RotateApiKey => api_keys::rotate as body;
    api::ReadApiKey => api_keys::read;
    api::TakeOverApiKey => api_keys::take_over as body;
    api::RevokeApiKey => api_keys::revoke;
    api::RotateSigningKey => signing_keys::rotate as body;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "auth", ROUTES).await
}
