//! Sign-in, sessions, users and API keys: `/v1/auth/…`.

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
    /// Kind of tenant.
    pub kind: TenantKind,
    /// E-mail address of the owner, who signs in with it.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
    /// At least 10 characters, and not a common password.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
}

/// Kind of tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TenantKind {
    /// Invests in funds.
    Institution,
    /// Issues funds.
    Issuer,
}

/// Result of a registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registered {
    /// The first owner.
    pub user: User,
    /// The new tenant.
    pub tenant: Tenant,
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Unique identifier.
    pub id: Uuid,
    /// E-mail address that they sign in with.
    pub email: String,
    /// Whether they have verified this address.
    pub email_verified: bool,
    /// Whether they have a second factor.
    pub mfa_enabled: bool,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// Unique identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// `institution` or `issuer`.
    pub kind: String,
    /// Whether every member must have a second factor.
    pub mfa_required: bool,
}

/// A sign-in with a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginRequest {
    /// E-mail address.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
    /// Password.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 1, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
    /// The tenant to sign in to; by default the one used last.
    #[cfg_attr(feature = "openapi", schema(nullable))]
    pub tenant_id: Option<Uuid>,
    /// Device token from an earlier sign-in on this device. An unknown token is ignored.
    #[cfg_attr(feature = "openapi", schema(nullable, min_length = 1, max_length = 200))]
    pub device_token: Option<String>,
}

/// The tokens of a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// JWT for the `Authorization` header.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Lifetime of the access token in seconds.
    pub expires_in: i64,
    /// Token to exchange for the next pair; can be used once.
    pub refresh_token: String,
    /// To be kept on this device and sent with the next sign-in: it spares this person the delays caused by other people's wrong
    /// passwords. Present only after a sign-in on an unknown device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// The password was correct; complete the sign-in with a second factor at `POST /v1/auth/mfa/challenge`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MfaRequired {
    /// Always true.
    pub mfa_required: bool,
    /// Token to send with the code.
    pub challenge_token: String,
    /// Lifetime of the challenge in seconds.
    pub expires_in: i64,
}

/// Response to a correct password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LoginAnswer {
    /// A session.
    Tokens(Tokens),
    /// A challenge for the second factor.
    MfaRequired(MfaRequired),
}

/// The caller.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The person; null for an API key.
    pub user: Option<User>,
    /// The tenant that the caller acts for.
    pub tenant: Tenant,
    /// The caller's roles in the tenant.
    pub roles: Vec<String>,
    /// The caller's permissions.
    pub permissions: Vec<String>,
    /// The session; null for an API key.
    pub session_id: Option<Uuid>,
    /// The API key; null for a person.
    pub api_key_id: Option<Uuid>,
}

/// Public keys that verify access tokens (RFC 7517).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwks {
    /// The keys, newest first.
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037).
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
    /// Key id, as in the header of a token.
    pub kid: String,
    /// The public key in base64url.
    pub x: String,
}

/// A session on one device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Unique identifier.
    pub id: Uuid,
    /// The tenant that it belongs to.
    pub tenant_id: Uuid,
    /// Whether it is the session of this request.
    pub current: bool,
    /// What the device calls itself.
    pub device: Option<String>,
    /// Client address of its last use.
    pub client_address: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A secret for an authenticator app. Shown once; takes effect once it has been confirmed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpEnrolment {
    /// The secret in base32, for manual entry.
    pub secret: String,
    /// The same secret as a URI, for a QR code.
    pub otpauth_uri: String,
}

/// Codes for signing in when the authenticator is lost. Shown once; each code works once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten recovery codes.
    pub recovery_codes: Vec<String>,
}

/// A tenant that the caller is a member of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnTenant {
    /// Unique identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// `institution` or `issuer`.
    pub kind: String,
    /// The caller's roles in it.
    pub roles: Vec<String>,
}

/// A member of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Id of the user.
    pub id: Uuid,
    /// E-mail address.
    pub email: String,
    /// Roles in the tenant.
    pub roles: Vec<String>,
    /// When they joined.
    pub joined_at: DateTime<Utc>,
}

/// An invitation. It is open until it is accepted, revoked or expired.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Unique identifier.
    pub id: Uuid,
    /// E-mail address of the recipient.
    pub email: String,
    /// Roles that it grants.
    pub roles: Vec<String>,
    /// User who sent it.
    pub invited_by: Uuid,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An API key, without the key itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// Unique identifier.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// Permissions that it grants.
    pub scopes: Vec<String>,
    /// Its own rate limit, if lower than the general one.
    pub requests_per_minute: Option<u32>,
    /// User who created it.
    pub created_by: Uuid,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to within about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that replaces it.
    pub replaced_by: Option<Uuid>,
}

/// A new API key. The key itself is shown only once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiKey {
    /// The key, to be sent in the `Authorization` header after `Bearer `.
    pub key: String,
    /// Details of the key.
    #[serde(flatten)]
    pub details: ApiKey,
}

/// A new signing key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningKeyRotated {
    /// Key id of the new key.
    pub kid: String,
    /// Whether the old keys stopped verifying at once.
    pub compromised: bool,
}

/// A refresh token to be exchanged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefreshRequest {
    /// The session's latest refresh token.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub refresh_token: String,
}

/// The token of a link sent by e-mail.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkRequest {
    /// Token of the link.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub token: String,
}

/// A request for a password reset link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotRequest {
    /// E-mail address.
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
    pub email: String,
}

/// A new password, set through a link sent by e-mail.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkPasswordRequest {
    /// Token of the link.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub token: String,
    /// At least 10 characters, and not a common password. When accepting an invitation with an existing account: the password of
    /// that account.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub password: String,
}

/// A change of password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePasswordRequest {
    /// The current password.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
    /// The new password.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "password", min_length = 10, max_length = 256, example = "violet-harbour-27-lamp")
    )]
    pub new_password: String,
}

/// A change of e-mail address.
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
    /// The current password of the account.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
}

/// Deletion of the account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountDeletionRequest {
    /// The current password of the account.
    #[cfg_attr(feature = "openapi", schema(format = "password", min_length = 1, max_length = 256))]
    pub current_password: String,
}

/// Acknowledges a request, and reveals nothing else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Always true.
    pub accepted: bool,
}

/// A code from an authenticator, or a recovery code.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeRequest {
    /// Six digits, or a recovery code.
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40, example = "492039"))]
    pub code: String,
}

/// A response to a second-factor challenge.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChallengeRequest {
    /// Token from the response to the password.
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
    /// Name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Acme Treasury"))]
    pub name: String,
    /// Kind of tenant.
    pub kind: TenantKind,
}

/// The tenant to switch to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchRequest {
    /// One of the caller's own tenants.
    pub tenant_id: Uuid,
}

/// Changes to the tenant. Fields left out stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantRequest {
    /// New name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Acme Treasury"))]
    pub name: Option<String>,
    /// Whether every member must have a second factor and use it when signing in.
    pub mfa_required: Option<bool>,
}

/// New roles for a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RolesRequest {
    /// All of the member's roles; replaces the present ones.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10, example = json!(["trader"])))]
    pub roles: Vec<String>,
}

/// An invitation to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationRequest {
    /// E-mail address.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "email", max_length = 254, example = "grace@example.com")
    )]
    pub email: String,
    /// Roles that it grants.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10, example = json!(["trader"])))]
    pub roles: Vec<String>,
}

/// An API key to be created.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKeyRequest {
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "order desk"))]
    pub name: String,
    /// Permissions that it grants. You can grant only those that you have yourself, and none to manage people or keys.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 50, example = json!(["funds:read", "prices:read"])))]
    pub scopes: Vec<String>,
    /// Days until it expires; 90 by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 366, nullable))]
    pub expires_in_days: Option<u32>,
    /// A rate limit of its own, if lower than the general one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000, nullable))]
    pub requests_per_minute: Option<u32>,
}

/// How to rotate a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateApiKeyRequest {
    /// Seconds for which the old key keeps working; a day by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 604_800, nullable))]
    pub overlap_seconds: Option<u32>,
}

/// How to rotate the signing key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RotateSigningKeyRequest {
    /// Whether the old keys should stop verifying at once.
    pub compromised: Option<bool>,
}

/// Documentation of these routes.
#[cfg(feature = "openapi")]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documentation::openapi()
}
