//! Devices that somebody has signed in on: a secret that a sign-in gives, and that the next one may show.
//!
//! It lets nobody in. But tries that come with it are counted by the device alone, so that whoever guesses at the same account
//! from behind the same address, in the same office say, does not make its owner wait.

use fundrail_domain::{Result, ids::UserId};
use fundrail_store::identity::devices as store;
use uuid::Uuid;

use crate::{db::Db, tokens};

/// What the secrets of devices begin with.
const PREFIX: &str = "frd_";

/// A secret for the device on which the user of this connection has just signed in. The last ten are remembered.
pub async fn remember(db: &Db, user: Uuid) -> Result<String> {
    let token = tokens::opaque(PREFIX)?;
    store::insert_device(db, UserId(user), &tokens::hash(&token)).await?;
    store::forget_old_devices(db, UserId(user)).await?;
    Ok(token)
}

/// Whether a device is one of the account of an address: then what tries on it are counted under.
pub async fn known(db: &Db, email: &str, token: &str) -> Result<Option<String>> {
    let hash = tokens::hash(token);
    Ok(store::knows_device(db, email, &hash).await?.then_some(hash))
}

/// Forgets all devices of the user of this connection: one of them may be the one that a password was stolen on.
pub async fn forget(db: &Db, user: Uuid) -> Result<()> {
    store::forget_devices(db, UserId(user)).await.map(drop)
}
