//! Showing the present password to do what a stolen session must not: changing it, changing the address, deleting the account.

use fundrail_domain::ids::UserId;
use fundrail_kit::password::Check;
use fundrail_platform::{Context, Error, Result, db::Db};
use fundrail_store::identity::accounts;
use serde_json::json;

use crate::{
    attempts::{self, Keys},
    hashing,
};

/// Checks the password of who is signed in; answers with its version, for the transaction that rests on it. The try counts like
/// one at the sign-in; a wrong one is written into the trail.
///
/// # Errors
/// [`Error::Unprocessable`] with code `wrong_password`: the session stands. [`Error::TooSoon`] while a pause stands.
pub(crate) async fn check(cx: &Context, db: &Db, user: UserId, given: &str) -> Result<i64> {
    let email = cx.principal()?.user.as_ref().map(|user| user.email.as_str()).unwrap_or_default();
    let keys = Keys::of_person(cx, email, user);
    // Who is signed in is no stranger at this address. But a session may be stolen, and tried from a thousand places.
    attempts::begin(db, &keys, true).await?;
    let stored = accounts::own_password(db, user).await?;
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    if hashing::check(given, stored.as_ref().map(|stored| stored.hash.as_str())).await? == Check::Wrong {
        // Committed by itself: what is refused leaves a trace all the same.
        cx.audit(db, "password.check_failed", ("user", user.to_string()), json!({})).await?;
        return Err(Error::unprocessable("wrong_password", "the current password is wrong"));
    }
    attempts::succeeded(db, &keys).await?;
    Ok(version)
}
