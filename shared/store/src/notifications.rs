//! The outbox of what is mailed.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::Json;

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
    /// The outbox of the tenant, or what of it goes to one recipient.
    page outbox(recipient: Option<String>) -> Notification, by "id" ("uuid": Uuid);
}
