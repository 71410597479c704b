//! Documentation of the sign-in routes.

#![expect(dead_code, reason = "utoipa reads these functions; nobody calls them")]

use super::{
    Accepted, AccountDeletionRequest, ApiKey, ApiKeyRequest, ChallengeRequest, ChangePasswordRequest,
    CodeRequest, EmailChangeRequest, ForgotRequest, Invitation, InvitationRequest, Jwks, LinkPasswordRequest,
    LinkRequest, LoginAnswer, LoginRequest, Me, Member, NewApiKey, NewTenantRequest, OwnTenant,
    RecoveryCodes, RefreshRequest, RegisterRequest, Registered, RolesRequest, RotateApiKeyRequest,
    RotateSigningKeyRequest, Session, SigningKeyRotated, SwitchRequest, Tenant, TenantRequest, Tokens,
    TotpEnrolment,
};
use crate::common::{Page, Problem};

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        read_jwks,
        register,
        login,
        forgot_password,
        reset_password,
        change_password,
        accept_invitation_by_password,
        refresh,
        logout,
        read_me,
        list_sessions,
        read_session,
        revoke_all_sessions,
        revoke_session,
        verify_email,
        send_email_verification,
        change_email,
        confirm_email_change,
        delete_account,
        answer_challenge,
        verify_mfa,
        enrol_totp,
        confirm_totp,
        remove_totp,
        replace_recovery_codes,
        list_own_tenants,
        create_tenant,
        read_own_tenant,
        switch_tenant,
        read_tenant,
        change_tenant,
        list_users,
        read_user,
        set_roles,
        remove_user,
        reset_factor,
        list_invitations,
        read_invitation,
        invite,
        revoke_invitation,
        accept_invitation,
        list_api_keys,
        read_api_key,
        create_api_key,
        rotate_api_key,
        take_over_api_key,
        revoke_api_key,
        rotate_signing_key
    ),
    tags((name = "auth", description = "Sign-in, sessions, second factors, members and their roles, and API keys. Some actions \
        require step-up: that you have shown your second factor within the last five minutes, with `POST /v1/auth/mfa/verify`."))
)]
struct Documentation;

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    <Documentation as utoipa::OpenApi>::openapi()
}

/// Read the public keys that verify access tokens
///
/// A JSON Web Key Set (RFC 7517). Keys that have been replaced stay in it until the last token that they signed has expired,
/// unless they were compromised.
#[utoipa::path(
        get,
        path = "/.well-known/jwks.json",
        operation_id = "read_jwks",
        tag = "auth",
        params(
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
        ),
        responses(
            (status = 200, description = "The key set.", body = Jwks, headers(("etag" = String, description = "Entity tag of this response."), ("cache-control" = String, description = "How long it may be cached."))),
            (status = 304, description = "Not modified."),
        )
    )]
const fn read_jwks() {}

/// Register a tenant and its first owner
///
/// The owner of an issuer also gets the role `issuer`. A link to verify the address is sent by e-mail. Somebody who has left
/// their last tenant registers with the address and the password of their existing account.
#[utoipa::path(
        post,
        path = "/v1/auth/register",
        operation_id = "register",
        tag = "auth",
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body, from the same address, returns the stored response."),
        ),
        request_body = RegisterRequest,
        responses(
            (status = 201, description = "Registered.", body = Registered, headers(("location" = String, description = "Where to read it, once signed in."))),
            (status = 409, description = "There is already an account with this address, or the first request with this \
                idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn register() {}

/// Sign in with a password
///
/// If you have a second factor, the response is a challenge instead of tokens. After several failures, further attempts are
/// delayed.
#[utoipa::path(
        post,
        path = "/v1/auth/login",
        operation_id = "login",
        tag = "auth",
        request_body = LoginRequest,
        responses(
            (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
            (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The credentials are correct, but this person is not a member of any tenant.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn login() {}

/// Request a password reset link
///
/// The response is the same whether or not there is an account with this address.
#[utoipa::path(
        post,
        path = "/v1/auth/password/forgot",
        operation_id = "forgot_password",
        tag = "auth",
        request_body = ForgotRequest,
        responses(
            (status = 202, description = "If there is such an account, an e-mail is on its way.", body = Accepted),
        )
    )]
const fn forgot_password() {}

/// Reset the password with a link
///
/// Ends all sessions of the user, and voids the challenges and links that the old password began. If the address was not yet
/// verified, it is now, and everything from before is dropped: second factor, API keys, open invitations, and anybody who joined
/// through them.
#[utoipa::path(
        post,
        path = "/v1/auth/password/reset",
        operation_id = "reset_password",
        tag = "auth",
        request_body = LinkPasswordRequest,
        responses(
            (status = 204, description = "The password has been set."),
            (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn reset_password() {}

/// Change the password
///
/// Requires the current password. Ends all other sessions of the user.
#[utoipa::path(
        post,
        path = "/v1/auth/password/change",
        operation_id = "change_password",
        tag = "auth",
        security(("bearer" = [])),
        request_body = ChangePasswordRequest,
        responses(
            (status = 204, description = "The password has been set."),
            (status = 422, description = "The current password or a field is wrong.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_password() {}

/// Accept an invitation and sign in
///
/// If you have no account yet, choose a password; otherwise give the password of your account.
#[utoipa::path(
        post,
        path = "/v1/auth/password/accept-invitation",
        operation_id = "accept_invitation_by_password",
        tag = "auth",
        request_body = LinkPasswordRequest,
        responses(
            (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
            (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn accept_invitation_by_password() {}

/// Exchange a refresh token for new tokens
///
/// Each refresh token can be used once. Used again within 10 seconds, it returns the same successor; after that, reuse ends its
/// session.
#[utoipa::path(
        post,
        path = "/v1/auth/refresh",
        operation_id = "refresh",
        tag = "auth",
        request_body = RefreshRequest,
        responses(
            (status = 200, description = "New tokens.", body = Tokens),
            (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn refresh() {}

/// Sign out
///
/// Ends this session, the session that it was switched from, and every session that descends from that one, in any tenant.
#[utoipa::path(
        post,
        path = "/v1/auth/logout",
        operation_id = "logout",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "Ended."),
        )
    )]
const fn logout() {}

/// Read who is signed in
///
/// The person or API key, the tenant that they act for, and their roles and permissions.
#[utoipa::path(
        get,
        path = "/v1/auth/me",
        operation_id = "read_me",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 200, description = "The caller.", body = Me),
        )
    )]
const fn read_me() {}

/// List your sessions
///
/// Sessions in all tenants, newest first.
#[utoipa::path(
        get,
        path = "/v1/auth/sessions",
        operation_id = "list_sessions",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ),
        responses(
            (status = 200, description = "A page of sessions.", body = Page<Session>),
        )
    )]
const fn list_sessions() {}

/// Read one of your sessions
///
/// Sessions of other people look as if they did not exist.
#[utoipa::path(
        get,
        path = "/v1/auth/sessions/{id}",
        operation_id = "read_session",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the session."),
        ),
        responses(
            (status = 200, description = "The session.", body = Session),
        )
    )]
const fn read_session() {}

/// End all of your sessions
///
/// Ends your sessions in every tenant, including this one.
#[utoipa::path(
        delete,
        path = "/v1/auth/sessions",
        operation_id = "revoke_all_sessions",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "Ended."),
        )
    )]
const fn revoke_all_sessions() {}

/// End one of your sessions
///
/// Its tokens stop working at once.
#[utoipa::path(
        delete,
        path = "/v1/auth/sessions/{id}",
        operation_id = "revoke_session",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the session."),
        ),
        responses(
            (status = 204, description = "Ended."),
        )
    )]
const fn revoke_session() {}

/// Verify an e-mail address with a link
///
/// The first time, everything from before the verification is dropped: second factor, API keys and open invitations.
#[utoipa::path(
        post,
        path = "/v1/auth/email/verify",
        operation_id = "verify_email",
        tag = "auth",
        request_body = LinkRequest,
        responses(
            (status = 204, description = "Verified."),
            (status = 401, description = "Wrong credentials, code or token. The text is the same for every cause.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn verify_email() {}

/// Resend the verification link
///
/// Sends the link to verify your e-mail address once more.
#[utoipa::path(
        post,
        path = "/v1/auth/email/verification",
        operation_id = "send_email_verification",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 202, description = "The e-mail is on its way.", body = Accepted),
            (status = 409, description = "The address has changed in the meantime.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn send_email_verification() {}

/// Request a change of e-mail address
///
/// Requires the password, and step-up if you have a second factor. A link is sent to the new address and a notice to the old one.
/// The response is the same whether or not the new address is already taken.
#[utoipa::path(
        post,
        path = "/v1/auth/email/change",
        operation_id = "change_email",
        tag = "auth",
        security(("bearer" = [])),
        request_body = EmailChangeRequest,
        responses(
            (status = 202, description = "The e-mails are on their way.", body = Accepted),
            (status = 422, description = "The current password or a field is wrong.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_email() {}

/// Confirm a change of e-mail address
///
/// Uses the link that was sent to the new address. Links sent to the old address stop working, and a notice is sent to it.
#[utoipa::path(
        post,
        path = "/v1/auth/email/change/confirm",
        operation_id = "confirm_email_change",
        tag = "auth",
        request_body = LinkRequest,
        responses(
            (status = 204, description = "Changed and verified."),
            (status = 401, description = "There is no such link, or it has been used or has expired.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "There is now another account with this address.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn confirm_email_change() {}

/// Delete your account
///
/// Requires the password, and step-up if you have a second factor. You leave every tenant; the last owner of a tenant must name
/// another owner first. Your credentials are deleted, and the address can be used again. What you have done stays in the audit
/// trails under your id.
#[utoipa::path(
        post,
        path = "/v1/auth/account/deletion",
        operation_id = "delete_account",
        tag = "auth",
        security(("bearer" = [])),
        request_body = AccountDeletionRequest,
        responses(
            (status = 204, description = "Deleted."),
            (status = 409, description = "A tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "The current password or a field is wrong.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn delete_account() {}

/// Complete a sign-in with a second factor
///
/// Takes the challenge token from the response to the password, together with a code. A challenge allows five attempts.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/challenge",
        operation_id = "answer_challenge",
        tag = "auth",
        request_body = ChallengeRequest,
        responses(
            (status = 200, description = "The tokens.", body = Tokens),
            (status = 401, description = "The challenge is unknown, used or expired, or had too many attempts. Sign in again.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "The code is wrong, expired or already used. The challenge allows five attempts.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn answer_challenge() {}

/// Step up with the second factor
///
/// Some actions require step-up: that you have shown your second factor within the last five minutes.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/verify",
        operation_id = "verify_mfa",
        tag = "auth",
        security(("bearer" = [])),
        request_body = CodeRequest,
        responses(
            (status = 204, description = "Verified; counts for five minutes."),
            (status = 422, description = "The code is wrong, expired or already used. The session continues.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn verify_mfa() {}

/// Enrol an authenticator app
///
/// Creates a secret, which takes effect once it has been confirmed. Requires a verified address, and that you signed in with your
/// password or showed a second factor within the last five minutes. Refreshing a token or switching tenants does not count.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/totp",
        operation_id = "enrol_totp",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        responses(
            (status = 201, description = "The secret, shown once.", body = TotpEnrolment),
            (status = 409, description = "There is already a second factor, or the first request with this idempotency key is \
                still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn enrol_totp() {}

/// Confirm the authenticator app
///
/// Takes the first code from the app. From then on, signing in requires a code.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/totp/confirm",
        operation_id = "confirm_totp",
        tag = "auth",
        security(("bearer" = [])),
        request_body = CodeRequest,
        responses(
            (status = 200, description = "Recovery codes, shown once.", body = RecoveryCodes),
            (status = 422, description = "The code is wrong, expired or already used. The session continues.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "There is no secret to confirm.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn confirm_totp() {}

/// Remove the second factor
///
/// Requires step-up.
#[utoipa::path(
        delete,
        path = "/v1/auth/mfa/totp",
        operation_id = "remove_totp",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "Removed."),
            (status = 404, description = "There is no second factor.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn remove_totp() {}

/// Replace the recovery codes
///
/// Requires step-up. The old codes stop working.
///
/// Requires step-up.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/recovery-codes",
        operation_id = "replace_recovery_codes",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        responses(
            (status = 200, description = "The codes, shown once.", body = RecoveryCodes),
            (status = 409, description = "There is no second factor, or the first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn replace_recovery_codes() {}

/// List your tenants
///
/// All tenants that you are a member of, on a single page.
#[utoipa::path(
        get,
        path = "/v1/auth/tenants",
        operation_id = "list_own_tenants",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 200, description = "All of your tenants.", body = Page<OwnTenant>),
        )
    )]
const fn list_own_tenants() {}

/// Read one of your tenants
///
/// Tenants that you are not a member of look as if they did not exist.
#[utoipa::path(
        get,
        path = "/v1/auth/tenants/{id}",
        operation_id = "read_own_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the tenant."),
        ),
        responses(
            (status = 200, description = "The tenant.", body = OwnTenant),
        )
    )]
const fn read_own_tenant() {}

/// Create another tenant
///
/// You become its owner; switch to it to act for it. Requires a verified address, and step-up if you have a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/tenants",
        operation_id = "create_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = NewTenantRequest,
        responses(
            (status = 201, description = "The tenant.", body = OwnTenant, headers(("location" = String, description = "The tenant."))),
            (status = 409, description = "The caller's address is not verified, they own the maximum number of tenants, or the \
                first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn create_tenant() {}

/// Switch to another of your tenants
///
/// Begins a session in that tenant, which ends together with this one at the latest. Requires a verified address.
#[utoipa::path(
        post,
        path = "/v1/auth/tenants/switch",
        operation_id = "switch_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = SwitchRequest,
        responses(
            (status = 200, description = "Tokens for a session in that tenant.", body = Tokens),
            (status = 404, description = "The caller is not a member of such a tenant.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn switch_tenant() {}

/// Read the tenant that you act for
///
/// Its entity tag is needed to change it.
#[utoipa::path(
        get,
        path = "/v1/auth/tenant",
        operation_id = "read_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known response."),
        ),
        responses(
            (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Entity tag of this version."))),
            (status = 304, description = "Not modified."),
        )
    )]
const fn read_tenant() {}

/// Change the tenant
///
/// Changes its name, or whether every member must have a second factor. Where that is required, members who have none, or have
/// not shown it in their session, get 403 `mfa_required` for everything except enrolling or showing one and managing their own
/// account. API keys are exempt. Requires the permission `tenant:write`, and step-up if you have a second factor.
#[utoipa::path(
        patch,
        path = "/v1/auth/tenant",
        operation_id = "change_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("if-match" = String, Header, description = "Entity tag of the version to be changed."),
        ),
        request_body = TenantRequest,
        responses(
            (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Entity tag of this version."))),
            (status = 409, description = "To require a second factor of every member, you must have one yourself.", body = Problem, content_type = "application/problem+json"),
            (status = 412, description = "It has changed since it was read.", body = Problem, content_type = "application/problem+json"),
            (status = 428, description = "The header `If-Match` is missing.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_tenant() {}

/// List the members of the tenant
///
/// Requires the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/users",
        operation_id = "list_users",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `asc` (by id) by default."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ),
        responses(
            (status = 200, description = "A page of members.", body = Page<Member>),
        )
    )]
const fn list_users() {}

/// Read a member of the tenant
///
/// Requires the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/users/{id}",
        operation_id = "read_user",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the user."),
        ),
        responses(
            (status = 200, description = "The member.", body = Member),
        )
    )]
const fn read_user() {}

/// Replace the roles of a member
///
/// Only owners can make or unmake owners. Open invitations to this person that would grant more than the new roles are revoked.
/// Requires the permission `users:write`, and step-up if you have a second factor.
#[utoipa::path(
        put,
        path = "/v1/auth/users/{id}/roles",
        operation_id = "set_roles",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the user."),
        ),
        request_body = RolesRequest,
        responses(
            (status = 200, description = "The member.", body = Member),
            (status = 409, description = "The tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn set_roles() {}

/// Remove a member, or leave the tenant
///
/// Removing somebody else requires the permission `users:write`. The last owner cannot be removed. Everything that depends on the
/// member in this tenant ends with their membership: their sessions, the API keys that they are responsible for, and their open
/// invitations. Open invitations to them are revoked too, so that they cannot come back through one.
#[utoipa::path(
        delete,
        path = "/v1/auth/users/{id}",
        operation_id = "remove_user",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the user."),
        ),
        responses(
            (status = 204, description = "No longer a member."),
            (status = 409, description = "The tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn remove_user() {}

/// Reset the second factor of a member
///
/// For members who have lost theirs. An owner can do this for a member who belongs to no other tenant and is not an operator; an
/// operator can do it for anybody. Requires step-up or, if you have no second factor, a recent sign-in. The member's sessions
/// end, and they are notified by e-mail.
#[utoipa::path(
        delete,
        path = "/v1/auth/users/{id}/mfa",
        operation_id = "reset_factor",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the user."),
        ),
        responses(
            (status = 204, description = "They now sign in with their password alone, and can enrol a new second factor."),
            (status = 409, description = "They also belong to another tenant.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn reset_factor() {}

/// List open invitations
///
/// Requires the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/invitations",
        operation_id = "list_invitations",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ),
        responses(
            (status = 200, description = "A page of invitations.", body = Page<Invitation>),
        )
    )]
const fn list_invitations() {}

/// Read an invitation
///
/// Requires the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/invitations/{id}",
        operation_id = "read_invitation",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the invitation."),
        ),
        responses(
            (status = 200, description = "The invitation.", body = Invitation),
        )
    )]
const fn read_invitation() {}

/// Invite somebody to the tenant
///
/// The response is the same whether or not there is an account with this address. An invitation grants only what its sender may
/// grant when it is accepted: nothing once they have left. Requires the permission `users:write`, and step-up if you have a
/// second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/invitations",
        operation_id = "invite",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = InvitationRequest,
        responses(
            (status = 201, description = "The e-mail is on its way.", body = Invitation, headers(("location" = String, description = "The invitation."))),
            (status = 409, description = "There is already an open invitation to this address, or the first request with this key \
                is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn invite() {}

/// Revoke an invitation
///
/// Requires the permission `users:write`.
#[utoipa::path(
        delete,
        path = "/v1/auth/invitations/{id}",
        operation_id = "revoke_invitation",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the invitation."),
        ),
        responses(
            (status = 204, description = "Revoked."),
        )
    )]
const fn revoke_invitation() {}

/// Accept an invitation while signed in
///
/// Joins another tenant through an invitation to your own address, and begins a session there.
#[utoipa::path(
        post,
        path = "/v1/auth/invitations/accept",
        operation_id = "accept_invitation",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = LinkRequest,
        responses(
            (status = 200, description = "Tokens for a session in that tenant.", body = Tokens),
            (status = 422, description = "There is no open invitation to the caller's address with this token. The session continues.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn accept_invitation() {}

/// List API keys
///
/// Requires the permission `api_keys:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/api-keys",
        operation_id = "list_api_keys",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "Sort order; `desc` (newest first) by default."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Maximum number of entries per page; 20 by default."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the previous page."),
        ),
        responses(
            (status = 200, description = "A page of keys.", body = Page<ApiKey>),
        )
    )]
const fn list_api_keys() {}

/// Read an API key
///
/// Requires the permission `api_keys:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/api-keys/{id}",
        operation_id = "read_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the API key."),
        ),
        responses(
            (status = 200, description = "The API key.", body = ApiKey),
        )
    )]
const fn read_api_key() {}

/// Create an API key
///
/// Requires the permission `api_keys:write`, and step-up if you have a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys",
        operation_id = "create_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = ApiKeyRequest,
        responses(
            (status = 201, description = "The API key. The key itself is shown only once.", body = NewApiKey, headers(("location" = String, description = "The API key."))),
            (status = 409, description = "The first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn create_api_key() {}

/// Rotate an API key
///
/// Creates a new key to replace this one, which keeps working for a while.
///
/// Requires the permission `api_keys:write`, and step-up if you have a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys/{id}/rotate",
        operation_id = "rotate_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the API key."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = RotateApiKeyRequest,
        responses(
            (status = 201, description = "The new API key. The key itself is shown only once.", body = NewApiKey, headers(("location" = String, description = "The API key."))),
            (status = 409, description = "The key has ended already, or the first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn rotate_api_key() {}

/// Take over an API key
///
/// Makes you responsible for the key. A key is limited to what both its scopes and the roles of the responsible member allow, and
/// it ends with their membership; initially that is the member who created it. The key itself does not change, and anybody who
/// has seen it can go on using it: when its creator leaves, rotate it as well. Requires the permission `api_keys:write`, and
/// step-up if you have a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys/{id}/take-over",
        operation_id = "take_over_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the API key."),
        ),
        responses(
            (status = 200, description = "The API key.", body = ApiKey),
            (status = 409, description = "The key has ended already.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "It grants something that you may not do yourself.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn take_over_api_key() {}

/// Revoke an API key
///
/// Requires the permission `api_keys:write`.
#[utoipa::path(
        delete,
        path = "/v1/auth/api-keys/{id}",
        operation_id = "revoke_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the API key."),
        ),
        responses(
            (status = 204, description = "Revoked."),
        )
    )]
const fn revoke_api_key() {}

/// Rotate the key that signs access tokens
///
/// Requires the permission `secrets:rotate`, and step-up if you have a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/signing-keys/rotate",
        operation_id = "rotate_signing_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "Repeating the same key and body returns the stored response."),
        ),
        request_body = RotateSigningKeyRequest,
        responses(
            (status = 200, description = "The new signing key.", body = SigningKeyRotated),
            (status = 409, description = "The first request with this idempotency key is still in progress.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn rotate_signing_key() {}
