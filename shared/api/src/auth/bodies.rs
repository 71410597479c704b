//! How the bodies of sign-in are read.

use std::collections::BTreeSet;

use fundrail_domain::{
    Result,
    auth::roles,
    ids::TenantId,
    input::{self, Object},
    text::Email,
};
use fundrail_kit::password;
use serde_json::Value;

use super::{
    AccountDeletionRequest, ApiKeyRequest, ChallengeRequest, ChangePasswordRequest, CodeRequest,
    EmailChangeRequest, ForgotRequest, InvitationRequest, LinkPasswordRequest, LinkRequest, LoginRequest,
    NewTenantRequest, RefreshRequest, RegisterRequest, RolesRequest, RotateApiKeyRequest,
    RotateSigningKeyRequest, SwitchRequest, TakeOverApiKeyRequest, TenantRequest,
};
use crate::endpoint::Body;

/// Longest life of an API key, in days.
const MAX_DAYS: u32 = 366;
/// Longest time for which a replaced key works on, in seconds.
const MAX_OVERLAP: u32 = 7 * 24 * 3600;

/// Somebody who registers a tenant.
pub struct NewTenant {
    /// The name of the tenant.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// The address of its first owner.
    pub email: Email,
    /// Their password.
    pub password: String,
}

impl Body for RegisterRequest {
    type Read = NewTenant;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<NewTenant> {
        let name = body.required_as("tenant_name", input::text_between(1, 200));
        let kind = body.required_as("kind", input::one_of(roles::TENANT_KINDS));
        let email = body.required::<Email>("email");
        let personal: Vec<&str> =
            [name.as_deref(), email.as_ref().map(Email::as_str)].into_iter().flatten().collect();
        let password = body.required_as("password", chosen(&personal));
        body.finish(|| Some(NewTenant { name: name?, kind: kind?, email: email?, password: password? }))
    }
}

/// Somebody who signs in.
pub struct Credentials {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: String,
    /// The tenant to sign in to; the one used last when none is named.
    pub tenant: Option<TenantId>,
    /// The token of the device, from an earlier sign-in on it.
    pub device_token: Option<String>,
}

impl Body for LoginRequest {
    type Read = Credentials;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Credentials> {
        let email = body.required::<Email>("email");
        let password = body.required_as("password", given);
        let tenant = body.optional::<TenantId>("tenant_id");
        let device_token = body.optional_as("device_token", input::text_between(1, 200));
        body.finish(|| Some(Credentials { email: email?, password: password?, tenant, device_token }))
    }
}

impl Body for RefreshRequest {
    type Read = String;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<String> {
        token(body, "refresh_token")
    }
}

impl Body for LinkRequest {
    type Read = String;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<String> {
        token(body, "token")
    }
}

impl Body for ForgotRequest {
    type Read = Email;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Email> {
        let email = body.required::<Email>("email");
        body.finish(|| email)
    }
}

/// A password that is set by a mailed link.
pub struct LinkPassword {
    /// The token of the link.
    pub token: String,
    /// The password. It is asked to be acceptable even where an account is there already, so that the answer does not tell
    /// whether it is.
    pub password: String,
}

impl Body for LinkPasswordRequest {
    type Read = LinkPassword;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<LinkPassword> {
        let token = body.required_as("token", input::text_between(1, 200));
        let password = body.required_as("password", chosen(&[]));
        body.finish(|| Some(LinkPassword { token: token?, password: password? }))
    }
}

/// A new password in place of the current one.
pub struct PasswordChange {
    /// The one that is to be shown.
    pub current: String,
    /// The one that comes in its place.
    pub new: String,
}

impl Body for ChangePasswordRequest {
    type Read = PasswordChange;
    /// The caller's e-mail address, which makes no password.
    type With<'a> = &'a str;

    fn read(mut body: Object<'_>, email: &str) -> Result<PasswordChange> {
        let current = body.required_as("current_password", given);
        let new = body.required_as("new_password", chosen(&[email]));
        body.finish(|| Some(PasswordChange { current: current?, new: new? }))
    }
}

/// Another address for an account.
pub struct EmailChange {
    /// The address.
    pub email: Email,
    /// The current password.
    pub password: String,
}

impl Body for EmailChangeRequest {
    type Read = EmailChange;
    /// The caller's present address.
    type With<'a> = &'a str;

    fn read(mut body: Object<'_>, old: &str) -> Result<EmailChange> {
        let email = body.required::<Email>("email");
        if email.as_ref().is_some_and(|new| new.as_str() == old) {
            body.complain("email", "is already your address");
        }
        let password = body.required_as("current_password", given);
        body.finish(|| Some(EmailChange { email: email?, password: password? }))
    }
}

impl Body for AccountDeletionRequest {
    type Read = String;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<String> {
        let password = body.required_as("current_password", given);
        body.finish(|| password)
    }
}

impl Body for CodeRequest {
    type Read = String;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<String> {
        let code = body.required_as("code", input::text_between(6, 40));
        body.finish(|| code)
    }
}

/// A second factor for a sign-in that waits for it.
pub struct ChallengeAnswer {
    /// The token of the challenge.
    pub token: String,
    /// The code of the authenticator, or a recovery code.
    pub code: String,
}

impl Body for ChallengeRequest {
    type Read = ChallengeAnswer;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<ChallengeAnswer> {
        let token = body.required_as("challenge_token", input::text_between(1, 200));
        let code = body.required_as("code", input::text_between(6, 40));
        body.finish(|| Some(ChallengeAnswer { token: token?, code: code? }))
    }
}

/// A further tenant for an account.
pub struct FurtherTenant {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
}

impl Body for NewTenantRequest {
    type Read = FurtherTenant;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<FurtherTenant> {
        let name = body.required_as("name", input::text_between(1, 200));
        let kind = body.required_as("kind", input::one_of(roles::TENANT_KINDS));
        body.finish(|| Some(FurtherTenant { name: name?, kind: kind? }))
    }
}

impl Body for SwitchRequest {
    type Read = TenantId;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<TenantId> {
        let tenant = body.required::<TenantId>("tenant_id");
        body.finish(|| tenant)
    }
}

/// What is to change of a tenant.
pub struct TenantChange {
    /// The name.
    pub name: Option<String>,
    /// Whether everybody needs a second factor.
    pub mfa_required: Option<bool>,
}

impl Body for TenantRequest {
    type Read = TenantChange;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<TenantChange> {
        let name = body.optional_as("name", input::text_between(1, 200));
        let mfa_required = body.optional::<bool>("mfa_required");
        body.finish(|| Some(TenantChange { name, mfa_required }))
    }
}

impl Body for RolesRequest {
    /// The roles as they were given: whether they may be given is known once those of the member are.
    type Read = Vec<String>;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<Vec<String>> {
        let roles = body.list::<String>("roles", (1, 10));
        body.finish(|| roles)
    }
}

/// Somebody who is invited.
pub struct NewInvitation {
    /// Their address.
    pub email: Email,
    /// Their roles, sorted, each once.
    pub roles: Vec<String>,
}

impl Body for InvitationRequest {
    type Read = NewInvitation;
    /// The roles that a tenant of this kind can give.
    type With<'a> = &'a [String];

    fn read(mut body: Object<'_>, assignable: &[String]) -> Result<NewInvitation> {
        let email = body.required::<Email>("email");
        let roles = body.list::<String>("roles", (1, 10));
        for wrong in roles::wrong_roles(roles.as_deref().unwrap_or_default(), &[], assignable) {
            body.complain_below(&wrong.pointer, wrong.message);
        }
        body.finish(|| Some(NewInvitation { email: email?, roles: each_once(roles?) }))
    }
}

/// An API key that is asked for.
pub struct WantedApiKey {
    /// What it is called.
    pub name: String,
    /// What it may do, sorted, each once.
    pub scopes: Vec<String>,
    /// For how many days it works.
    pub days: u32,
    /// How many requests a minute it may send, if that is less than others may.
    pub rate: Option<u32>,
}

impl Body for ApiKeyRequest {
    type Read = WantedApiKey;
    /// The permissions of the caller: a key holds no more.
    type With<'a> = &'a BTreeSet<String>;

    fn read(mut body: Object<'_>, held: &BTreeSet<String>) -> Result<WantedApiKey> {
        let name = body.required_as("name", input::text_between(1, 100));
        let scopes = body.list::<String>("scopes", (1, 50));
        let asked = scopes.as_deref().unwrap_or_default();
        for wrong in roles::wrong_scopes(asked, |scope| held.contains(scope)) {
            body.complain_below(&wrong.pointer, wrong.message);
        }
        let days = body.optional::<u32>("expires_in_days");
        let rate = body.optional::<u32>("requests_per_minute");
        if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            body.complain("expires_in_days", format!("must be 1 to {MAX_DAYS}"));
        }
        if rate.is_some_and(|rate| !(1..=1_000_000).contains(&rate)) {
            body.complain("requests_per_minute", "must be 1 to 1000000");
        }
        body.finish(|| {
            Some(WantedApiKey { name: name?, scopes: each_once(scopes?), days: days.unwrap_or(90), rate })
        })
    }
}

impl Body for RotateApiKeyRequest {
    /// For how many seconds the old key works on.
    type Read = u32;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<u32> {
        overlap(body, 24 * 3600)
    }
}

impl Body for TakeOverApiKeyRequest {
    /// For how many seconds the old key works on.
    type Read = u32;
    type With<'a> = ();

    fn read(body: Object<'_>, (): ()) -> Result<u32> {
        overlap(body, 0)
    }
}

/// Reads `overlap_seconds`, the only field.
fn overlap(mut body: Object<'_>, default: u32) -> Result<u32> {
    let overlap = body.optional::<u32>("overlap_seconds").unwrap_or(default);
    if overlap > MAX_OVERLAP {
        body.complain("overlap_seconds", format!("must be 0 to {MAX_OVERLAP}"));
    }
    body.finish(|| Some(overlap))
}

impl Body for RotateSigningKeyRequest {
    /// Whether the key has been compromised.
    type Read = bool;
    type With<'a> = ();

    fn read(mut body: Object<'_>, (): ()) -> Result<bool> {
        let compromised = body.optional::<bool>("compromised");
        body.finish(|| Some(compromised.unwrap_or(false)))
    }
}

/// A body of nothing but a token.
fn token(mut body: Object<'_>, name: &'static str) -> Result<String> {
    let token = body.required_as(name, input::text_between(1, 200));
    body.finish(|| token)
}

fn each_once(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

/// A password as a caller sends it to sign in: any text that could be one. Counted are the characters that it has once it is
/// normalised, since keyboards that write letters and their accents apart send more of them.
fn given(value: &Value) -> Result<String, String> {
    let expected = || format!("must be text of 1 to {} characters", password::MAX_LENGTH);
    let text = value.as_str().ok_or_else(expected)?;
    // Taken apart, no character is more than four.
    if text.chars().count() > 4 * password::MAX_LENGTH {
        return Err(expected());
    }
    let length = password::normalised(text).chars().count();
    if (1..=password::MAX_LENGTH).contains(&length) { Ok(text.to_owned()) } else { Err(expected()) }
}

/// A password that somebody wants to have; `personal` are words that belong to them.
fn chosen(personal: &[&str]) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = given(value)?;
        password::acceptable(&text, personal)?;
        Ok(text)
    }
}
