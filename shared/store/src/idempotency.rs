//! Answers to `Idempotency-Key`: kept for whoever asks the same again.

use fundrail_domain::ids::TenantId;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Json;

parameters! {
    /// A key of somebody's for a route.
    #[derive(Debug, Clone, Copy)]
    pub struct Key<'a> {
        /// None for who is not signed in.
        pub tenant_id: Option<TenantId>,
        /// A user or an API key of the tenant, or an address.
        pub principal_id: Uuid,
        /// For which route.
        pub route: &'a str,
        /// What the header says.
        pub key: &'a str,
    }

    /// An answer that is to be kept.
    pub struct NewAnswer<'a> {
        /// None for who is not signed in.
        pub tenant_id: Option<TenantId>,
        /// A user or an API key of the tenant, or an address.
        pub principal_id: Uuid,
        /// For which route.
        pub route: &'a str,
        /// What the header said.
        pub key: &'a str,
        /// What tells the request from others.
        pub request_hash: String,
        /// The HTTP status.
        pub status: i32,
        /// The headers, by name.
        pub headers: Value,
        /// The body.
        pub body: String,
    }
}

rows! {
    /// An answer that was kept. Of a request in which a secret was, hash and body are encrypted.
    pub struct Answer {
        /// What tells the request from others.
        pub request_hash: String,
        /// The HTTP status.
        pub status: i32,
        /// The headers, by name.
        pub headers: Json<Map<String, Value>>,
        /// The body.
        pub body: String,
    }
}

statements! { "idempotency";
    /// Locks a key, named among all, until the transaction ends; false when somebody else holds it.
    one try_lock(place: &str) -> bool;

    /// The answer to a key, if it is not older than what is promised.
    optional find { key: Key<'_> } -> Answer;

    /// Deletes the answer to a key, however old it is.
    execute delete { key: Key<'_> };

    /// Keeps an answer. `idempotency_record_once` is violated when there is one.
    execute insert { answer: NewAnswer<'_> };

    /// Deletes the answers of a route to the user of this connection, in every tenant.
    execute forget(route: &str);

    /// Deletes answers that are older than what is promised; answers how many.
    one prune() -> i64;
}
