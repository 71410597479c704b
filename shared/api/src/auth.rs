//! Sign-in, sessions, users and API keys: `/v1/auth/…`.

mod bodies;

pub use bodies::{
    ChallengeAnswer, Credentials, EmailChange, FurtherTenant, LinkPassword, NewInvitation, NewTenant,
    PasswordChange, TenantChange, WantedApiKey,
};

use crate::{common::Page, endpoint::endpoints};
use chrono::{DateTime, Utc};
use fundrail_domain::ids::{ApiKeyId, InvitationId, SessionId, TenantId, UserId};
use serde::{Deserialize, Serialize};

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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: UserId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: TenantId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>, nullable))]
    pub tenant_id: Option<TenantId>,
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
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub session_id: Option<SessionId>,
    /// The API key; null for a person.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub api_key_id: Option<ApiKeyId>,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: SessionId,
    /// The tenant that it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub tenant_id: TenantId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: TenantId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: UserId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: InvitationId,
    /// E-mail address of the recipient.
    pub email: String,
    /// Roles that it grants.
    pub roles: Vec<String>,
    /// User who sent it.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub invited_by: UserId,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// Permissions that it grants.
    pub scopes: Vec<String>,
    /// Its own rate limit, if lower than the general one.
    pub requests_per_minute: Option<u32>,
    /// User who created it.
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub created_by: UserId,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to within about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that replaces it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<uuid::Uuid>))]
    pub replaced_by: Option<ApiKeyId>,
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
    #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
    pub tenant_id: TenantId,
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

/// How to take over a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakeOverApiKeyRequest {
    /// Seconds for which the old key, which others may know, keeps working; 0 by default.
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

endpoints! {
    "auth", "Sign-in, sessions, second factors, members and their roles, and API keys. Some actions \
        require step-up: that you have shown your second factor within the last five minutes, with `POST /v1/auth/mfa/verify`.";
    schemas();

    /// Read the public keys that verify access tokens
    ///
    /// A JSON Web Key Set (RFC 7517). Keys that have been replaced stay in it until the last token that they signed has expired,
    /// unless they were compromised.
    get "/.well-known/jwks.json" read_jwks ReadJwks -> Jwks,
    [public()],
    params(
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The key set.", body = Jwks, headers(("etag" = String, description = "Entity tag of this response."), ("cache-control" = String, description = "How long it may be cached."))),
        (status = 304, description = "Not modified."),
    );

    /// Register a tenant and its first owner
    ///
    /// The owner of an issuer also gets the role `issuer`. A link to verify the address is sent by e-mail. Somebody who has left
    /// their last tenant registers with the address and the password of their existing account.
    post "/v1/auth/register" register Register(RegisterRequest) -> Registered,
    [public(), rate_class("register"), idempotent()],
    responses(
        (status = 201, description = "Registered.", body = Registered, headers(("location" = String, description = "Where to read it, once signed in."))),
        (status = 409, description = "There is already an account with this address, or the first request with this idempotency key is still in progress."),
    );

    /// Sign in with a password
    ///
    /// If you have a second factor, the response is a challenge instead of tokens. After several failures, further attempts are
    /// delayed.
    post "/v1/auth/login" login Login(LoginRequest) -> LoginAnswer,
    [public(), rate_class("login"), rate_subject("email")],
    responses(
        (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
        (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause."),
        (status = 409, description = "The credentials are correct, but this person is not a member of any tenant."),
    );

    /// Request a password reset link
    ///
    /// The response is the same whether or not there is an account with this address.
    post "/v1/auth/password/forgot" forgot_password ForgotPassword(ForgotRequest) -> Accepted,
    [public(), rate_class("password")],
    responses(
        (status = 202, description = "If there is such an account, an e-mail is on its way.", body = Accepted),
    );

    /// Reset the password with a link
    ///
    /// Ends all sessions of the user, and voids the challenges and links that the old password began. If the address was not yet
    /// verified, it is now, and everything from before is dropped: second factor, API keys, open invitations, and anybody who joined
    /// through them.
    post "/v1/auth/password/reset" reset_password ResetPassword(LinkPasswordRequest) -> (),
    [public(), rate_class("password"), rate_subject("token")],
    responses(
        (status = 204, description = "The password has been set."),
        (status = 422, description = "The link is not valid, or it has been used or has expired (`link_invalid`); or a field is wrong."),
    );

    /// Change the password
    ///
    /// Requires the current password. Ends all other sessions of the user.
    post "/v1/auth/password/change" change_password ChangePassword(ChangePasswordRequest) -> (),
    [without_factor(), rate_class("password"), changes_sign_in()],
    responses(
        (status = 204, description = "The password has been set."),
        (status = 422, description = "The current password or a field is wrong."),
    );

    /// Accept an invitation and sign in
    ///
    /// If you have no account yet, choose a password; otherwise give the password of your account.
    post "/v1/auth/password/accept-invitation" accept_invitation_by_password AcceptInvitationByPassword(LinkPasswordRequest) -> LoginAnswer,
    [public(), rate_class("password"), rate_subject("token")],
    responses(
        (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
        (status = 401, description = "The password of the account is wrong."),
        (status = 422, description = "The link is not valid, or it has been used or has expired (`link_invalid`); or a field is wrong."),
    );

    /// Exchange a refresh token for new tokens
    ///
    /// Each refresh token can be used once. Used again within 10 seconds, it returns the same successor; after that, reuse ends its
    /// session.
    post "/v1/auth/refresh" refresh Refresh(RefreshRequest) -> Tokens,
    [public(), rate_class("refresh"), rate_subject("refresh_token")],
    responses(
        (status = 200, description = "New tokens.", body = Tokens),
        (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause."),
    );

    /// Sign out
    ///
    /// Ends this session, the session that it was switched from, and every session that descends from that one, in any tenant.
    post "/v1/auth/logout" logout Logout -> (),
    [without_factor(), changes_sign_in()],
    responses((status = 204, description = "Ended."));

    /// Read who is signed in
    ///
    /// The person or API key, the tenant that they act for, and their roles and permissions.
    get "/v1/auth/me" read_me ReadMe -> Me,
    [without_factor()],
    responses((status = 200, description = "The caller.", body = Me));

    /// List your sessions
    ///
    /// Sessions in all tenants, newest first.
    get "/v1/auth/sessions" list_sessions ListSessions -> Page<Session>,
    [without_factor()],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of sessions.", body = Page<Session>));

    /// Read one of your sessions
    ///
    /// Sessions of other people look as if they did not exist.
    get "/v1/auth/sessions/{id}" read_session ReadSession -> Session,
    [without_factor()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the session."),
    ),
    responses((status = 200, description = "The session.", body = Session));

    /// End all of your sessions
    ///
    /// Ends your sessions in every tenant, including this one.
    delete "/v1/auth/sessions" revoke_all_sessions RevokeAllSessions -> (),
    [without_factor(), changes_sign_in()],
    responses((status = 204, description = "Ended."));

    /// End one of your sessions
    ///
    /// Its tokens stop working at once.
    delete "/v1/auth/sessions/{id}" revoke_session RevokeSession -> (),
    [without_factor(), changes_sign_in()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the session."),
    ),
    responses((status = 204, description = "Ended."));

    /// Verify an e-mail address with a link
    ///
    /// The first time, everything from before the verification is dropped: second factor, API keys and open invitations.
    post "/v1/auth/email/verify" verify_email VerifyEmail(LinkRequest) -> (),
    [public(), rate_class("password"), rate_subject("token")],
    responses(
        (status = 204, description = "Verified."),
        (status = 422, description = "The link is not valid, or it has been used or has expired (`link_invalid`); or a field is wrong."),
    );

    /// Resend the verification link
    ///
    /// Sends the link to verify your e-mail address once more.
    post "/v1/auth/email/verification" send_email_verification SendEmailVerification -> Accepted,
    [without_factor(), rate_class("password")],
    responses(
        (status = 202, description = "The e-mail is on its way.", body = Accepted),
        (status = 409, description = "The address has changed in the meantime."),
    );

    /// Request a change of e-mail address
    ///
    /// Requires the password, and step-up if you have a second factor. A link is sent to the new address and a notice to the old one.
    /// The response is the same whether or not the new address is already taken.
    post "/v1/auth/email/change" change_email ChangeEmail(EmailChangeRequest) -> Accepted,
    [rate_class("password"), step_up(), changes_sign_in()],
    responses(
        (status = 202, description = "The e-mails are on their way.", body = Accepted),
        (status = 422, description = "The current password or a field is wrong."),
    );

    /// Confirm a change of e-mail address
    ///
    /// Uses the link that was sent to the new address. Links sent to the old address stop working, and a notice is sent to it.
    post "/v1/auth/email/change/confirm" confirm_email_change ConfirmEmailChange(LinkRequest) -> (),
    [public(), rate_class("password"), rate_subject("token")],
    responses(
        (status = 204, description = "Changed and verified."),
        (status = 422, description = "The link is not valid, or it has been used or has expired (`link_invalid`); or a field is wrong."),
        (status = 409, description = "There is now another account with this address."),
    );

    /// Delete your account
    ///
    /// Requires the password, and step-up if you have a second factor. You leave every tenant; the last owner of a tenant must name
    /// another owner first. Your credentials are deleted, and the address can be used again. What you have done stays in the audit
    /// trails under your id.
    post "/v1/auth/account/deletion" delete_account DeleteAccount(AccountDeletionRequest) -> (),
    [rate_class("password"), step_up(), changes_account()],
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "A tenant would be left without an owner."),
        (status = 422, description = "The current password or a field is wrong."),
    );

    /// Complete a sign-in with a second factor
    ///
    /// Takes the challenge token from the response to the password, together with a code. A challenge allows five attempts.
    post "/v1/auth/mfa/challenge" answer_challenge AnswerChallenge(ChallengeRequest) -> Tokens,
    [public(), rate_class("mfa"), rate_subject("challenge_token")],
    responses(
        (status = 200, description = "The tokens.", body = Tokens),
        (status = 401, description = "The challenge is unknown, used or expired, or had too many attempts. Sign in again."),
        (status = 422, description = "The code is wrong, expired or already used. The challenge allows five attempts."),
    );

    /// Step up with the second factor
    ///
    /// Some actions require step-up: that you have shown your second factor within the last five minutes.
    post "/v1/auth/mfa/verify" verify_mfa VerifyMfa(CodeRequest) -> (),
    [without_factor(), rate_class("mfa"), changes_sign_in()],
    responses(
        (status = 204, description = "Verified; counts for five minutes."),
        (status = 422, description = "The code is wrong, expired or already used. The session continues."),
    );

    /// Enrol an authenticator app
    ///
    /// Creates a secret, which takes effect once it has been confirmed. Requires a verified address, and that you signed in with your
    /// password or showed a second factor within the last five minutes. Refreshing a token or switching tenants does not count.
    post "/v1/auth/mfa/totp" enrol_totp EnrolTotp -> TotpEnrolment,
    [verified(), fresh(), without_factor(), rate_class("mfa"), changes_sign_in(), idempotent()],
    responses(
        (status = 201, description = "The secret, shown once.", body = TotpEnrolment),
        (status = 409, description = "There is already a second factor, or the first request with this idempotency key is still in progress."),
    );

    /// Confirm the authenticator app
    ///
    /// Takes the first code from the app. From then on, signing in requires a code.
    post "/v1/auth/mfa/totp/confirm" confirm_totp ConfirmTotp(CodeRequest) -> RecoveryCodes,
    [verified(), without_factor(), rate_class("mfa"), changes_sign_in()],
    responses(
        (status = 200, description = "Recovery codes, shown once.", body = RecoveryCodes),
        (status = 422, description = "The code is wrong, expired or already used. The session continues."),
        (status = 409, description = "There is no secret to confirm."),
    );

    /// Remove the second factor
    ///
    /// Requires step-up.
    delete "/v1/auth/mfa/totp" remove_totp RemoveTotp -> (),
    [step_up(), changes_sign_in()],
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "There is no second factor."),
    );

    /// Replace the recovery codes
    ///
    /// Requires step-up. The old codes stop working.
    ///
    /// Requires step-up.
    post "/v1/auth/mfa/recovery-codes" replace_recovery_codes ReplaceRecoveryCodes -> RecoveryCodes,
    [verified(), step_up(), changes_sign_in(), idempotent()],
    responses(
        (status = 200, description = "The codes, shown once.", body = RecoveryCodes),
        (status = 409, description = "There is no second factor, or the first request with this idempotency key is still in progress."),
    );

    /// List your tenants
    ///
    /// All tenants that you are a member of, on a single page.
    get "/v1/auth/tenants" list_own_tenants ListOwnTenants -> Page<OwnTenant>,
    [without_factor()],
    responses((status = 200, description = "All of your tenants.", body = Page<OwnTenant>));

    /// Read one of your tenants
    ///
    /// Tenants that you are not a member of look as if they did not exist.
    get "/v1/auth/tenants/{id}" read_own_tenant ReadOwnTenant -> OwnTenant,
    [without_factor()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the tenant."),
    ),
    responses((status = 200, description = "The tenant.", body = OwnTenant));

    /// Create another tenant
    ///
    /// You become its owner; switch to it to act for it. Requires a verified address, and step-up if you have a second factor.
    post "/v1/auth/tenants" create_tenant CreateTenant(NewTenantRequest) -> OwnTenant,
    [rate_class("register"), verified(), step_up(), changes_sign_in(), idempotent()],
    responses(
        (status = 201, description = "The tenant.", body = OwnTenant, headers(("location" = String, description = "The tenant."))),
        (status = 409, description = "The caller's address is not verified, they own the maximum number of tenants, or the first request with this idempotency key is still in progress."),
    );

    /// Switch to another of your tenants
    ///
    /// Begins a session in that tenant, which ends together with this one at the latest. Requires a verified address.
    post "/v1/auth/tenants/switch" switch_tenant SwitchTenant(SwitchRequest) -> Tokens,
    [verified(), without_factor(), changes_sign_in(), idempotent()],
    responses(
        (status = 200, description = "Tokens for a session in that tenant.", body = Tokens),
        (status = 404, description = "The caller is not a member of such a tenant."),
        (status = 409, description = "The first request with this idempotency key is still in progress."),
    );

    /// Read the tenant that you act for
    ///
    /// Its entity tag is needed to change it.
    get "/v1/auth/tenant" read_tenant ReadTenant -> Tenant,
    [without_factor()],
    params(
        ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
    ),
    responses(
        (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 304, description = "Not modified."),
    );

    /// Change the tenant
    ///
    /// Changes its name, or whether every member must have a second factor. Where that is required, members who have none, or have
    /// not shown it in their session, get 403 `mfa_required` for everything except enrolling or showing one and managing their own
    /// account; so does an API key while the member who is responsible for it has none. Requires the permission `tenant:write`, and
    /// step-up or, if you have no second factor, a recent sign-in.
    patch "/v1/auth/tenant" change_tenant ChangeTenant(TenantRequest) -> Tenant,
    [permission("tenant:write"), verified(), fresh(), changes_people()],
    params(
        ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
    ),
    responses(
        (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Entity tag of this version."))),
        (status = 409, description = "To require a second factor of every member, you must have one yourself."),
        (status = 412, description = "It has changed since it was read."),
        (status = 428, description = "The header `If-Match` is missing."),
    );

    /// List the members of the tenant
    ///
    /// Requires the permission `users:read`.
    get "/v1/auth/users" list_users ListUsers -> Page<Member>,
    [permission("users:read")],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by id) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of members.", body = Page<Member>));

    /// Read a member of the tenant
    ///
    /// Requires the permission `users:read`.
    get "/v1/auth/users/{id}" read_user ReadUser -> Member,
    [permission("users:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the user."),
    ),
    responses((status = 200, description = "The member.", body = Member));

    /// Replace the roles of a member
    ///
    /// Only owners can make or unmake owners, and only operators can take the role `operator`. Open invitations to this person that would grant more than the new roles are revoked.
    /// Requires the permission `users:write`, and step-up or, if you have no second factor, a recent sign-in.
    put "/v1/auth/users/{id}/roles" set_roles SetRoles(RolesRequest) -> Member,
    [permission("users:write"), verified(), fresh(), changes_people()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the user."),
    ),
    responses(
        (status = 200, description = "The member.", body = Member),
        (status = 409, description = "The tenant would be left without an owner."),
    );

    /// Remove a member, or leave the tenant
    ///
    /// Removing somebody else requires the permission `users:write`, and their roles `owner` and `operator` if they have them. The last
    /// owner cannot be removed. Everything that depends on the
    /// member in this tenant ends with their membership: their sessions, the API keys that they are responsible for, and their open
    /// invitations. Open invitations to them are revoked too, so that they cannot come back through one.
    delete "/v1/auth/users/{id}" remove_user RemoveUser -> (),
    [step_up(), changes_people()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the user."),
    ),
    responses(
        (status = 204, description = "No longer a member."),
        (status = 409, description = "The tenant would be left without an owner."),
    );

    /// Reset the second factor of a member
    ///
    /// For members who have lost theirs. An owner can do this for a member who belongs to no other tenant and is not an operator; an
    /// operator can do it for anybody. Requires step-up or, if you have no second factor, a recent sign-in. The member's sessions
    /// end, and they are notified by e-mail.
    delete "/v1/auth/users/{id}/mfa" reset_factor ResetFactor -> (),
    [verified(), fresh(), changes_people()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the user."),
    ),
    responses(
        (status = 204, description = "They now sign in with their password alone, and can enrol a new second factor."),
        (status = 409, description = "They also belong to another tenant."),
    );

    /// List open invitations
    ///
    /// Requires the permission `users:read`.
    get "/v1/auth/invitations" list_invitations ListInvitations -> Page<Invitation>,
    [permission("users:read")],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of invitations.", body = Page<Invitation>));

    /// Read an invitation
    ///
    /// Requires the permission `users:read`.
    get "/v1/auth/invitations/{id}" read_invitation ReadInvitation -> Invitation,
    [permission("users:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the invitation."),
    ),
    responses((status = 200, description = "The invitation.", body = Invitation));

    /// Invite somebody to the tenant
    ///
    /// The response is the same whether or not there is an account with this address. An invitation grants only what its sender may
    /// grant when it is accepted: nothing once they have left. Requires the permission `users:write`, and step-up or, if you
    /// have no second factor, a recent sign-in.
    post "/v1/auth/invitations" invite Invite(InvitationRequest) -> Invitation,
    [permission("users:write"), verified(), fresh(), changes_people(), idempotent()],
    responses(
        (status = 201, description = "The e-mail is on its way.", body = Invitation, headers(("location" = String, description = "The invitation."))),
        (status = 409, description = "There is already an open invitation to this address, or the first request with this key is still in progress."),
    );

    /// Revoke an invitation
    ///
    /// Requires the permission `users:write`.
    delete "/v1/auth/invitations/{id}" revoke_invitation RevokeInvitation -> (),
    [permission("users:write"), changes_people()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the invitation."),
    ),
    responses((status = 204, description = "Revoked."));

    /// Accept an invitation while signed in
    ///
    /// Joins another tenant through an invitation to your own address, and begins a session there.
    post "/v1/auth/invitations/accept" accept_invitation AcceptInvitation(LinkRequest) -> Tokens,
    [without_factor(), changes_account(), idempotent()],
    responses(
        (status = 200, description = "Tokens for a session in that tenant.", body = Tokens),
        (status = 422, description = "There is no open invitation to the caller's address with this token (`link_invalid`). The session continues."),
        (status = 409, description = "The first request with this idempotency key is still in progress."),
    );

    /// List API keys
    ///
    /// Requires the permission `api_keys:read`.
    get "/v1/auth/api-keys" list_api_keys ListApiKeys -> Page<ApiKey>,
    [permission("api_keys:read")],
    params(
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
        ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
        ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
    ),
    responses((status = 200, description = "A page of keys.", body = Page<ApiKey>));

    /// Read an API key
    ///
    /// Requires the permission `api_keys:read`.
    get "/v1/auth/api-keys/{id}" read_api_key ReadApiKey -> ApiKey,
    [permission("api_keys:read")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the API key."),
    ),
    responses((status = 200, description = "The API key.", body = ApiKey));

    /// Create an API key
    ///
    /// Requires the permission `api_keys:write`, and step-up or, if you have no second factor, a recent sign-in.
    post "/v1/auth/api-keys" create_api_key CreateApiKey(ApiKeyRequest) -> NewApiKey,
    [permission("api_keys:write"), verified(), fresh(), idempotent()],
    responses(
        (status = 201, description = "The API key. The key itself is shown only once.", body = NewApiKey, headers(("location" = String, description = "The API key."))),
        (status = 409, description = "The first request with this idempotency key is still in progress."),
    );

    /// Rotate an API key
    ///
    /// Creates a new key to replace this one, which keeps working for a while.
    ///
    /// Requires the permission `api_keys:write`, and step-up or, if you have no second factor, a recent sign-in.
    post "/v1/auth/api-keys/{id}/rotate" rotate_api_key RotateApiKey(RotateApiKeyRequest) -> NewApiKey,
    [permission("api_keys:write"), verified(), fresh(), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the API key."),
    ),
    responses(
        (status = 201, description = "The new API key. The key itself is shown only once.", body = NewApiKey, headers(("location" = String, description = "The API key."))),
        (status = 409, description = "The key has ended already, or the first request with this idempotency key is still in progress."),
    );

    /// Take over an API key
    ///
    /// Creates a new key to replace one that somebody else is responsible for, before they leave. A key is limited to what both its
    /// scopes and the roles of the responsible member allow, and it ends with their membership; initially that is the member who
    /// created it. They know the old key, so it ends at once, unless you give it an overlap, for which you are responsible for it too.
    /// Requires the permission `api_keys:write`, and step-up or, if you have no second factor, a recent sign-in.
    post "/v1/auth/api-keys/{id}/take-over" take_over_api_key TakeOverApiKey(TakeOverApiKeyRequest) -> NewApiKey,
    [permission("api_keys:write"), verified(), fresh(), idempotent()],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the API key."),
    ),
    responses(
        (status = 201, description = "The new API key. The key itself is shown only once.", body = NewApiKey, headers(("location" = String, description = "The API key."))),
        (status = 409, description = "The key has ended already, or the first request with this idempotency key is still in progress."),
        (status = 422, description = "It grants something that you may not do yourself."),
    );

    /// Revoke an API key
    ///
    /// Requires the permission `api_keys:write`.
    delete "/v1/auth/api-keys/{id}" revoke_api_key RevokeApiKey -> (),
    [permission("api_keys:write")],
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the API key."),
    ),
    responses((status = 204, description = "Revoked."));

    /// Rotate the key that signs access tokens
    ///
    /// Requires the permission `secrets:rotate`, and step-up or, if you have no second factor, a recent sign-in.
    post "/v1/auth/signing-keys/rotate" rotate_signing_key RotateSigningKey(RotateSigningKeyRequest) -> SigningKeyRotated,
    [permission("secrets:rotate"), verified(), fresh(), idempotent()],
    responses(
        (status = 200, description = "The new signing key.", body = SigningKeyRotated),
        (status = 409, description = "The first request with this idempotency key is still in progress."),
    );
}
