//! Responses stored under an `Idempotency-Key`, for repeated requests.

use fundrail_domain::ids::TenantId;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Json;

parameters! {
    /// A caller's key for a route.
    #[derive(Debug, Clone, Copy)]
    pub struct Key<'a> {
        /// The tenant; none if the caller is not signed in.
        pub tenant_id: Option<TenantId>,
        /// A user or an API key of the tenant, or an address.
        pub principal_id: Uuid,
        /// The route.
        pub route: &'a str,
        /// Value of the header.
        pub key: &'a str,
    }

    /// A response to be stored.
    pub struct NewAnswer<'a> {
        /// The tenant; none if the caller is not signed in.
        pub tenant_id: Option<TenantId>,
        /// A user or an API key of the tenant, or an address.
        pub principal_id: Uuid,
        /// The route.
        pub route: &'a str,
        /// Value of the header.
        pub key: &'a str,
        /// Hash that distinguishes the request from others.
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
    /// A stored response. If the request or response contained a secret, hash and body are encrypted.
    pub struct Answer {
        /// Hash that distinguishes the request from others.
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
    /// Locks a key until the transaction ends; false if somebody else holds it.
    one try_lock(place: &str) -> bool;

    /// The response stored for a key, unless it is older than promised.
    optional find { key: Key<'_> } -> Answer;

    /// Deletes the response stored for a key, however old it is.
    execute delete { key: Key<'_> };

    /// Stores a response. `idempotency_record_once` is violated if there is already one.
    execute insert { answer: NewAnswer<'_> };

    /// Deletes the responses of a route to the connection's user, in every tenant.
    execute forget(route: &str);

    /// Deletes responses that are older than promised; returns how many.
    one prune() -> i64;
}
