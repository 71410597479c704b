//! The documentation of sign-in.

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
    tags((name = "auth", description = "Signing in, sessions, second factors, people and their roles, API keys."))
)]
struct Documentation;

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    <Documentation as utoipa::OpenApi>::openapi()
}

/// Shows the public keys of access tokens (RFC 7517).
#[utoipa::path(
        get,
        path = "/.well-known/jwks.json",
        operation_id = "read_jwks",
        tag = "auth",
        params(
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The keys.", body = Jwks, headers(("etag" = String, description = "Tag of this answer."), ("cache-control" = String, description = "How long it may be kept."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
const fn read_jwks() {}

/// Registers a tenant and its first owner.
///
/// An issuer's owner also gets the role `issuer`. The address gets a mail with a link to verify it. Who has left their last
/// tenant registers by the address and the password of the account that they have.
#[utoipa::path(
        post,
        path = "/v1/auth/register",
        operation_id = "register",
        tag = "auth",
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again, from the same address, get the stored answer."),
        ),
        request_body = RegisterRequest,
        responses(
            (status = 201, description = "It is registered.", body = Registered, headers(("location" = String, description = "Where to see it, once signed in."))),
            (status = 409, description = "There is an account with this address, or the first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn register() {}

/// Signs in by password.
///
/// Who has a second factor gets a challenge instead of tokens. After some failures, tries have to wait.
#[utoipa::path(
        post,
        path = "/v1/auth/login",
        operation_id = "login",
        tag = "auth",
        request_body = LoginRequest,
        responses(
            (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
            (status = 401, description = "Wrong credentials, code or token: one text for all causes.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The credentials are right, but their person is a member of no tenant.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn login() {}

/// Asks for a link to a new password.
///
/// The answer is the same whether there is such an account or not.
#[utoipa::path(
        post,
        path = "/v1/auth/password/forgot",
        operation_id = "forgot_password",
        tag = "auth",
        request_body = ForgotRequest,
        responses(
            (status = 202, description = "If there is such an account, it gets a mail.", body = Accepted),
        )
    )]
const fn forgot_password() {}

/// Sets a new password by a mailed link.
///
/// Ends all sessions of the user, and voids challenges and links that the old password began. When the address was not verified
/// before, it is then, and what was there before is dropped: second factor, API keys, open invitations, and who has come in by
/// those.
#[utoipa::path(
        post,
        path = "/v1/auth/password/reset",
        operation_id = "reset_password",
        tag = "auth",
        request_body = LinkPasswordRequest,
        responses(
            (status = 204, description = "It is set."),
            (status = 401, description = "Wrong credentials, code or token: one text for all causes.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn reset_password() {}

/// Sets a new password by the old one.
///
/// Ends all other sessions of the user.
#[utoipa::path(
        post,
        path = "/v1/auth/password/change",
        operation_id = "change_password",
        tag = "auth",
        security(("bearer" = [])),
        request_body = ChangePasswordRequest,
        responses(
            (status = 204, description = "It is set."),
            (status = 422, description = "The current password is wrong, or fields are.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_password() {}

/// Follows an invitation and signs in.
///
/// Who has no account yet chooses a password; who has one gives theirs.
#[utoipa::path(
        post,
        path = "/v1/auth/password/accept-invitation",
        operation_id = "accept_invitation_by_password",
        tag = "auth",
        request_body = LinkPasswordRequest,
        responses(
            (status = 200, description = "Tokens, or a challenge.", body = LoginAnswer),
            (status = 401, description = "Wrong credentials, code or token: one text for all causes.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn accept_invitation_by_password() {}

/// Exchanges a refresh token for new tokens.
///
/// Each is used once. Used again within 10 seconds it gets the same successor; after that, its session ends.
#[utoipa::path(
        post,
        path = "/v1/auth/refresh",
        operation_id = "refresh",
        tag = "auth",
        request_body = RefreshRequest,
        responses(
            (status = 200, description = "New tokens.", body = Tokens),
            (status = 401, description = "Wrong credentials, code or token: one text for all causes.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn refresh() {}

/// Ends the session, the one that it grew out of, and all that grew out of that, in whichever tenants.
#[utoipa::path(
        post,
        path = "/v1/auth/logout",
        operation_id = "logout",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "It is over."),
        )
    )]
const fn logout() {}

/// Shows who is signed in.
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

/// Lists the caller's sessions in all tenants, the newest first.
#[utoipa::path(
        get,
        path = "/v1/auth/sessions",
        operation_id = "list_sessions",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of sessions.", body = Page<Session>),
        )
    )]
const fn list_sessions() {}

/// Shows one of the caller's sessions.
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
            (status = 200, description = "It.", body = Session),
        )
    )]
const fn read_session() {}

/// Ends all of the caller's sessions, in every tenant, this one included.
#[utoipa::path(
        delete,
        path = "/v1/auth/sessions",
        operation_id = "revoke_all_sessions",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "They are over."),
        )
    )]
const fn revoke_all_sessions() {}

/// Ends one of the caller's sessions.
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
            (status = 204, description = "It is over."),
        )
    )]
const fn revoke_session() {}

/// Shows by a mailed link that an address is one's own.
///
/// The first time, what was there before is dropped: second factor, API keys, open invitations.
#[utoipa::path(
        post,
        path = "/v1/auth/email/verify",
        operation_id = "verify_email",
        tag = "auth",
        request_body = LinkRequest,
        responses(
            (status = 204, description = "It is verified."),
            (status = 401, description = "Wrong credentials, code or token: one text for all causes.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn verify_email() {}

/// Mails the link to verify the address once more.
#[utoipa::path(
        post,
        path = "/v1/auth/email/verification",
        operation_id = "send_email_verification",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 202, description = "The mail is on its way.", body = Accepted),
            (status = 409, description = "The address was changed meanwhile.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn send_email_verification() {}

/// Asks for another address of the account.
///
/// Wants the password, and a fresh second factor of who has one. A link goes to the new address, and a notice to the old one; the
/// answer is the same whether the new one is somebody's already or not.
#[utoipa::path(
        post,
        path = "/v1/auth/email/change",
        operation_id = "change_email",
        tag = "auth",
        security(("bearer" = [])),
        request_body = EmailChangeRequest,
        responses(
            (status = 202, description = "The mails are on their way.", body = Accepted),
            (status = 422, description = "The current password is wrong, or fields are.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_email() {}

/// Changes the address of an account by the link that was mailed to the new one.
///
/// Links that went to the old one stop working, and it gets a notice.
#[utoipa::path(
        post,
        path = "/v1/auth/email/change/confirm",
        operation_id = "confirm_email_change",
        tag = "auth",
        request_body = LinkRequest,
        responses(
            (status = 204, description = "It is changed, and verified."),
            (status = 401, description = "No such link, or it is used or too old.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "There is an account with this address by now.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn confirm_email_change() {}

/// Deletes the account of the caller.
///
/// Wants the password, and a fresh second factor of who has one. Its person leaves every tenant; the last owner of one cannot, and
/// has to name another first. How they were let in is deleted, and the address is free again. What they have done stays in the
/// audit trails under their id.
#[utoipa::path(
        post,
        path = "/v1/auth/account/deletion",
        operation_id = "delete_account",
        tag = "auth",
        security(("bearer" = [])),
        request_body = AccountDeletionRequest,
        responses(
            (status = 204, description = "It is deleted."),
            (status = 409, description = "A tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "The current password is wrong, or fields are.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn delete_account() {}

/// Completes a sign-in by a second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/challenge",
        operation_id = "answer_challenge",
        tag = "auth",
        request_body = ChallengeRequest,
        responses(
            (status = 200, description = "The tokens.", body = Tokens),
            (status = 401, description = "The challenge is unknown, used, too old, or was tried too often: sign in anew.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "The code is wrong, too old, or used already; the challenge stands, for five tries.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn answer_challenge() {}

/// Shows a second factor again, for actions that want a fresh one.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/verify",
        operation_id = "verify_mfa",
        tag = "auth",
        security(("bearer" = [])),
        request_body = CodeRequest,
        responses(
            (status = 204, description = "It is fresh for five minutes."),
            (status = 422, description = "The code is wrong, too old, or used already; the session stands.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn verify_mfa() {}

/// Makes a secret for an authenticator app.
///
/// It counts once it is confirmed. Wants a verified address, and a sign-in by password, or a second factor that was shown, within
/// five minutes: a refreshed token or a switch is none.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/totp",
        operation_id = "enrol_totp",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        responses(
            (status = 201, description = "The secret, shown once.", body = TotpEnrolment),
            (status = 409, description = "There is a second factor already, or the first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn enrol_totp() {}

/// Confirms the secret by its first code.
///
/// From then on signing in asks for a code.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/totp/confirm",
        operation_id = "confirm_totp",
        tag = "auth",
        security(("bearer" = [])),
        request_body = CodeRequest,
        responses(
            (status = 200, description = "Recovery codes, shown once.", body = RecoveryCodes),
            (status = 422, description = "The code is wrong, too old, or used already; the session stands.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "There is no secret to be confirmed.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn confirm_totp() {}

/// Removes the second factor.
///
/// Wants a fresh second factor.
#[utoipa::path(
        delete,
        path = "/v1/auth/mfa/totp",
        operation_id = "remove_totp",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 204, description = "It is removed."),
            (status = 404, description = "There is no second factor.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn remove_totp() {}

/// Makes new recovery codes; the old ones stop working.
///
/// Wants a fresh second factor.
#[utoipa::path(
        post,
        path = "/v1/auth/mfa/recovery-codes",
        operation_id = "replace_recovery_codes",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        responses(
            (status = 200, description = "The codes, shown once.", body = RecoveryCodes),
            (status = 409, description = "There is no second factor, or the first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn replace_recovery_codes() {}

/// Lists the tenants that the caller is a member of.
#[utoipa::path(
        get,
        path = "/v1/auth/tenants",
        operation_id = "list_own_tenants",
        tag = "auth",
        security(("bearer" = [])),
        responses(
            (status = 200, description = "All of them.", body = Page<OwnTenant>),
        )
    )]
const fn list_own_tenants() {}

/// Shows one of the tenants that the caller is a member of.
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
            (status = 200, description = "It.", body = OwnTenant),
        )
    )]
const fn read_own_tenant() {}

/// Makes another tenant, which the caller owns.
///
/// Wants a verified address, and a fresh second factor of who has one. To act for it, switch to it.
#[utoipa::path(
        post,
        path = "/v1/auth/tenants",
        operation_id = "create_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = NewTenantRequest,
        responses(
            (status = 201, description = "The tenant.", body = OwnTenant, headers(("location" = String, description = "The tenant."))),
            (status = 409, description = "The address of the caller is not verified, they own as many as one may, or the first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn create_tenant() {}

/// Begins a session in another tenant of the caller.
///
/// It ends when this one would have ended, and with it. Wants a verified address.
#[utoipa::path(
        post,
        path = "/v1/auth/tenants/switch",
        operation_id = "switch_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = SwitchRequest,
        responses(
            (status = 200, description = "Its tokens.", body = Tokens),
            (status = 404, description = "No such tenant of the caller.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn switch_tenant() {}

/// Shows the tenant.
#[utoipa::path(
        get,
        path = "/v1/auth/tenant",
        operation_id = "read_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("if-none-match" = Option<String>, Header, description = "Entity tag of a known answer."),
        ),
        responses(
            (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Tag of this version."))),
            (status = 304, description = "Nothing has changed."),
        )
    )]
const fn read_tenant() {}

/// Changes the tenant: its name, and whether it demands a second factor of everybody.
///
/// Needs the permission `tenant:write`, and a fresh second factor of who has one. Where one is demanded, whoever has none, or
/// has not shown it in their session, gets 403 `mfa_required` but for enrolling and showing one, and what concerns themselves
/// alone. API keys are not asked.
#[utoipa::path(
        patch,
        path = "/v1/auth/tenant",
        operation_id = "change_tenant",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("if-match" = String, Header, description = "Entity tag of the version that is changed."),
        ),
        request_body = TenantRequest,
        responses(
            (status = 200, description = "The tenant.", body = Tenant, headers(("etag" = String, description = "Tag of this version."))),
            (status = 409, description = "Who demands a second factor of everybody has to have one.", body = Problem, content_type = "application/problem+json"),
            (status = 412, description = "It has changed since it was read.", body = Problem, content_type = "application/problem+json"),
            (status = 428, description = "The header If-Match is missing.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn change_tenant() {}

/// Lists the people of the tenant.
///
/// Needs the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/users",
        operation_id = "list_users",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`asc`, by id, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of people.", body = Page<Member>),
        )
    )]
const fn list_users() {}

/// Shows somebody of the tenant.
///
/// Needs the permission `users:read`.
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
            (status = 200, description = "It.", body = Member),
        )
    )]
const fn read_user() {}

/// Replaces somebody's roles.
///
/// Needs the permission `users:write`, and a fresh second factor of who has one. Owners are made and unmade by owners. Open
/// invitations to them that give more than these roles end.
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
            (status = 200, description = "The person.", body = Member),
            (status = 409, description = "The tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn set_roles() {}

/// Removes somebody from the tenant, or oneself.
///
/// Others need the permission `users:write`. The last owner cannot go. What they have made in the tenant ends with it: their
/// sessions, the API keys that they stand for, their open invitations. So do open invitations to them, by which they would come
/// back.
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
            (status = 204, description = "They are no member any more."),
            (status = 409, description = "The tenant would be left without an owner.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn remove_user() {}

/// Takes the second factor of somebody away who has lost it.
///
/// By an owner, of who belongs to no other tenant and is no operator, or by an operator. Needs a fresh second factor of the
/// caller, or, of who has none, a fresh sign-in. Their sessions end, and they are told by mail.
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
            (status = 204, description = "They sign in by password alone, and can enrol another one."),
            (status = 409, description = "They belong to another tenant too.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn reset_factor() {}

/// Lists open invitations, the newest first.
///
/// Needs the permission `users:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/invitations",
        operation_id = "list_invitations",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of invitations.", body = Page<Invitation>),
        )
    )]
const fn list_invitations() {}

/// Shows an invitation, open or over.
///
/// Needs the permission `users:read`.
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
            (status = 200, description = "It.", body = Invitation),
        )
    )]
const fn read_invitation() {}

/// Invites somebody into the tenant.
///
/// Needs the permission `users:write`, and a fresh second factor of who has one. The answer is the same whether there is an
/// account of that address or not. When it is followed, it gives what you may give then: nothing once you are gone.
#[utoipa::path(
        post,
        path = "/v1/auth/invitations",
        operation_id = "invite",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = InvitationRequest,
        responses(
            (status = 201, description = "The mail is on its way.", body = Invitation, headers(("location" = String, description = "The invitation."))),
            (status = 409, description = "There is an open invitation to this address, or the first request with this key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn invite() {}

/// Takes an invitation back.
///
/// Needs the permission `users:write`.
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
            (status = 204, description = "It is void."),
        )
    )]
const fn revoke_invitation() {}

/// Follows an invitation to the own address, into another tenant.
#[utoipa::path(
        post,
        path = "/v1/auth/invitations/accept",
        operation_id = "accept_invitation",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = LinkRequest,
        responses(
            (status = 200, description = "Tokens of a session there.", body = Tokens),
            (status = 422, description = "There is no such invitation to the address of the caller, or it is over; the session stands.", body = Problem, content_type = "application/problem+json"),
            (status = 409, description = "The first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn accept_invitation() {}

/// Lists API keys, the newest first.
///
/// Needs the permission `api_keys:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/api-keys",
        operation_id = "list_api_keys",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("order" = Option<String>, Query, pattern = "^(asc|desc)$", example = "asc", description = "`desc`, the newest first, when missing."),
            ("limit" = Option<i32>, Query, minimum = 1, maximum = 100, example = 20, description = "Entries a page; 20 when missing."),
            ("starting_after" = Option<uuid::Uuid>, Query, description = "`next` of the page before."),
        ),
        responses(
            (status = 200, description = "A page of keys.", body = Page<ApiKey>),
        )
    )]
const fn list_api_keys() {}

/// Shows an API key, without the key itself.
///
/// Needs the permission `api_keys:read`.
#[utoipa::path(
        get,
        path = "/v1/auth/api-keys/{id}",
        operation_id = "read_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the key."),
        ),
        responses(
            (status = 200, description = "It.", body = ApiKey),
        )
    )]
const fn read_api_key() {}

/// Makes an API key.
///
/// Needs the permission `api_keys:write`, and a fresh second factor of who has one.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys",
        operation_id = "create_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = ApiKeyRequest,
        responses(
            (status = 201, description = "The key, shown once.", body = NewApiKey, headers(("location" = String, description = "The key."))),
            (status = 409, description = "The first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn create_api_key() {}

/// Makes a new key in place of an old one, which works on for a while.
///
/// Needs the permission `api_keys:write`, and a fresh second factor of who has one.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys/{id}/rotate",
        operation_id = "rotate_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the key."),
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = RotateApiKeyRequest,
        responses(
            (status = 201, description = "The new key, shown once.", body = NewApiKey, headers(("location" = String, description = "The key."))),
            (status = 409, description = "The key is over already, or the first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn rotate_api_key() {}

/// Stands for an API key from now on.
///
/// A key allows what its scopes and the roles of whoever stands for it both allow, and ends with their membership; at first
/// that is who made it. The key itself stays as it is, and whoever has seen it can go on using it: when its maker leaves,
/// rotate it as well. Needs the permission `api_keys:write`, and a fresh second factor of who has one.
#[utoipa::path(
        post,
        path = "/v1/auth/api-keys/{id}/take-over",
        operation_id = "take_over_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the key."),
        ),
        responses(
            (status = 200, description = "The key.", body = ApiKey),
            (status = 409, description = "The key is over already.", body = Problem, content_type = "application/problem+json"),
            (status = 422, description = "It allows something that you may not do yourself.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn take_over_api_key() {}

/// Revokes an API key.
///
/// Needs the permission `api_keys:write`.
#[utoipa::path(
        delete,
        path = "/v1/auth/api-keys/{id}",
        operation_id = "revoke_api_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("id" = uuid::Uuid, Path, description = "Id of the key."),
        ),
        responses(
            (status = 204, description = "It is refused from now on."),
        )
    )]
const fn revoke_api_key() {}

/// Replaces the key that signs access tokens.
///
/// Needs the permission `secrets:rotate`, and a fresh second factor of who has one.
#[utoipa::path(
        post,
        path = "/v1/auth/signing-keys/rotate",
        operation_id = "rotate_signing_key",
        tag = "auth",
        security(("bearer" = [])),
        params(
            ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", description = "The same key and body again get the stored answer."),
        ),
        request_body = RotateSigningKeyRequest,
        responses(
            (status = 200, description = "The new key.", body = SigningKeyRotated),
            (status = 409, description = "The first request with this idempotency key is still running.", body = Problem, content_type = "application/problem+json"),
        )
    )]
const fn rotate_signing_key() {}
