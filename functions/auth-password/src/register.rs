//! A new tenant with its first owner.

use fundrail_api::auth::{Registered, Tenant, User};
use fundrail_domain::{input, text::Email};
use fundrail_platform::{
    Context, Error, Reply, Result,
    audit::Actor,
    db::{Db, Identity},
    notifications::{self, Notification},
    one_time::{self, Purpose},
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
    db.transaction(async |db| insert(cx, db, (tenant, user), &new, &hash).await).await?;
    let user = User { id: user, email: new.email.to_string(), email_verified: false, mfa_enabled: false };
    let tenant = Tenant { id: tenant, name: new.name, kind: new.kind.to_owned() };
    Reply::created("/v1/auth/me", &Registered { user, tenant })
}

async fn insert(
    cx: &Context,
    db: &Db,
    (tenant, user): (Uuid, Uuid),
    new: &NewTenant,
    hash: &str,
) -> Result<()> {
    queries::insert_tenant(db, tenant, &new.name, new.kind).await?;
    queries::insert_user(db, user, new.email.as_str(), false).await?;
    queries::set_password(db, user, hash).await?;
    queries::insert_membership(db, tenant, user, first_roles(new.kind)).await?;
    let token = one_time::issue(db, user, Purpose::EmailVerification, cx.now()).await?;
    let mail = Notification {
        tenant: Some(tenant),
        kind: Purpose::EmailVerification.name(),
        recipient: new.email.as_str(),
        payload: json!({}),
        secret: Some(&token),
    };
    notifications::send(db, mail).await?;
    let detail = json!({ "kind": new.kind, "owner": user });
    let subject = ("tenant", tenant.to_string());
    cx.audit_as(db, (tenant, Actor::User(user)), "tenant.registered", subject, detail).await
}

fn parse(cx: &Context) -> Result<NewTenant> {
    cx.parse(|mut body| {
        let name = body.required_as("tenant_name", input::text_between(1, 200));
        let kind = body.required_as("kind", input::one_of(KINDS));
        let email = body.required::<Email>("email");
        let personal: Vec<&str> =
            [name.as_deref(), email.as_ref().map(Email::as_str)].into_iter().flatten().collect();
        let password = body.required_as("password", hashing::chosen(&personal));
        body.finish(|| Some(NewTenant { name: name?, kind: kind?, email: email?, password: password? }))
    })
}

/// Who registers owns the tenant; an issuer's owner keeps its catalogue too.
fn first_roles(kind: &str) -> &'static [&'static str] {
    if kind == "issuer" { &["owner", "issuer"] } else { &["owner"] }
}

/// What it means that an address is taken. Registration says so; nothing else does.
pub(crate) fn email_taken() -> Error {
    Error::conflict("email_taken", "there is an account with this e-mail address")
}
