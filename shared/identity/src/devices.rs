//! Devices that somebody has signed in on: a secret that is returned by a sign-in and can be sent with the next one.
//!
//! It admits nobody. But attempts that come with it are counted per device only, so that somebody who guesses at the same account
//! from the same address, e.g. in the same office, does not delay its owner.

use fundrail_domain::{Result, ids::UserId};
use fundrail_platform::db::Db;
use fundrail_store::identity::devices as store;

use crate::tokens;

/// Prefix of the secrets of devices.
const PREFIX: &str = "frd_";

/// A secret for the device on which the connection's user has just signed in. The last ten are remembered.
pub async fn remember(db: &Db, user: UserId) -> Result<String> {
    let token = tokens::opaque(PREFIX)?;
    store::insert_device(db, user, &tokens::hash(&token)).await?;
    store::forget_old_devices(db, user).await?;
    Ok(token)
}

/// Whether a device belongs to the account with an address; if so, what attempts on it are counted under.
pub async fn known(db: &Db, email: &str, token: &str) -> Result<Option<String>> {
    let hash = tokens::hash(token);
    Ok(store::knows_device(db, email, &hash).await?.then_some(hash))
}

/// Forgets all devices of the connection's user: a password may have been stolen on one of them.
pub async fn forget(db: &Db, user: UserId) -> Result<()> {
    store::forget_devices(db, user).await.map(drop)
}
