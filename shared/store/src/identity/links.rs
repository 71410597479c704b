//! Links that work once, and depend on the password and address at the time when they were sent. The purpose is `password_reset`,
//! `email_verification` or `email_change`.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::UserId;
use uuid::Uuid;

parameters! {
    /// A link to be sent to its user's address.
    pub struct NewLink<'a> {
        /// The id.
        pub id: Uuid,
        /// Id of the user.
        pub user_id: UserId,
        /// What it is for.
        pub purpose: &'a str,
        /// Hash of its token.
        pub token_hash: &'a str,
        /// Lifetime.
        pub expires_at: DateTime<Utc>,
        /// E-mail address.
        pub email: &'a str,
        /// Whether it was requested from a network that the user has signed in from before.
        pub from_known: bool,
    }

    /// A link to be sent to another address, which is to become its user's.
    pub struct NewEmailChange<'a> {
        /// The id.
        pub id: Uuid,
        /// Id of the user.
        pub user_id: UserId,
        /// What it is for.
        pub purpose: &'a str,
        /// Hash of its token.
        pub token_hash: &'a str,
        /// Lifetime.
        pub expires_at: DateTime<Utc>,
        /// The other address.
        pub new_email: &'a str,
    }
}

rows! {
    /// What is proven by a link that was sent to another address.
    #[derive(Debug, Clone)]
    pub struct EmailChange {
        /// The user.
        pub user_id: UserId,
        /// Their other address.
        pub new_email: String,
    }
}

statements! { "identity";
    /// How many seconds ago links of a purpose were created for a user, in the last day, latest first: either those requested
    /// from a network that they have signed in from before, or the others.
    all ages_of_links(user: UserId, purpose: &str, from_known: bool) -> i64;

    /// How many seconds ago e-mails of a kind were sent to a mailbox, whatever accounts they were for.
    all ages_of_mail(kind: &str, recipient: &str) -> i64;

    /// Creates a link.
    execute insert_link { link: NewLink<'_> };

    /// Creates a link to another address.
    execute insert_email_change { link: NewEmailChange<'_> };

    /// Uses up a link; nothing if it is unknown, used or expired, or if the password or address has changed since. Locks the
    /// password until the transaction ends.
    one use_link(purpose: &str, token_hash: &str) -> Option<UserId>;

    /// Uses up a link that was sent to another address; nothing if it is unknown, used or expired.
    optional use_email_change(token_hash: &str) -> EmailChange;

    /// The password version that a link of the connection's user depends on, locked until the transaction ends; nothing if the
    /// password has changed since.
    optional hold_password_of_link(user: UserId, token_hash: &str) -> i64;

    /// Ends all links of the connection's user, of every purpose.
    execute end_all_links(user: UserId);

    /// Ends all links of the connection's user for one purpose.
    execute end_links(user: UserId, purpose: &str);
}
