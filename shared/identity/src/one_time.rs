//! Links that work once: password reset and e-mail verification. Invitations have a table of their own.
//!
//! A link depends on the password and the address at the time when it was sent: once either has changed, it is void. So several
//! may be open at once, and using one ends the others.

use chrono::{DateTime, Duration, Utc};
use fundrail_domain::{Error, Result, auth::mailing, ids::UserId};
use fundrail_kit::client_address;
use fundrail_platform::{
    db::{Db, Identity},
    random,
};
use fundrail_store::identity::{
    accounts::{knows_address, lock_email},
    links::{self as store, NewEmailChange, NewLink},
};

use crate::tokens;

/// Purpose of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new password.
    PasswordReset,
    /// Verifying an address.
    EmailVerification,
    /// A change of address.
    EmailChange,
}

impl Purpose {
    /// As in the table, and as the kind of e-mail.
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

/// A link, of whatever kind, that opens nothing: unknown, used, revoked or expired, or void because a password or an address has
/// changed. The same for every cause, so that nobody learns from it whether there is an account. Not 401: whoever follows a link
/// has presented no credentials, and signing in would not help.
pub fn invalid_link() -> Error {
    Error::unprocessable(
        "link_invalid",
        "this link is not valid, or it has been used or has expired; request another one",
    )
}

/// How many seconds the connection's user must wait until another link for a purpose is sent to a mailbox; 0 for none. Whoever
/// requests it, from wherever, and whatever account it was for: it is one mailbox. Locks the user, so that of several at once
/// none is forgotten.
pub async fn pause(db: &Db, user: UserId, purpose: Purpose, recipient: &str) -> Result<u64> {
    let own = pause_of_user(db, user, purpose, false).await?;
    Ok(own.max(pause_of_mailbox(db, purpose, recipient).await?))
}

/// The same for a password reset link, which anybody can request without signing in. Strangers must not use up the allowance of
/// the account's owner: requests from where the owner has signed in before are counted separately. Also returns whether this is
/// one.
pub async fn pause_of_reset(db: &Db, user: UserId, client_address: Option<&str>) -> Result<(u64, bool)> {
    let network = client_address.and_then(|text| text.parse().ok()).map(client_address::network);
    let known = match network {
        Some(network) => knows_address(db, user, &tokens::hash(&network)).await?,
        None => false,
    };
    Ok((pause_of_user(db, user, Purpose::PasswordReset, known).await?, known))
}

async fn pause_of_user(db: &Db, user: UserId, purpose: Purpose, from_known: bool) -> Result<u64> {
    lock_email(db, user).await?;
    let ages = store::ages_of_links(db, user, purpose.name(), from_known).await?;
    Ok(mailing::pause(&ages))
}

/// The same for somebody who has no account yet.
pub async fn pause_of_mailbox(db: &Db, purpose: Purpose, recipient: &str) -> Result<u64> {
    let ages = store::ages_of_mail(db, purpose.name(), recipient).await?;
    Ok(mailing::pause(&ages))
}

/// Creates a token for the connection's user, to be sent to a recipient. Earlier ones keep working, since an e-mail may be late,
/// and since nobody should be able to void a link by requesting another; the first that is used ends them all.
///
/// Nothing if the recipient is not, or no longer, the user's address: what is sent to an old address opens nothing.
pub async fn issue(
    db: &Db,
    user: UserId,
    purpose: Purpose,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    issue_from(db, user, purpose, (recipient, false), now).await
}

/// The same, with whether it was requested from an address that the user has signed in from before.
pub async fn issue_from(
    db: &Db,
    user: UserId,
    purpose: Purpose,
    (recipient, from_known): (&str, bool),
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    // Locked, so that no change of the address comes between this and the e-mail.
    if lock_email(db, user).await? != recipient {
        return Ok(None);
    }
    let token = tokens::opaque("frl_")?;
    let link = NewLink {
        id: random::new_id(),
        user_id: user,
        purpose: purpose.name(),
        token_hash: &tokens::hash(&token),
        expires_at: now + purpose.good_for(),
        email: recipient,
        from_known,
    };
    Ok((store::insert_link(db, link).await? == 1).then_some(token))
}

/// Creates a token with which the connection's user proves that another address is theirs as well.
pub async fn issue_email_change(
    db: &Db,
    user: UserId,
    new_email: &str,
    now: DateTime<Utc>,
) -> Result<String> {
    let (purpose, token) = (Purpose::EmailChange, tokens::opaque("frl_")?);
    let link = NewEmailChange {
        id: random::new_id(),
        user_id: user,
        purpose: purpose.name(),
        token_hash: &tokens::hash(&token),
        expires_at: now + purpose.good_for(),
        new_email,
    };
    store::insert_email_change(db, link).await?;
    Ok(token)
}

/// Uses up such a token; returns its user and the address, with the connection acting for them. `None` if it is unknown, used or
/// expired, or if the password has changed since. Locks the password until the transaction ends.
pub async fn consume_email_change(db: &Db, token: &str) -> Result<Option<(UserId, String)>> {
    let hash = tokens::hash(token);
    let Some(change) = store::use_email_change(db, &hash).await? else { return Ok(None) };
    let user = change.user_id;
    db.act_for(Identity { tenant: None, user: Some(user) }).await?;
    let holds = store::hold_password_of_link(db, user, &hash).await?;
    Ok(holds.map(|_| (user, change.new_email)))
}

/// Ends all links of the connection's user, of every purpose: they were sent to an address that is no longer theirs.
pub async fn end_all(db: &Db, user: UserId) -> Result<()> {
    store::end_all_links(db, user).await.map(drop)
}

/// Ends all links of the connection's user for one purpose.
pub async fn end(db: &Db, user: UserId, purpose: Purpose) -> Result<()> {
    store::end_links(db, user, purpose.name()).await.map(drop)
}

/// Uses up a token; `None` if it is unknown, used or expired, or if the password or address has changed since. Locks the password
/// until the transaction ends.
pub async fn consume(db: &Db, purpose: Purpose, token: &str) -> Result<Option<UserId>> {
    store::use_link(db, purpose.name(), &tokens::hash(token)).await
}
