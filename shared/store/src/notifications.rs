//! The outbox of e-mails.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::{NotificationId, TenantId};
use serde_json::Value;

use crate::Json;

parameters! {
    /// An e-mail to be sent.
    pub struct NewNotification<'a> {
        /// The tenant whose outbox it belongs to; none for that of the connection's user.
        pub tenant_id: Option<TenantId>,
        /// The id.
        pub id: NotificationId,
        /// Kind of e-mail.
        pub kind: &'a str,
        /// Address of the invited person.
        pub recipient: &'a str,
        /// Values for the template.
        pub payload: Value,
        /// The token of its link, encrypted.
        pub secret_sealed: Option<String>,
        /// Id of the key that encrypts it.
        pub secret_key_id: Option<String>,
    }
}

rows! {
    /// An e-mail, with the secret in it encrypted.
    pub struct Notification {
        /// The id.
        pub id: NotificationId,
        /// Kind of e-mail.
        pub kind: String,
        /// Address of the invited person.
        pub recipient: String,
        /// Values for the template.
        pub payload: Json<Value>,
        /// Token of its link.
        pub secret_sealed: Option<String>,
        /// Id of the key that encrypts it.
        pub secret_key_id: Option<String>,
        /// When it was written.
        pub created_at: DateTime<Utc>,
        /// When it was delivered.
        pub sent_at: Option<DateTime<Utc>>,
    }

    /// An e-mail leased for an attempt to deliver it.
    pub struct Claimed {
        /// The id.
        pub id: NotificationId,
        /// Kind of e-mail.
        pub kind: String,
        /// Address of the recipient.
        pub recipient: String,
        /// Values for the template.
        pub payload: Json<Value>,
        /// Token of its link, encrypted.
        pub secret_sealed: Option<String>,
        /// Id of the key that encrypts it.
        pub secret_key_id: Option<String>,
        /// Number of this attempt, from 1.
        pub attempts: i32,
    }

    /// An e-mail that was given up.
    #[derive(Debug, Clone)]
    pub struct GivenUp {
        /// The id.
        pub id: NotificationId,
        /// Kind of e-mail.
        pub kind: String,
        /// Number of attempts.
        pub attempts: i32,
        /// Reason of the last failure.
        pub last_error: Option<String>,
    }
}

statements! { "notifications";
    /// Puts an e-mail into the outbox.
    execute insert { mail: NewNotification<'_> };

    /// The outbox of the tenant, optionally for one recipient.
    page outbox(recipient: Option<String>) -> Notification, by "id" ("uuid": NotificationId);

    /// Leases at most this many due e-mails, and gives up those that have had this many attempts.
    all claim(wanted: i32, lease_seconds: i32, most_attempts: i32) -> Claimed;

    /// Notes that an attempt has delivered an e-mail. False if the lease has expired and somebody else has it.
    one sent(id: NotificationId, attempt: i32) -> bool;

    /// Puts an e-mail back for this many seconds, or gives it up after this many attempts. False if the lease has expired and
    /// somebody else has it.
    one failed(id: NotificationId, attempt: i32, reason: &str, retry_seconds: i32, most_attempts: i32) -> bool;

    /// E-mails that were given up and have not been handed out before.
    all report_given_up() -> GivenUp;

    /// Deletes e-mails that have been kept for as long as promised; returns how many.
    one prune() -> i64;
}
