//! The outbox of what is mailed.

use chrono::{DateTime, Utc};
use fundrail_domain::ids::TenantId;
use serde_json::Value;
use uuid::Uuid;

use crate::Json;

parameters! {
    /// A mail that is to be sent.
    pub struct NewNotification<'a> {
        /// Whose outbox it goes into; none for that of the user of this connection.
        pub tenant_id: Option<TenantId>,
        /// Its id.
        pub id: Uuid,
        /// What it is about.
        pub kind: &'a str,
        /// To whom.
        pub recipient: &'a str,
        /// What it says.
        pub payload: Value,
        /// The token of its link, encrypted.
        pub secret_sealed: Option<String>,
        /// By which key it is encrypted.
        pub secret_key_id: Option<String>,
    }
}

rows! {
    /// A mail, with the secret in it encrypted.
    pub struct Notification {
        /// Its id.
        pub id: Uuid,
        /// What it is about.
        pub kind: String,
        /// To whom.
        pub recipient: String,
        /// What it says.
        pub payload: Json<Value>,
        /// The token of its link.
        pub secret_sealed: Option<String>,
        /// By which key it is encrypted.
        pub secret_key_id: Option<String>,
        /// When it was written.
        pub created_at: DateTime<Utc>,
    }
}

statements! { "notifications";
    /// Puts a mail into the outbox.
    execute insert { mail: NewNotification<'_> };

    /// The outbox of the tenant, or what of it goes to one recipient.
    page outbox(recipient: Option<String>) -> Notification, by "id" ("uuid": Uuid);

    /// Deletes mail that has been kept as long as was promised; answers how many.
    one prune() -> i64;
}
