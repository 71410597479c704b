//! Sign-in by password.

use fundrail_api::auth::{Credentials, LoginAnswer, Tokens};
use fundrail_domain::ids::TenantId;
use fundrail_identity::{
    devices,
    sign_in::{self, Start},
};
use fundrail_kit::password::Check;
use fundrail_platform::{
    Answer, Context, Error, Result,
    db::{Db, Identity},
};
use fundrail_store::identity::{self as store, accounts::Account};

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// `POST /v1/auth/login`
pub(crate) async fn login(cx: &Context, credentials: Credentials) -> Result<Answer<LoginAnswer>> {
    let db = cx.db().await?;
    let email = credentials.email.as_str();
    let device = match &credentials.device_token {
        Some(token) => devices::known(&db, email, token).await?,
        None => None,
    };
    let keys = Keys { device, ..Keys::of(cx, email) };
    let account = store::accounts::find_credentials(&db, credentials.email.as_str(), &keys.address).await?;
    attempts::begin(&db, &keys, account.as_ref().is_some_and(|account| account.address_known)).await?;
    let stored = account.as_ref().map(|account| account.password_hash.as_str());
    let check = hashing::check(&credentials.password, stored).await?;
    let (Some(account), Check::Right | Check::RightButOld) = (account, check) else {
        attempts::report_failure(cx, &db, credentials.email.as_str()).await?;
        return Err(Error::unauthenticated("unknown account or wrong password"));
    };
    let rehashed = match check {
        Check::RightButOld => Some(hashing::hash(&credentials.password).await?),
        _ => None,
    };
    let account = match credentials.tenant {
        Some(named) => into_tenant(&db, account, named, &keys).await?,
        None => account,
    };
    finish(cx, &db, account, rehashed, &keys).await
}

/// The account in the tenant that was named: one that its owner, who has shown the password, is a member of.
async fn into_tenant(db: &Db, account: Account, named: TenantId, keys: &Keys) -> Result<Account> {
    db.act_for(Identity { tenant: Some(named), user: Some(account.user_id) }).await?;
    if store::members::is_member(db, account.user_id).await? {
        return Ok(Account { tenant_id: Some(named), ..account });
    }
    attempts::succeeded(db, keys).await?;
    Err(Error::field("/tenant_id", "must be a tenant that you are a member of"))
}

async fn finish(
    cx: &Context,
    db: &Db,
    account: Account,
    rehashed: Option<String>,
    keys: &Keys,
) -> Result<Answer<LoginAnswer>> {
    let user = account.user_id;
    let Some(tenant) = account.tenant_id else {
        attempts::succeeded(db, keys).await?;
        return Err(Error::conflict(
            "no_tenant",
            "you are not a member of any tenant: accept an invitation, or register a tenant with this \
                address and password",
        ));
    };
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    db.transaction(async |db| {
        let password_version = account.password_version;
        if let Some(hash) = &rehashed {
            let before = &account.password_hash;
            store::accounts::rewrite_hash(db, account.user_id, hash, before, password_version).await?;
        }
        // First, since it locks the password, as a change of password does.
        let start = Start { tenant, user, password_version, mfa_at: None, parent: None, by: "password" };
        let answer = if account.has_mfa || keys.device.is_some() {
            sign_in::start_or_challenge(cx, db, start, account.has_mfa).await?
        } else {
            let tokens = sign_in::start(cx, db, start).await?;
            let device_token = Some(devices::remember(db, user).await?);
            Answer::ok(&LoginAnswer::Tokens(Tokens { device_token, ..tokens }))?
        };
        attempts::succeeded(db, keys).await?;
        if !account.has_mfa {
            store::accounts::remember_address(db, account.user_id, &keys.address).await?;
        }
        Ok(answer)
    })
    .await
}
