//! Links that work once, and rest on the password and the address of the moment when they were mailed. The purpose of one is
//! `password_reset`, `email_verification` or `email_change`.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::UserId;
use uuid::Uuid;

parameters! {
    /// A link that is to be mailed to the address of its user.
    pub struct NewLink<'a> {
        /// Its id.
        pub id: Uuid,
        /// Whose it is.
        pub user_id: UserId,
        /// What it is for.
        pub purpose: &'a str,
        /// The hash of its token.
        pub token_hash: &'a str,
        /// How long it works.
        pub expires_at: DateTime<Utc>,
        /// The address.
        pub email: &'a str,
        /// Whether it was asked for from a network that the user has signed in from before.
        pub from_known: bool,
    }

    /// A link that is to be mailed to another address, to become that of its user.
    pub struct NewEmailChange<'a> {
        /// Its id.
        pub id: Uuid,
        /// Whose it is.
        pub user_id: UserId,
        /// What it is for.
        pub purpose: &'a str,
        /// The hash of its token.
        pub token_hash: &'a str,
        /// How long it works.
        pub expires_at: DateTime<Utc>,
        /// The other address.
        pub new_email: &'a str,
    }
}

rows! {
    /// What a link has shown, that was mailed to another address.
    #[derive(Debug, Clone)]
    pub struct EmailChange {
        /// Whose it was.
        pub user_id: UserId,
        /// Their other address.
        pub new_email: String,
    }
}

statements! { "identity";
    /// How many seconds ago links of a purpose were made for a user, in the last day, latest first: those that were asked for from
    /// a network that they have signed in from before, or the others.
    all ages_of_links(user: UserId, purpose: &str, from_known: bool) -> i64;

    /// How many seconds ago mail of a kind went to a mailbox, whatever accounts it was for.
    all ages_of_mail(kind: &str, recipient: &str) -> i64;

    /// Makes a link.
    execute insert_link { link: NewLink<'_> };

    /// Makes a link to another address.
    execute insert_email_change { link: NewEmailChange<'_> };

    /// Uses up a link; nothing when it is unknown, used or too old, or when password or address have changed since. Holds the
    /// password until the transaction ends.
    one use_link(purpose: &str, token_hash: &str) -> Option<UserId>;

    /// Uses up a link that was mailed to another address; nothing when it is unknown, used or too old.
    optional use_email_change(token_hash: &str) -> EmailChange;

    /// The version of the password that a link of the user of this connection rests on, held until the transaction ends; nothing
    /// when the password has changed since.
    optional hold_password_of_link(user: UserId, token_hash: &str) -> i64;

    /// Ends all links of the user of this connection, of every purpose.
    execute end_all_links(user: UserId);

    /// Ends all links of a purpose of the user of this connection.
    execute end_links(user: UserId, purpose: &str);
}
