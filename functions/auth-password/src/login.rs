//! Sign-in by password.

use fundrail_domain::{auth::password::Check, text::Email};
use fundrail_platform::{
    Context, Error, Reply, Result,
    db::{Db, Identity},
    sign_in::{self, Start},
};

use crate::{
    attempts::{self, Keys},
    hashing,
    queries::{self, Account},
};

struct Credentials {
    email: Email,
    password: String,
}

/// `POST /v1/auth/login`
pub(crate) async fn login(cx: &Context) -> Result<Reply> {
    let credentials = parse(cx)?;
    let keys = Keys::of(cx, credentials.email.as_str());
    let db = cx.db().await?;
    let account = queries::find_credentials(&db, credentials.email.as_str(), &keys.address).await?;
    attempts::begin(&db, &keys, account.as_ref().is_some_and(|account| account.address_known)).await?;
    let stored = account.as_ref().map(|account| account.password_hash.as_str());
    let check = hashing::check(&credentials.password, stored).await?;
    let (Some(account), Check::Right | Check::RightButOld) = (account, check) else {
        attempts::report_failure(cx, &db, credentials.email.as_str(), &keys).await?;
        return Err(Error::unauthenticated("unknown account or wrong password"));
    };
    let rehashed = match check {
        Check::RightButOld => Some(hashing::hash(&credentials.password).await?),
        _ => None,
    };
    finish(cx, &db, account, rehashed, &keys).await
}

async fn finish(
    cx: &Context,
    db: &Db,
    account: Account,
    rehashed: Option<String>,
    keys: &Keys,
) -> Result<Reply> {
    let tenant = account.tenant_id.ok_or_else(|| Error::unauthenticated("a member of no tenant"))?;
    let user = account.user_id;
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    db.transaction(async |db| {
        if let Some(hash) = &rehashed {
            queries::set_password(db, user, hash).await?;
        }
        attempts::succeeded(db, keys).await?;
        if !account.has_mfa {
            queries::remember_address(db, user, &keys.address).await?;
        }
        let start = Start { tenant, user, mfa_at: None, by: "password" };
        sign_in::start_or_challenge(cx, db, start, account.has_mfa).await
    })
    .await
}

fn parse(cx: &Context) -> Result<Credentials> {
    cx.parse(|mut body| {
        let email = body.required::<Email>("email");
        let password = body.required_as("password", hashing::given);
        body.finish(|| Some(Credentials { email: email?, password: password? }))
    })
}
