//! Signed intake of chain events: `/v1/webhooks/chain/…`.

use fundrail_domain::chain::Delivered;
use serde::{Deserialize, Serialize};

/// What a delivery holds: one message or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Delivery {
    /// One.
    One(Message),
    /// Several.
    Several(Vec<Message>),
}

/// A message about logs, or about something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Message {
    /// About logs.
    Logs(ChainMessage),
    /// About something else.
    Other(OtherMessage),
}

/// A message about one or more logs. Fields beyond these are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainMessage {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// When it happened, RFC 3339; at most five minutes ahead of our clock. Decides which of two messages about a log says the
    /// later, however late either arrives. Send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub timestamp: Option<String>,
    /// The log, or a list of them.
    pub data: Logs,
}

/// What a message about logs is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageKind {
    /// Logs of contracts.
    #[serde(rename = "chain.log")]
    ChainLog,
}

/// A message about something else, whatever else it says: it is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherMessage {
    /// What it is about: anything but `chain.log`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^(?!chain\.log$)", example = "chain.block"))]
    pub kind: String,
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

/// A log of a contract. Hexadecimal digits may be in any case. Fields beyond these are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Intake {
    /// Logs, removals of logs, and returns of removed logs, that are new and now durable.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1))]
    pub accepted: usize,
    /// Those that say nothing new.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub duplicates: usize,
    /// Messages about something else.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub ignored: usize,
    /// What became of each log, in the order of the body, and then of each message that is about something else.
    pub results: Vec<LogResult>,
}

impl Intake {
    /// Of logs, of which it is told whether they say something new, and of messages that were ignored.
    pub fn of(logs: &[Delivered], news: &[bool], ignored: Vec<String>) -> Self {
        let told = logs.iter().zip(news).map(|(log, news)| LogResult {
            pointer: log.path.clone(),
            result: if *news { Heard::Accepted } else { Heard::Duplicate },
        });
        let others = ignored.into_iter().map(|pointer| LogResult { pointer, result: Heard::Ignored });
        let results: Vec<LogResult> = told.chain(others).collect();
        let count = |wanted| results.iter().filter(|result| result.result == wanted).count();
        Self {
            accepted: count(Heard::Accepted),
            duplicates: count(Heard::Duplicate),
            ignored: count(Heard::Ignored),
            results,
        }
    }
}

/// What became of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogResult {
    /// Where it stands in the body: a JSON Pointer.
    #[cfg_attr(feature = "openapi", schema(example = "/data/0"))]
    pub pointer: String,
    /// What became of it.
    pub result: Heard,
}

/// What became of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Heard {
    /// It is new, and durable.
    Accepted,
    /// It says nothing new.
    Duplicate,
    /// It is about something else.
    Ignored,
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

    use super::{ChainLog, Delivery, Logs, Message};
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
    one_or_several!(Delivery of Message, "What a delivery holds: one message or a list of them.");
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
    /// the secret whose base64 follows `whsec_`. The answer comes once all of the delivery is durable, and says what became of
    /// each log; a delivery is taken in as a whole or not at all. Sending it again is harmless.
    ///
    /// Messages may arrive in any order, at any later time, and more than once: what counts is what they say, and a message is
    /// known by its `webhook-id`. Of what is said of a log the last holds, by the `timestamp` of the messages. Where one of
    /// them has none, a log counts once more messages have included it than have removed it. `webhook-timestamp` is the clock
    /// of an attempt, and decides nothing.
    ///
    /// Of two blocks of one height, or with one transaction, the one said last counts, and nothing there is final until the
    /// other one is removed. A log that differs from the known one in its place is refused, with the whole delivery.
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
            (status = 409, description = "Logs contradict known ones: `errors` names them. Nothing was taken in.", body = Problem,
                content_type = "application/problem+json"),
            (status = 401, description = "A header is missing, malformed or there twice, the time is more than five minutes \
                off, or no signature matches: `detail` says which.", body = Problem,
                content_type = "application/problem+json"),
        )
    )]
    const fn take_in_chain_logs() {}
}
