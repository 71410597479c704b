//! One JSON line per event on standard output. It never contains a header, body, query or token of a request.

use std::{borrow::Cow, io::Write as _};

use serde::{Serializer as _, ser::SerializeMap as _};
use serde_json::Value;

/// Severity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Needs attention.
    Error,
    /// May need attention.
    Warn,
    /// Business as usual.
    Info,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
        }
    }
}

/// Writes one line. `fields` must not contain secrets that [`redact`] cannot recognise: it looks at names and known shapes.
pub fn line(level: Level, message: &str, fields: &[(&str, Value)]) {
    let mut line = Vec::with_capacity(512);
    if write_line(&mut line, level, message, fields).is_ok() {
        // In one piece: every piece would be a call to the host. If it fails, there is nobody left to tell.
        let _ = std::io::stdout().write_all(&line);
    }
}

fn write_line(
    line: &mut Vec<u8>,
    level: Level,
    message: &str,
    fields: &[(&str, Value)],
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut *line);
    let mut object = serializer.serialize_map(Some(fields.len() + 3))?;
    object.serialize_entry("at", &fundrail_domain::time::rfc3339(crate::time::now()))?;
    object.serialize_entry("level", level.word())?;
    object.serialize_entry("message", &redact(message))?;
    for (name, value) in fields {
        match value {
            Value::String(text) => object.serialize_entry(name, &redact(text))?,
            other => object.serialize_entry(name, other)?,
        }
    }
    object.end()?;
    line.push(b'\n');
    Ok(())
}

/// Hides what looks like a secret: tokens (JWT), API keys, webhook secrets, passwords within URLs. A second line of defence; the
/// first is not to log any.
pub fn redact(text: &str) -> Cow<'_, str> {
    if !may_hold_secret(text) {
        return Cow::Borrowed(text);
    }
    text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '(' | ')' | ';'))
        .map(|word| if looks_secret(word) { "[redacted] ".to_owned() } else { hide_password(word) })
        .collect()
}

/// Whether a text contains something that every secret recognised by [`looks_secret`] and [`hide_password`] contains. Most do
/// not, and a log line has a dozen of them.
fn may_hold_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().any(|byte| matches!(byte, b'_' | b'='))
        || bytes.windows(3).any(|three| matches!(three, b"eyJ" | b"://"))
}

fn looks_secret(word: &str) -> bool {
    word.starts_with("eyJ")
        || ["frk_", "frr_", "frl_", "frc_", "fri_", "whsec_", "password="]
            .iter()
            .any(|mark| word.contains(mark))
}

/// `postgres://user:secret@host` without the secret.
fn hide_password(word: &str) -> String {
    let hidden = word.split_once("://").and_then(|(scheme, rest)| {
        let (credentials, host) = rest.rsplit_once('@')?;
        let (user, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{user}:[redacted]@{host}"))
    });
    hidden.unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_pass() {
        let secrets =
            ["eyJhbGciOiJFZERTQSJ9.e30.sig", "frk_dev_0123456789", "whsec_MfKQ9r8GKYqrTwjU", "hunter2"];
        let text = format!(
            "token {} key={} secret \"{}\" at postgres://app:{}@127.0.0.1:5432/x",
            secrets[0], secrets[1], secrets[2], secrets[3]
        );
        let redacted = redact(&text);
        assert!(secrets.iter().all(|secret| !redacted.contains(secret)), "{redacted}");
        assert!(redacted.contains("127.0.0.1:5432"), "{redacted}");
    }

    #[test]
    fn a_line_is_one_object_with_its_secrets_hidden() {
        let fields = [("count", Value::from(7)), ("context", Value::from("key frk_dev_0123456789"))];
        let mut line = Vec::new();
        write_line(&mut line, Level::Warn, "a \"quoted\"\nmessage", &fields).unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
        let line: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!((&line["level"], &line["message"]), (&"warn".into(), &"a \"quoted\"\nmessage".into()));
        assert_eq!((&line["count"], &line["context"]), (&7.into(), &"key [redacted] ".into()));
    }

    #[test]
    fn other_text_stays_as_it_is() {
        let text = "no such fund: 0198c0de (https://example.com/a@b), \"x\"";
        assert_eq!(redact(text), text);
    }
}
