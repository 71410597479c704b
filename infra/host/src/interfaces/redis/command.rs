//! `execute`: any command, with its reply flattened to the few shapes of the interface; and the texts of errors.

use ::redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};

use crate::bindings::spin::redis::redis::{RedisParameter, RedisResult};

/// Commands that change their connection, or block it for its other users.
const OF_ITS_OWN: &[&str] = &[
    "ASKING",
    "AUTH",
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "CLIENT",
    "DISCARD",
    "EXEC",
    "HELLO",
    "MONITOR",
    "MULTI",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "QUIT",
    "READONLY",
    "READWRITE",
    "RESET",
    "SELECT",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WAIT",
    "WAITAOF",
    "WATCH",
];

/// Whether others on the same connection would notice the command.
pub(super) fn needs_own_connection(name: &str, arguments: &[RedisParameter]) -> bool {
    let blocks = |argument: &RedisParameter| match argument {
        RedisParameter::Binary(text) => text.eq_ignore_ascii_case(b"block"),
        RedisParameter::Int64(_) => false,
    };
    OF_ITS_OWN.iter().any(|known| known.eq_ignore_ascii_case(name))
        || (["XREAD", "XREADGROUP"].iter().any(|known| known.eq_ignore_ascii_case(name))
            && arguments.iter().any(blocks))
}

pub(super) fn build(name: &str, arguments: Vec<RedisParameter>) -> Cmd {
    let mut command = ::redis::cmd(name);
    for argument in arguments {
        match argument {
            RedisParameter::Int64(number) => command.arg(number),
            RedisParameter::Binary(bytes) => command.arg(bytes),
        };
    }
    command
}

/// A reply as a flat list: nested arrays are merged, as in Spin.
pub(super) fn flatten(value: Value) -> Result<Vec<RedisResult>, RedisError> {
    let mut results = Vec::new();
    append(&mut results, value)?;
    Ok(results)
}

fn append(results: &mut Vec<RedisResult>, value: Value) -> Result<(), RedisError> {
    let unsupported = |what: &str| {
        let text = format!("Redis {what} not supported");
        Err(RedisError::from((ErrorKind::UnexpectedReturnType, "Could not convert Redis response", text)))
    };
    results.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::Boolean(truth) => RedisResult::Int64(i64::from(truth)),
        Value::Array(items) | Value::Set(items) => {
            return items.into_iter().try_for_each(|item| append(results, item));
        }
        Value::ServerError(error) => return Err(error.into()),
        Value::Map(_) => return unsupported("Map type is"),
        Value::Attribute { .. } => return unsupported("Attribute type is"),
        Value::VerbatimString { .. } => return unsupported("string with format attribute is"),
        Value::Push { .. } => return unsupported("Pub/Sub types are"),
        _ => return unsupported("reply of an unknown type is"),
    });
    Ok(())
}

/// The text of an error. If the server has refused, it is the text of the `redis` crate in the version of Spin 4.1, which
/// components may examine: the interface gives them nothing else to go by.
pub(crate) fn describe(error: &RedisError) -> String {
    let detail = error.detail();
    match error.kind() {
        ErrorKind::Server(kind) => {
            let name = server_error_name(kind);
            match detail {
                Some(detail) => format!("An error was signalled by the server - {name}: {detail}"),
                None => format!("An error was signalled by the server- {name}"),
            }
        }
        ErrorKind::Extension => {
            let code = error.code().unwrap_or("ERR");
            format!("{code}: {}", detail.unwrap_or("Unknown extension error encountered"))
        }
        ErrorKind::UnexpectedReturnType => error.to_string().replace("UnexpectedReturnType", "TypeError"),
        _ => error.to_string(),
    }
}

fn server_error_name(kind: ServerErrorKind) -> String {
    match kind {
        ServerErrorKind::ExecAbort => "ExecAbortError".to_owned(),
        ServerErrorKind::BusyLoading => "BusyLoadingError".to_owned(),
        ServerErrorKind::NoScript => "NoScriptError".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_flattened() {
        let nested = Value::Array(vec![
            Value::Int(1),
            Value::Array(vec![Value::Nil, Value::BulkString(b"x".to_vec())]),
            Value::Okay,
        ]);
        let flat = flatten(nested).unwrap();
        assert!(matches!(
            flat.as_slice(),
            [RedisResult::Int64(1), RedisResult::Nil, RedisResult::Binary(_), RedisResult::Status(_)]
        ));
        assert!(flatten(Value::Map(vec![])).is_err());
    }

    #[test]
    fn commands_that_others_would_notice_are_known() {
        let block = [RedisParameter::Binary(b"BLOCK".to_vec()), RedisParameter::Int64(0)];
        assert!(needs_own_connection("multi", &[]));
        assert!(needs_own_connection("xread", &block));
        assert!(!needs_own_connection("XREAD", &[]));
        assert!(!needs_own_connection("EVALSHA", &block));
    }
}
