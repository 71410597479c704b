//! A new tenant with its first owner.

use fundrail_api::auth::{NewTenant, Registered, Tenant, User};
use fundrail_domain::{
    auth::roles,
    ids::{TenantId, UserId},
};
use fundrail_identity::{
    one_time::{self, Purpose},
    sign_in,
};
use fundrail_kit::password::Check;
use fundrail_platform::{
    Answer, Context, Result,
    audit::Actor,
    db::{Db, Identity},
    notifications::{self, Notification},
    random,
};
use fundrail_store::identity::{self as store, accounts::Account};
use serde_json::json;

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// `POST /v1/auth/register`
pub(crate) async fn register(cx: &Context, new: NewTenant) -> Result<Answer<Registered>> {
    let db = cx.db().await?;
    let keys = Keys::of(cx, new.email.as_str());
    let account = store::accounts::find_credentials(&db, new.email.as_str(), &keys.address).await?;
    if let Some(account) = account.filter(|account| account.tenant_id.is_none()) {
        return begin_anew(cx, &db, new, account, &keys).await;
    }
    let hash = hashing::hash(&new.password).await?;
    let (tenant, user) = (random::new_id(), random::new_id());
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    db.transaction(async |db| insert(cx, db, (tenant, user), &new, &hash).await).await?;
    let user = User { id: user, email: new.email.to_string(), email_verified: false, mfa_enabled: false };
    let tenant = Tenant { id: tenant, name: new.name, kind: new.kind.to_owned(), mfa_required: false };
    Answer::created("/v1/auth/me", &Registered { user, tenant })
}

/// Who has left their last tenant still has an account. They register by its password; without it, the address is taken.
///
/// What counts a failed attempt must be committed, and an error rolls everything back when the request has an
/// `Idempotency-Key`: so a wrong password is an answer like any other, and kept like one.
async fn begin_anew(
    cx: &Context,
    db: &Db,
    new: NewTenant,
    account: Account,
    keys: &Keys,
) -> Result<Answer<Registered>> {
    attempts::begin(db, keys, account.address_known).await?;
    if hashing::check(&new.password, Some(&account.password_hash)).await? == Check::Wrong {
        attempts::report_failure(cx, db, new.email.as_str()).await?;
        return Ok(Answer::problem(&store::accounts::email_taken(), cx));
    }
    let (tenant, user) = (random::new_id(), account.user_id);
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let email_verified = db
        .transaction(async |db| {
            sign_in::hold_password(db, user, account.password_version).await?;
            attempts::succeeded(db, keys).await?;
            insert_tenant(cx, db, (tenant, user), &new).await?;
            store::accounts::is_verified(db, account.user_id).await
        })
        .await?;
    let user = User { id: user, email: new.email.to_string(), email_verified, mfa_enabled: account.has_mfa };
    let tenant = Tenant { id: tenant, name: new.name, kind: new.kind.to_owned(), mfa_required: false };
    Answer::created("/v1/auth/me", &Registered { user, tenant })
}

async fn insert_tenant(
    cx: &Context,
    db: &Db,
    (tenant, user): (TenantId, UserId),
    new: &NewTenant,
) -> Result<()> {
    store::tenants::insert_tenant(db, tenant, &new.name, new.kind).await?;
    store::members::add(db, tenant, user, roles::first_roles(new.kind)).await?;
    let detail = json!({ "kind": new.kind, "owner": user });
    let subject = ("tenant", tenant.to_string());
    cx.audit_as(db, (tenant, Actor::User(user)), "tenant.registered", subject, detail).await
}

async fn insert(
    cx: &Context,
    db: &Db,
    (tenant, user): (TenantId, UserId),
    new: &NewTenant,
    hash: &str,
) -> Result<()> {
    store::accounts::create(db, user, new.email.as_str(), false).await?;
    store::accounts::insert_password(db, user, hash).await?;
    insert_tenant(cx, db, (tenant, user), new).await?;
    // Somebody may take the account to another address and register this one again, without end: the mailbox gets no more links
    // for that. Its owner can ask for one later, signed in.
    if one_time::pause_of_mailbox(db, Purpose::EmailVerification, new.email.as_str()).await? > 0 {
        return Ok(());
    }
    let token = one_time::issue(db, user, Purpose::EmailVerification, new.email.as_str(), cx.now()).await?;
    let mail = Notification {
        tenant: Some(tenant),
        kind: Purpose::EmailVerification.name(),
        recipient: new.email.as_str(),
        payload: json!({}),
        secret: token.as_deref(),
    };
    notifications::send(db, mail).await
}
