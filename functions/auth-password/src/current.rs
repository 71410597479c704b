//! Showing the current password for what a stolen session must not do: changing it, changing the address, deleting the account.

use fundrail_domain::ids::UserId;
use fundrail_kit::password::Check;
use fundrail_platform::{Context, Error, Result, db::Db};
use fundrail_store::identity::accounts;
use serde_json::json;

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// Checks the caller's password, and returns its version for the transaction that relies on it. The attempt counts like a sign-in;
/// a wrong password is recorded in the audit trail.
///
/// # Errors
/// [`Error::Unprocessable`] with code `wrong_password`: the session stands. [`Error::TooSoon`] while a pause stands.
pub(crate) async fn check(cx: &Context, db: &Db, user: UserId, given: &str) -> Result<i64> {
    let email = cx.principal()?.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let keys = Keys::of_person(cx, email, user);
    // A signed-in caller is no stranger at this address. But a session may be stolen and used from a thousand places.
    attempts::begin(db, &keys, true).await?;
    let stored = accounts::own_password(db, user).await?;
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    if hashing::check(given, stored.as_ref().map(|stored| stored.hash.as_str())).await? == Check::Wrong {
        // Committed by itself, so that a refusal leaves a trace too.
        cx.audit(db, "password.check_failed", ("user", user.to_string()), json!({})).await?;
        return Err(Error::unprocessable("wrong_password", "the current password is wrong"));
    }
    attempts::succeeded(db, &keys).await?;
    Ok(version)
}
