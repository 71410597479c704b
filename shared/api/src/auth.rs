//! Sign-in, sessions, users and keys: `/v1/auth/…`.

#[cfg(feature = "openapi")]
mod documentation;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A new tenant and its first owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterRequest {
    /// Name of the tenant.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Acme Treasury"))]
    pub tenant_name: String,
    /// What it is.
    pub kind: TenantKind,
    /// Address of the owner, who signs in by it.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
    /// At least 10 characters, and not among the common ones.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
}

/// What a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TenantKind {
    /// Invests.
    Institution,
    /// Offers funds.
    Issuer,
}

/// What a registration has made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registered {
    /// The owner.
    pub user: User,
    /// The tenant.
    pub tenant: Tenant,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The id.
    pub id: Uuid,
    /// The address that they sign in by.
    pub email: String,
    /// Whether they have followed the link that was mailed to it.
    pub email_verified: bool,
    /// Whether they have a second factor.
    pub mfa_enabled: bool,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// `institution` or `issuer`.
    pub kind: String,
    /// Whether it demands a second factor of everybody.
    pub mfa_required: bool,
}

/// A sign-in by password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginRequest {
    /// The address.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
    /// The password.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 1, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
    /// Which of the person's tenants the session is to be in; the one used last when missing.
    #[cfg_attr(feature = "openapi", schema(nullable))]
    pub tenant_id: Option<Uuid>,
    /// What an earlier sign-in on this device gave; one that is not known counts for nothing.
    #[cfg_attr(feature = "openapi", schema(nullable, min_length = 1, max_length = 200))]
    pub device_token: Option<String>,
}

/// The tokens of a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// A JWT for the `Authorization` header.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds that the access token is good for.
    pub expires_in: i64,
    /// Buys the next pair, once.
    pub refresh_token: String,
    /// For this device to keep and to show at the next sign-in: then nobody else's wrong passwords make this person wait on it.
    /// Only in the answer to a sign-in on a device that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// The password was right; a second factor is still to come: `POST /v1/auth/mfa/challenge`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaRequired {
    /// Always true.
    pub mfa_required: bool,
    /// To be sent along with the code.
    pub challenge_token: String,
    /// Seconds that the challenge is good for.
    pub expires_in: i64,
}

/// What a password gets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LoginAnswer {
    /// A session.
    Tokens(Tokens),
    /// A question for the second factor.
    MfaRequired(MfaRequired),
}

/// Who is signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The person; null for an API key.
    pub user: Option<User>,
    /// The tenant that they act for.
    pub tenant: Tenant,
    /// Their roles in it.
    pub roles: Vec<String>,
    /// What they may do.
    pub permissions: Vec<String>,
    /// The session; null for an API key.
    pub session_id: Option<Uuid>,
    /// The API key; null for a person.
    pub api_key_id: Option<Uuid>,
}

/// The public keys of access tokens (RFC 7517).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwks {
    /// The keys, newest first.
    pub keys: Vec<Jwk>,
}

/// One Ed25519 key (RFC 8037).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// Its name in the header of a token.
    pub kid: String,
    /// The key in base64url.
    pub x: String,
}

/// One sign-in on one device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The id.
    pub id: Uuid,
    /// The tenant that it is in.
    pub tenant_id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the device said of itself.
    pub device: Option<String>,
    /// Where it was last used from.
    pub client_address: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A secret for an authenticator app. Shown once; it counts when it is confirmed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpEnrolment {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as a QR code has it.
    pub otpauth_uri: String,
}

/// What gets a person in whose authenticator is lost. Shown once; each works once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten of them.
    pub recovery_codes: Vec<String>,
}

/// A tenant of the caller.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnTenant {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// `institution` or `issuer`.
    pub kind: String,
    /// The caller's roles in it.
    pub roles: Vec<String>,
}

/// Somebody in a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The user's id.
    pub id: Uuid,
    /// Their address.
    pub email: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

/// An invitation. It is open while it is neither accepted nor taken back nor too old.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// The id.
    pub id: Uuid,
    /// To whom.
    pub email: String,
    /// What they will be.
    pub roles: Vec<String>,
    /// By whom.
    pub invited_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key of a machine, without the key itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// The id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Its own limit, when that is lower than everybody's.
    pub requests_per_minute: Option<u32>,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that takes its place.
    pub replaced_by: Option<Uuid>,
}

/// A new key, shown once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiKey {
    /// For the `Authorization` header, after `Bearer `.
    pub key: String,
    /// What is known of it.
    #[serde(flatten)]
    pub details: ApiKey,
}

/// A new signing key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningKeyRotated {
    /// Its name.
    pub kid: String,
    /// Whether the old ones ended at once.
    pub compromised: bool,
}

/// A body of nothing but a refresh token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefreshRequest {
    /// The newest refresh token of the session.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub refresh_token: String,
}

/// A body of nothing but the token of a mailed link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkRequest {
    /// The token.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub token: String,
}

/// Who has forgotten a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotRequest {
    /// The address.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
}

/// A new password, by a mailed link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkPasswordRequest {
    /// The token of the link.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub token: String,
    /// At least 10 characters, and not among the common ones; of an invitation to an existing account, its password.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
}

/// A new password, by who knows the old one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePasswordRequest {
    /// The old one.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
    /// The new one.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub new_password: String,
}

/// Another address for the account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailChangeRequest {
    /// The new address.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "email", max_length = 254, example = "ada.new@example.com")
    )]
    pub email: String,
    /// The password of the account.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
}

/// The end of the account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountDeletionRequest {
    /// The password of the account.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
}

/// That a request was taken; it says nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Always true.
    pub accepted: bool,
}

/// A code of an authenticator, or a recovery code.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRequest {
    /// Six digits, or a recovery code.
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40, example = "492039"))]
    pub code: String,
}

/// The second half of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChallengeRequest {
    /// From the answer to the password.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub challenge_token: String,
    /// Six digits, or a recovery code.
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40, example = "492039"))]
    pub code: String,
}

/// A further tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTenantRequest {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Acme Treasury"))]
    pub name: String,
    /// What it is.
    pub kind: TenantKind,
}

/// Which tenant to go to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchRequest {
    /// One of the caller's own.
    pub tenant_id: Uuid,
}

/// A new name for the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantRequest {
    /// The name; left as it is when missing.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Acme Treasury"))]
    pub name: Option<String>,
    /// Whether everybody has to have a second factor and show it when they sign in; left as it is when missing.
    pub mfa_required: Option<bool>,
}

/// Roles for somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RolesRequest {
    /// All that they are to have.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10, example = json!(["trader"])))]
    pub roles: Vec<String>,
}

/// Whom to invite.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationRequest {
    /// Their address.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "email", max_length = 254, example = "grace@example.com")
    )]
    pub email: String,
    /// What they will be.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10, example = json!(["trader"])))]
    pub roles: Vec<String>,
}

/// A key for a machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyRequest {
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "order desk"))]
    pub name: String,
    /// Permissions that the caller has themselves; managing people and keys is for people alone.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 50, example = json!(["funds:read", "prices:read"])))]
    pub scopes: Vec<String>,
    /// Days until it stops working; 90 when missing.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 366, nullable))]
    pub expires_in_days: Option<u32>,
    /// A limit of its own, when it is to be lower than everybody's.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000, nullable))]
    pub requests_per_minute: Option<u32>,
}

/// How a key is replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateApiKeyRequest {
    /// Seconds that the old key works on; a day when missing.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 604_800, nullable))]
    pub overlap_seconds: Option<u32>,
}

/// How the signing key is replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateSigningKeyRequest {
    /// Whether the old keys are to stop verifying at once.
    pub compromised: Option<bool>,
}

/// The documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documentation::openapi()
}
