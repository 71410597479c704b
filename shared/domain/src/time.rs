//! Times: UTC, RFC 3339, microseconds, as Postgres keeps them.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::input::FromText;

/// The one form in which times leave the system: `2026-01-31T23:59:59.123456Z`.
pub fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads RFC 3339 with any offset, to UTC.
pub fn parse_rfc3339(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.with_timezone(&Utc))
        .map_err(|_| "has to be an RFC 3339 time such as 2026-01-31T23:59:59Z".to_owned())
}

impl FromText for DateTime<Utc> {
    fn from_text(text: &str) -> Result<Self, String> {
        parse_rfc3339(text)
    }
}

impl FromText for NaiveDate {
    fn from_text(text: &str) -> Result<Self, String> {
        let expected = || "has to be a date such as 2026-01-31".to_owned();
        if text.len() != 10 {
            return Err(expected());
        }
        text.parse().map_err(|_| expected())
    }
}

/// For `#[serde(serialize_with = "…")]`: the one form, rather than chrono's, whose fraction comes and goes.
pub fn serialize<S: serde::Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*moment))
}

/// Like [`serialize`], for a time that may be missing.
pub fn serialize_optional<S: serde::Serializer>(
    moment: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serialize(moment, serializer),
        None => serializer.serialize_none(),
    }
}
