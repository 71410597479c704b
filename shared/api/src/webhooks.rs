//! Intake of signed chain events: `/v1/webhooks/chain/…`.

use crate::endpoint::endpoints;
use fundrail_domain::chain::Delivered;
use serde::{Deserialize, Serialize};

/// Contents of a delivery: one message or a list of them.
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

/// A message about one or more logs. Other fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainMessage {
    /// Type of message.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// When it happened: RFC 3339, at most five minutes ahead of our clock. It determines which of two messages about a log is
    /// the later, however late either arrives. Optional, but always send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
    pub timestamp: Option<String>,
    /// A log, or a list of logs.
    pub data: Logs,
}

/// Type of a message about logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageKind {
    /// Logs of contracts.
    #[serde(rename = "chain.log")]
    ChainLog,
}

/// A message about something else, which is ignored, whatever else it contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherMessage {
    /// Type of message: anything but `chain.log`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(pattern = r"^(?!chain\.log$)", example = "chain.block"))]
    pub kind: String,
}

/// One log or a list of logs. A delivery contains at most 1000 of them in total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Logs {
    /// One.
    One(ChainLog),
    /// Several.
    Several(Vec<ChainLog>),
}

/// A log emitted by a contract. Hexadecimal digits may be in any case. Other fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainLog {
    /// EIP-155 id of a watched chain.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 31337)
    )]
    pub chain_id: i64,
    /// Height of the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 7))]
    pub block_number: i64,
    /// Hash of the block.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{64}$"))]
    pub block_hash: String,
    /// Hash of the transaction that emitted it.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{64}$"))]
    pub transaction_hash: String,
    /// Index of the log in the block.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0))]
    pub log_index: i64,
    /// Address of the contract that emitted it.
    #[cfg_attr(feature = "openapi", schema(pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: String,
    /// Hash of the event's signature, followed by its indexed parameters.
    #[cfg_attr(feature = "openapi", schema(max_items = 4, value_type = Vec<Topic>))]
    pub topics: Vec<String>,
    /// The other parameters, ABI-encoded; at most 65536 bytes.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^0x([0-9a-fA-F]{2})*$", max_length = 131_074, example = "0x")
    )]
    pub data: String,
    /// Whether its block has been removed from the chain by a reorganisation. The effects of the log are then reversed, until a
    /// later message includes it again.
    pub removed: bool,
}

/// 32 bytes in hexadecimal.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(pattern = "^0x[0-9a-fA-F]{64}$")]
#[allow(dead_code, reason = "it is there for its schema")]
struct Topic(String);

/// Result of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Intake {
    /// Number of logs that say something new (a log, its removal, or its return after a removal) and are now stored durably.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1))]
    pub accepted: usize,
    /// Number of logs that say nothing new.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub duplicates: usize,
    /// Number of messages about something else.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 0))]
    pub ignored: usize,
    /// Result for each log, in the order of the body, followed by each message about something else.
    pub results: Vec<LogResult>,
}

impl Intake {
    /// From the logs, whether each of them says something new, and the messages that were ignored.
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

/// Result for one log or message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogResult {
    /// Where it is in the body: a JSON Pointer.
    #[cfg_attr(feature = "openapi", schema(example = "/data/0"))]
    pub pointer: String,
    /// The result.
    pub result: Heard,
}

/// Result for one log or message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Heard {
    /// It is new, and stored durably.
    Accepted,
    /// It says nothing new.
    Duplicate,
    /// It is about something else.
    Ignored,
}

/// Schemas for "one or several", which the macros cannot bound.
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

endpoints! {
    "webhooks", "Signed deliveries from chain indexers and other sources.";
    schemas();

    /// Deliver logs of contracts
    ///
    /// Deliveries are signed according to Standard Webhooks: base64 of HMAC-SHA256 over
    /// `{webhook-id}.{webhook-timestamp}.{body}`, with the secret whose base64 follows `whsec_`. The response is sent once the
    /// whole delivery is stored durably, and gives the result for each log; a delivery is accepted as a whole or not at all.
    /// Sending it again is harmless.
    ///
    /// Messages may arrive in any order, with any delay and more than once. Only their content counts, and a message is
    /// identified by its `webhook-id`. The last statement about a log prevails, by the `timestamp` of the messages. Where one of
    /// them has no `timestamp`, a log counts if more messages have included it than removed it. `webhook-timestamp` is the time
    /// of the delivery attempt and decides nothing.
    ///
    /// If two blocks have the same height or contain the same transaction, the one announced last prevails, and nothing in it is
    /// final until the other is removed. A log that differs from the known log at the same position is rejected, together with
    /// the whole delivery.
    post "/v1/webhooks/chain/standard" take_in_chain_logs TakeInChainLogs -> Intake,
    [public(), raw_body(), rate_class("webhook")],
    request_body(content = Delivery),
    params(
        ("webhook-id" = String, Header, min_length = 1, max_length = 256, description = "Id of the message.", example = "msg_2dRkFvRT1sY3iXw0"),
        ("webhook-timestamp" = String, Header, pattern = r"^\d{1,12}$", example = "1614265330", description = "When it was sent, in seconds of Unix time; at most five minutes from now."),
        ("webhook-signature" = String, Header, example = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", description = "Signatures, separated by spaces; one of them must match. The header may be repeated."),
    ),
    responses(
        (status = 202, description = "Stored durably.", body = Intake),
        (status = 409, description = "Logs contradict known ones; `errors` names them. Nothing was accepted."),
        (status = 401, description = "A header is missing, malformed or repeated, the time is more than five minutes off, or no signature matches. `detail` says which."),
    );
}
