//! Sign-in by password.

use fundrail_domain::{auth::password::Check, text::Email};
use fundrail_platform::{
    Context, Error, Reply, Result,
    db::{Db, Identity},
    sign_in::{self, Start},
};
use uuid::Uuid;

use crate::{hashing, queries};

struct Credentials {
    email: Email,
    password: String,
}

/// `POST /v1/auth/login`
pub(crate) async fn login(cx: &Context) -> Result<Reply> {
    let credentials = parse(cx)?;
    let db = cx.db().await?;
    let account = queries::find_credentials(&db, &credentials.email).await?;
    let stored = account.as_ref().map(|account| account.password_hash.as_str());
    let check = hashing::check(&credentials.password, stored).await?;
    let (Some(account), Check::Right | Check::RightButOld) = (account, check) else {
        return Err(Error::unauthenticated("unknown account or wrong password"));
    };
    let tenant = account.tenant_id.ok_or_else(|| Error::unauthenticated("a member of no tenant"))?;
    let rehashed = match check {
        Check::RightButOld => Some(hashing::hash(&credentials.password).await?),
        _ => None,
    };
    finish(cx, &db, (tenant, account.user_id), rehashed).await
}

async fn finish(
    cx: &Context,
    db: &Db,
    (tenant, user): (Uuid, Uuid),
    rehashed: Option<String>,
) -> Result<Reply> {
    db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let tokens = db
        .transaction(async |db| {
            if let Some(hash) = &rehashed {
                queries::update_password(db, user, hash).await?;
            }
            sign_in::start(cx, db, Start { tenant, user, mfa_at: None, by: "password" }).await
        })
        .await?;
    Reply::ok(&tokens)
}

fn parse(cx: &Context) -> Result<Credentials> {
    cx.parse(|mut body| {
        let email = body.required::<Email>("email");
        let password = body.required_as("password", hashing::given);
        body.finish(|| Some(Credentials { email: email?, password: password? }))
    })
}
