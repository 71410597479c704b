//! A new tenant with its first owner.

use fundrail_api::auth::{Registered, Tenant, User};
use fundrail_domain::{input, text::Email};
use fundrail_platform::{
    Context, Error, Reply, Result,
    audit::{self, Actor},
    db::Identity,
    random,
};
use serde_json::json;
use uuid::Uuid;

use crate::{hashing, queries};

/// What a tenant may be.
const KINDS: &[(&str, &str)] = &[("institution", "institution"), ("issuer", "issuer")];

struct NewTenant {
    name: String,
    kind: &'static str,
    email: Email,
    password: String,
}

/// `POST /v1/auth/register`
pub(crate) async fn register(cx: &Context) -> Result<Reply> {
    let new = parse(cx)?;
    let hash = hashing::hash(&new.password).await?;
    let (tenant, user) = (random::new_id(), random::new_id());
    let db = cx.db().await?;
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    db.transaction(async |db| {
        queries::insert_tenant(db, tenant, &new.name, new.kind).await?;
        queries::insert_user(db, user, &new.email).await?;
        queries::insert_password(db, user, &hash).await?;
        queries::insert_membership(db, tenant, user).await?;
        for role in first_roles(new.kind) {
            queries::insert_role(db, tenant, user, role).await?;
        }
        audit::record(db, registered(cx, tenant, user, new.kind)).await
    })
    .await?;
    let user = User { id: user, email: new.email.to_string(), email_verified: false, mfa_enabled: false };
    let tenant = Tenant { id: tenant, name: new.name, kind: new.kind.to_owned() };
    Reply::created("/v1/auth/me", &Registered { user, tenant })
}

fn parse(cx: &Context) -> Result<NewTenant> {
    cx.parse(|mut body| {
        let name = body.required_as("tenant_name", input::text_between(1, 200));
        let kind = body.required_as("kind", input::one_of(KINDS));
        let email = body.required::<Email>("email");
        let password = body.required_as("password", hashing::chosen);
        body.finish(|| Some(NewTenant { name: name?, kind: kind?, email: email?, password: password? }))
    })
}

/// Who registers owns the tenant; an issuer's owner keeps its catalogue too.
fn first_roles(kind: &str) -> &'static [&'static str] {
    if kind == "issuer" { &["owner", "issuer"] } else { &["owner"] }
}

fn registered<'a>(cx: &'a Context, tenant: Uuid, user: Uuid, kind: &str) -> audit::Event<'a> {
    audit::Event {
        tenant,
        actor: Actor::User(user),
        action: "tenant.registered",
        subject_kind: "tenant",
        subject_id: tenant.to_string(),
        detail: json!({ "kind": kind, "owner": user }),
        request_id: Some(cx.request_id()),
        client_address: cx.client_address(),
    }
}

/// What it means that an address is taken. Registration says so; nothing else does.
pub(crate) fn email_taken() -> Error {
    Error::conflict("email_taken", "there is an account with this e-mail address")
}
