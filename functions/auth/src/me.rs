//! Who is signed in. Answered from what the guard has already read.

use fundrail_api::auth::{Me, Tenant, User};
use fundrail_platform::{Answer, Context, Principal, Result};

/// `GET /v1/auth/me`
pub(crate) async fn read(cx: &Context) -> Result<Answer<Me>> {
    cx.query()?.finish()?;
    Answer::ok(&of(cx.principal()?))
}

fn of(principal: &Principal) -> Me {
    let user = principal.user.as_ref().map(|user| User {
        id: user.id,
        email: user.email.clone(),
        email_verified: user.email_verified,
        mfa_enabled: user.mfa,
    });
    let tenant = &principal.tenant;
    Me {
        user,
        tenant: Tenant {
            id: tenant.id,
            name: tenant.name.clone(),
            kind: tenant.kind.clone(),
            mfa_required: tenant.mfa_required,
        },
        roles: principal.roles.clone(),
        permissions: principal.permissions.iter().cloned().collect(),
        session_id: principal.session_id,
        api_key_id: principal.api_key_id,
    }
}
