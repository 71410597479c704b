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
    }
}

statements! { "notifications";
    /// Puts an e-mail into the outbox.
    execute insert { mail: NewNotification<'_> };

    /// The outbox of the tenant, optionally for one recipient.
    page outbox(recipient: Option<String>) -> Notification, by "id" ("uuid": NotificationId);

    /// Deletes e-mails that have been kept for as long as promised; returns how many.
    one prune() -> i64;
}
