//! `GET /v1/auth/me`, as `functions/auth` answers it.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use fundrail_api::auth::{Me, Tenant, User};

use crate::{
    app::{App, Principal},
    guard::Record,
    reply::{Reply, Seen},
};

/// The route.
pub(crate) async fn read(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response<Body> {
    let mut seen = Seen::new("auth", "/v1/auth/me", Method::GET, &headers, address);
    let outcome = answer(&app, &headers, &mut seen).await;
    seen.answer(outcome)
}

async fn answer(app: &App, headers: &HeaderMap, seen: &mut Seen) -> anyhow::Result<Reply> {
    let Principal { session, record } = app.guard.admit(app, headers, seen, None).await?;
    let Record { user, tenant, roles, permissions, .. } = record;
    let user = user.map(|user| User {
        id: user.id,
        email: user.email,
        email_verified: user.email_verified,
        mfa_enabled: user.mfa,
    });
    let me = Me {
        user,
        tenant: Tenant {
            id: tenant.id,
            name: tenant.name,
            kind: tenant.kind,
            mfa_required: tenant.mfa_required,
        },
        roles,
        permissions: permissions.into_iter().collect(),
        session_id: Some(session),
        api_key_id: None,
    };
    Reply::json(StatusCode::OK, &me)
}
