//! Signed intake of chain events: `/v1/webhooks/chain/…`.

use serde::{Deserialize, Serialize};

/// What a delivery holds: one message or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Delivery {
    /// One.
    One(ChainMessage),
    /// Several.
    Several(Vec<ChainMessage>),
}

/// A message about one or more logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainMessage {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// When it was made, RFC 3339. Nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub timestamp: Option<String>,
    /// The log, or a list of them.
    pub data: Logs,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageKind {
    /// Logs of contracts.
    #[serde(rename = "chain.log")]
    ChainLog,
}

/// One log or a list of them. A delivery has at most 1000 of them altogether.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Logs {
    /// One.
    One(ChainLog),
    /// Several.
    Several(Vec<ChainLog>),
}

/// A log of a contract. Hexadecimal digits may be in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainLog {
    /// EIP-155 id of a chain that is listened to.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 31337)
    )]
    pub chain_id: i64,
    /// Height of its block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 7))]
    pub block_number: i64,
    /// Its block.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{64}$"))]
    pub block_hash: String,
    /// The transaction that wrote it.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{64}$"))]
    pub transaction_hash: String,
    /// Position in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0))]
    pub log_index: i64,
    /// The contract that wrote it.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: String,
    /// Hash of the event's signature, and its indexed parameters.
    #[cfg_attr(feature = "openapi", schema(max_items = 4, value_type = Vec<Topic>))]
    pub topics: Vec<String>,
    /// The other parameters, ABI-encoded; at most 65536 bytes.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^0x([0-9a-fA-F]{2})*$", max_length = 131_074, example = "0x")
    )]
    pub data: String,
    /// That its block is no longer part of the chain: what the log had done is taken back, until a later message includes the
    /// log again.
    pub removed: bool,
}

/// 32 bytes in hexadecimal digits.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(pattern = "^0x[0-9a-fA-F]{64}$")]
#[allow(dead_code, reason = "it is there for its schema")]
struct Topic(String);

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Intake {
    /// Logs, removals of logs, and returns of removed logs, that are new and now durable.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1))]
    pub accepted: i64,
    /// Those that had come in before.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub duplicates: i64,
}

#[cfg(feature = "openapi")]
pub use documentation::openapi;

/// Schemas of "one or several", which the macros cannot bound.
#[cfg(feature = "openapi")]
mod schemas {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ArrayBuilder, OneOfBuilder, Ref, RefOr, Schema},
    };

    use super::{ChainLog, ChainMessage, Delivery, Logs};
    use fundrail_domain::chain::MOST_LOGS;

    fn one_or_several<T: ToSchema>(description: &str) -> RefOr<Schema> {
        let one = || Ref::from_schema_name(T::name());
        let several = ArrayBuilder::new().items(one()).min_items(Some(1)).max_items(Some(MOST_LOGS));
        OneOfBuilder::new().description(Some(description)).item(one()).item(several).into()
    }

    macro_rules! one_or_several {
        ($type:ident of $entry:ident, $description:literal) => {
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    one_or_several::<$entry>($description)
                }
            }

            impl ToSchema for $type {
                fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                    schemas.push(($entry::name().into_owned(), $entry::schema()));
                    $entry::schemas(schemas);
                }
            }
        };
    }
    one_or_several!(Delivery of ChainMessage, "What a delivery holds: one message or a list of them.");
    one_or_several!(Logs of ChainLog, "One log or a list of them. A delivery has at most 1000 of them altogether.");
}

/// The routes as OpenAPI has them.
#[cfg(feature = "openapi")]
mod documentation {
    #![allow(dead_code, reason = "the functions are there for what the macro makes of them")]

    use super::{Delivery, Intake};
    use crate::common::Problem;

    /// The routes of webhooks.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        use utoipa::OpenApi as _;
        Webhooks::openapi()
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(take_in_chain_logs),
        tags((name = "webhooks", description = "What chains and others tell us."))
    )]
    struct Webhooks;

    /// Takes in logs of contracts
    ///
    /// Signed as Standard Webhooks has it: the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, by
    /// the secret whose base64 follows `whsec_`. The answer comes once all of the delivery is durable; a delivery is
    /// taken in as a whole or not at all. Sending it again is harmless.
    ///
    /// Of what is said of a log the last holds: by `webhook-timestamp`, and within a second by arrival. A removal takes the
    /// log back, a later message that includes it brings it back, and a message that is delivered again says nothing new.
    #[utoipa::path(
        post,
        path = "/v1/webhooks/chain/standard",
        operation_id = "take_in_chain_logs",
        tag = "webhooks",
        params(
            ("webhook-id" = String, Header, min_length = 1, max_length = 256, description = "Id of the message.",
                example = "msg_2dRkFvRT1sY3iXw0"),
            ("webhook-timestamp" = String, Header, pattern = r"^\d{1,12}$", example = "1614265330",
                description = "When it was sent, in seconds of Unix time; at most five minutes from now."),
            ("webhook-signature" = String, Header, example = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                description = "Signatures, separated by spaces, of which one has to fit. The header may be there more than once."),
        ),
        request_body = Delivery,
        responses(
            (status = 202, description = "It is durable.", body = Intake),
            (status = 401, description = "A header is missing, malformed or there twice, the time is more than five minutes \
                off, or no signature matches: `detail` says which.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn take_in_chain_logs() {}
}
