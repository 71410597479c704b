//! Accounts: who somebody is, and the password that says so.

use fundrail_domain::{
    Error, Result,
    ids::{TenantId, UserId},
};

use crate::{Connection, on_constraint};

rows! {
    /// An account, as sign-in sees it.
    pub struct Account {
        /// Whose it is.
        pub user_id: UserId,
        /// The hash of the password.
        pub password_hash: String,
        /// Which password of theirs it is.
        pub password_version: i64,
        /// The tenant to sign in to; none for who is a member nowhere any more.
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
        /// Which password of theirs it is.
        pub version: i64,
    }

    /// Whose an address is.
    #[derive(Debug, Clone)]
    pub struct Owner {
        /// Who it is.
        pub user_id: UserId,
        /// The tenant in whose trail and outbox it goes; none for who is a member nowhere.
        pub tenant_id: Option<TenantId>,
    }
}

statements! { "identity";
    /// The account of an address, whose ever it is. `address_hash` is that of the network from which somebody signs in.
    optional find_credentials(email: &str, address_hash: &str) -> Account;

    /// Makes an account: by [`create`], which knows what a taken address means.
    execute insert_user(id: UserId, email: &str, verified: bool);

    /// The address of the user of this connection.
    one own_email(user: UserId) -> String;

    /// The address of the user of this connection, locked until the transaction ends.
    one lock_email(user: UserId) -> String;

    /// Gives a user another address, which is verified: by [`change_email`], which knows what a taken one means.
    execute set_email(user: UserId, email: &str);

    /// Whether the user of this connection has shown that their address is theirs.
    one is_verified(user: UserId) -> bool;

    /// The first password of an account that was made just now; answers its version.
    one insert_password(user: UserId, hash: &str) -> i64;

    /// The password of the user of this connection.
    optional own_password(user: UserId) -> Password;

    /// A new password in place of the one of a version; answers its own version, or nothing when there is another by now.
    optional replace_password(user: UserId, hash: &str, before: i64) -> i64;

    /// The same password, hashed anew: unless it is another one by now, or was hashed anew meanwhile.
    execute rewrite_hash(user: UserId, new: &str, before: &str, version: i64);

    /// Notes a network from which a sign-in was completed.
    execute remember_address(user: UserId, address_hash: &str);

    /// Deletes how a user was let in, and puts an address in place of theirs that is nobody's (RFC 2606, 2).
    execute erase_user(user: UserId);

    /// Whose an address is.
    optional find_user(email: &str) -> Owner;

    /// Notes that the mailbox of the user of this connection is theirs. The first time, what was there before is dropped, and,
    /// `with_people`, who came in by it; answers the keys in Redis of what has ended with that.
    one prove_mailbox(user: UserId, with_people: bool) -> Vec<String>;

    /// Whether a user has signed in from a network before.
    one knows_address(user: UserId, address_hash: &str) -> bool;
}

/// Makes an account.
///
/// # Errors
/// [`email_taken`], and those of the connection.
pub async fn create(db: &impl Connection, id: UserId, email: &str, verified: bool) -> Result<()> {
    let made = insert_user(db, id, email, verified).await;
    made.map(drop).map_err(on_constraint("app_user_email", email_taken))
}

/// Gives the user of this connection another address, which is verified; answers with the one before.
///
/// # Errors
/// [`email_taken`], and those of the connection.
pub async fn change_email(db: &impl Connection, user: UserId, new: &str) -> Result<String> {
    let before = lock_email(db, user).await?;
    set_email(db, user, new).await.map_err(on_constraint("app_user_email", email_taken))?;
    Ok(before)
}

/// What it means that an address is taken.
pub fn email_taken() -> Error {
    Error::conflict("email_taken", "there is an account with this e-mail address")
}
