//! One JSON line an event on standard output. No request header, body, query or token is ever part of one.

use serde_json::{Map, Value};

/// How loud a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Somebody has to look.
    Error,
    /// Somebody may want to look.
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

/// Writes one line. `fields` must not hold what [`redact`] does not know to hide: it looks at names and known shapes.
pub fn line(level: Level, message: &str, fields: &[(&str, Value)]) {
    let mut line = Map::new();
    line.insert("at".to_owned(), fundrail_domain::time::rfc3339(crate::time::now()).into());
    line.insert("level".to_owned(), level.word().into());
    line.insert("message".to_owned(), redact(message).into());
    for (name, value) in fields {
        let value = match value {
            Value::String(text) => Value::String(redact(text)),
            other => other.clone(),
        };
        line.insert((*name).to_owned(), value);
    }
    println!("{}", Value::Object(line));
}

/// Hides what looks like a secret: tokens (JWT), API keys, webhook secrets, passwords within URLs. A second line of
/// defence; the first is to log no such thing.
pub fn redact(text: &str) -> String {
    text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '(' | ')' | ';'))
        .map(|word| if looks_secret(word) { "[redacted] ".to_owned() } else { hide_password(word) })
        .collect()
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
    fn other_text_stays_as_it_is() {
        let text = "no such fund: 0198c0de (https://example.com/a@b), \"x\"";
        assert_eq!(redact(text), text);
    }
}
