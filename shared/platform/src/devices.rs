//! Devices that somebody has signed in on: a secret that a sign-in gives, and that the next one may show.
//!
//! It lets nobody in. But tries that come with it are counted by the device alone, so that whoever guesses at the same account
//! from behind the same address, in the same office say, does not make its owner wait.

use fundrail_domain::Result;
use uuid::Uuid;

use crate::{db::Db, params, tokens};

/// What the secrets of devices begin with.
const PREFIX: &str = "frd_";

/// A secret for the device on which the user of this connection has just signed in. The last ten are remembered.
pub async fn remember(db: &Db, user: Uuid) -> Result<String> {
    const SQL: &str = "insert into user_device (user_id, token_hash) values ($1, $2)";
    const FORGET: &str = "delete from user_device where user_id = $1 and token_hash in \
        (select token_hash from user_device where user_id = $1 order by last_seen_at desc, token_hash offset 10)";
    let token = tokens::opaque(PREFIX)?;
    db.execute(SQL, params![user, tokens::hash(&token)]).await?;
    db.execute(FORGET, params![user]).await?;
    Ok(token)
}

/// Whether a device is one of the account of an address: then what tries on it are counted under.
pub async fn known(db: &Db, email: &str, token: &str) -> Result<Option<String>> {
    let hash = tokens::hash(token);
    let known =
        db.one("select auth_knows_device($1, $2) as known", params![email, &hash], |row| row.get("known"));
    known.await.map(|known: bool| known.then_some(hash))
}

/// Forgets all devices of the user of this connection: one of them may be the one that a password was stolen on.
pub async fn forget(db: &Db, user: Uuid) -> Result<()> {
    db.execute("delete from user_device where user_id = $1", params![user]).await.map(drop)
}
