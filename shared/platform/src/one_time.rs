//! Links that work once: password reset and e-mail verification. Invitations have a table of their own.
//!
//! A link rests on the password and the address of the moment when it was sent: once either has changed, it is void. So
//! several may be open at once, and the use of one ends the others.

use chrono::{DateTime, Duration, Utc};
use fundrail_domain::{Result, auth::mailing};
use fundrail_kit::client_address;
use uuid::Uuid;

use crate::{
    db::{Db, Identity},
    params, random, tokens,
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new password.
    PasswordReset,
    /// An address is somebody's own.
    EmailVerification,
    /// Another address for an account.
    EmailChange,
}

impl Purpose {
    /// As the table and the kind of mail have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
            Self::EmailChange => "email_change",
        }
    }

    fn good_for(self) -> Duration {
        match self {
            Self::PasswordReset => Duration::minutes(30),
            Self::EmailVerification => Duration::days(3),
            Self::EmailChange => Duration::days(1),
        }
    }
}

/// How many seconds the user of this connection has to wait until another link of a purpose is mailed to a mailbox; 0 for none.
/// Whoever asks for it, from wherever, and whatever account it was for: it is one mailbox. Locks the user, so that of several at
/// once none is forgotten.
pub async fn pause(db: &Db, user: Uuid, purpose: Purpose, recipient: &str) -> Result<u64> {
    let own = pause_of_user(db, user, purpose, false).await?;
    Ok(own.max(pause_of_mailbox(db, purpose, recipient).await?))
}

/// The same for a link to a new password, which anybody can ask for who is not signed in. Strangers must not use up what the owner
/// of the account may have: who asks from where that one has signed in before is counted apart. Also answers whether they do.
pub async fn pause_of_reset(db: &Db, user: Uuid, client_address: Option<&str>) -> Result<(u64, bool)> {
    const SQL: &str =
        "select exists (select from user_address where user_id = $1 and address_hash = $2) as known";
    let network = client_address.and_then(|text| text.parse().ok()).map(client_address::network);
    let known = match network {
        Some(network) => db.one(SQL, params![user, tokens::hash(&network)], |row| row.get("known")).await?,
        None => false,
    };
    Ok((pause_of_user(db, user, Purpose::PasswordReset, known).await?, known))
}

async fn pause_of_user(db: &Db, user: Uuid, purpose: Purpose, from_known: bool) -> Result<u64> {
    const LOCK: &str = "select id from app_user where id = $1 for no key update";
    const SQL: &str = "select extract(epoch from now() - created_at)::bigint as age from one_time_token \
        where user_id = $1 and purpose = $2 and from_known = $3 and created_at > now() - interval '1 day' \
        order by created_at desc";
    db.optional(LOCK, params![user], |_| Ok(())).await?;
    let ages = db.query(SQL, params![user, purpose.name(), from_known], |row| row.get::<i64>("age")).await?;
    Ok(mailing::pause(&ages))
}

/// The same for somebody who has no account yet.
pub async fn pause_of_mailbox(db: &Db, purpose: Purpose, recipient: &str) -> Result<u64> {
    const SQL: &str = "select age from auth_mailed_ages($1, $2)";
    let ages = db.query(SQL, params![purpose.name(), recipient], |row| row.get::<i64>("age")).await?;
    Ok(mailing::pause(&ages))
}

/// Makes a token for the user of this connection, to be mailed to a recipient. Earlier ones go on working, since a mail may be
/// late, and since nobody is to void a link by asking for another; the first that is used ends them all.
///
/// Nothing when the recipient is not the user's address, or not any more: what is mailed to an old address opens nothing.
pub async fn issue(
    db: &Db,
    user: Uuid,
    purpose: Purpose,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    issue_from(db, user, purpose, (recipient, false), now).await
}

/// The same, asked for from an address that the user has signed in from before, or not.
pub async fn issue_from(
    db: &Db,
    user: Uuid,
    purpose: Purpose,
    (recipient, from_known): (&str, bool),
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    // Held, so that no change of the address comes between this and the mail.
    const HOLD: &str = "select id from app_user where id = $1 and email = $2 for no key update";
    const SQL: &str = "insert into one_time_token \
            (id, user_id, purpose, token_hash, expires_at, password_version, email, from_known) \
        select $1, p.user_id, $3, $4, $5::text::timestamptz, p.version, $6, $7 \
        from user_password p where p.user_id = $2";
    if db.optional(HOLD, params![user, recipient], |_| Ok(())).await?.is_none() {
        return Ok(None);
    }
    let token = tokens::opaque("frl_")?;
    let expires_at = now + purpose.good_for();
    let hash = tokens::hash(&token);
    let parameters = params![random::new_id(), user, purpose.name(), hash, expires_at, recipient, from_known];
    Ok((db.execute(SQL, parameters).await? == 1).then_some(token))
}

/// Makes a token by which the user of this connection shows that another address is theirs as well.
pub async fn issue_email_change(db: &Db, user: Uuid, new_email: &str, now: DateTime<Utc>) -> Result<String> {
    const SQL: &str = "insert into one_time_token (id, user_id, purpose, token_hash, expires_at, new_email, password_version) \
        select $1, p.user_id, $3, $4, $5::text::timestamptz, $6, p.version from user_password p where p.user_id = $2";
    let (purpose, token) = (Purpose::EmailChange, tokens::opaque("frl_")?);
    let expires_at = now + purpose.good_for();
    let hash = tokens::hash(&token);
    let parameters = params![random::new_id(), user, purpose.name(), hash, expires_at, new_email];
    db.execute(SQL, parameters).await?;
    Ok(token)
}

/// Uses up such a token; answers whose it is and the address, with the connection acting for them. `None` when it is unknown,
/// used or too old, or when the password has changed since. Holds the password until the transaction ends.
pub async fn consume_email_change(db: &Db, token: &str) -> Result<Option<(Uuid, String)>> {
    const SQL: &str = "select user_id, new_email from auth_use_email_change($1)";
    const HOLDS: &str = "select version from user_password p where p.user_id = $1 and p.version = ( \
            select t.password_version from one_time_token t where t.token_hash = $2) for no key update of p";
    let hash = tokens::hash(token);
    let found = db.optional(SQL, params![&hash], |row| Ok((row.get("user_id")?, row.get("new_email")?)));
    let Some((user, new_email)) = found.await? else { return Ok(None) };
    db.act_for(Identity { tenant: None, user: Some(user) }).await?;
    let holds = db.optional(HOLDS, params![user, hash], |_| Ok(())).await?;
    Ok(holds.map(|()| (user, new_email)))
}

/// Ends all links of the user of this connection, of every purpose: they went to an address that is theirs no more.
pub async fn end_all(db: &Db, user: Uuid) -> Result<()> {
    const SQL: &str = "update one_time_token set used_at = now() where user_id = $1 and used_at is null";
    db.execute(SQL, params![user]).await.map(drop)
}

/// Ends all links of a purpose of the user of this connection.
pub async fn end(db: &Db, user: Uuid, purpose: Purpose) -> Result<()> {
    const SQL: &str = "update one_time_token set used_at = now() \
        where user_id = $1 and purpose = $2 and used_at is null";
    db.execute(SQL, params![user, purpose.name()]).await.map(drop)
}

/// Uses up a token; `None` when it is unknown, used or too old, or when password or address have changed since. Holds the
/// password until the transaction ends.
pub async fn consume(db: &Db, purpose: Purpose, token: &str) -> Result<Option<Uuid>> {
    const SQL: &str = "select auth_use_one_time_token($1, $2) as user_id";
    db.one(SQL, params![purpose.name(), tokens::hash(token)], |row| row.get::<Option<Uuid>>("user_id")).await
}
