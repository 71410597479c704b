//! Accounts: who somebody is, and the password that proves it.

use fundrail_domain::{
    Error, Result,
    ids::{TenantId, UserId},
};

use crate::{Connection, on_constraint};

rows! {
    /// An account, as seen by sign-in.
    pub struct Account {
        /// Id of the user.
        pub user_id: UserId,
        /// Hash of the password.
        pub password_hash: String,
        /// Version of their password.
        pub password_version: i64,
        /// The tenant to sign in to; none if they are not a member of any.
        pub tenant_id: Option<TenantId>,
        /// Whether they have a second factor.
        pub has_mfa: bool,
        /// Whether they have signed in from here before.
        pub address_known: bool,
    }

    /// The password of an account.
    pub struct Password {
        /// Its hash.
        pub hash: String,
        /// Version of their password.
        pub version: i64,
    }

    /// The user of an address.
    #[derive(Debug, Clone)]
    pub struct Owner {
        /// The user.
        pub user_id: UserId,
        /// The tenant for trail and outbox; none if they are not a member of any.
        pub tenant_id: Option<TenantId>,
    }
}

statements! { "identity";
    /// The account with an address. `address_hash` is that of the network from which somebody signs in.
    optional find_credentials(email: &str, address_hash: &str) -> Account;

    /// Creates an account; used by [`create`], which knows what a taken address means.
    execute insert_user(id: UserId, email: &str, verified: bool);

    /// The address of the connection's user.
    one own_email(user: UserId) -> String;

    /// The address of the connection's user, locked until the transaction ends.
    one lock_email(user: UserId) -> String;

    /// Gives a user another, verified address; used by [`change_email`], which knows what a taken one means.
    execute set_email(user: UserId, email: &str);

    /// Whether the connection's user has verified their address.
    one is_verified(user: UserId) -> bool;

    /// The first password of a newly created account; returns its version.
    one insert_password(user: UserId, hash: &str) -> i64;

    /// The password of the connection's user.
    optional own_password(user: UserId) -> Password;

    /// Replaces the password of a version; returns the new version, or nothing if there is already another one.
    optional replace_password(user: UserId, hash: &str, before: i64) -> i64;

    /// Stores a new hash of the same password, unless it is a different one by now, or was rehashed in the meantime.
    execute rewrite_hash(user: UserId, new: &str, before: &str, version: i64);

    /// Records a network from which a sign-in was completed.
    execute remember_address(user: UserId, address_hash: &str);

    /// Deletes a user's credentials, and replaces their address with one that belongs to nobody (RFC 2606, 2).
    execute erase_user(user: UserId);

    /// The user of an address.
    optional find_user(email: &str) -> Owner;

    /// Records that the mailbox of the connection's user is theirs. The first time, everything from before is dropped, and,
    /// `with_people`, anybody who joined through it; returns the Redis keys of what ended.
    one prove_mailbox(user: UserId, with_people: bool) -> Vec<String>;

    /// Whether a user has signed in from a network before.
    one knows_address(user: UserId, address_hash: &str) -> bool;
}

/// Creates an account.
///
/// # Errors
/// [`email_taken`], and those of the connection.
pub async fn create(db: &impl Connection, id: UserId, email: &str, verified: bool) -> Result<()> {
    let made = insert_user(db, id, email, verified).await;
    made.map(drop).map_err(on_constraint("app_user_email", email_taken))
}

/// Gives the connection's user another, verified address; returns the previous one.
///
/// # Errors
/// [`email_taken`], and those of the connection.
pub async fn change_email(db: &impl Connection, user: UserId, new: &str) -> Result<String> {
    let before = lock_email(db, user).await?;
    set_email(db, user, new).await.map_err(on_constraint("app_user_email", email_taken))?;
    Ok(before)
}

/// The error for a taken address.
pub fn email_taken() -> Error {
    Error::conflict("email_taken", "there is already an account with this e-mail address")
}
