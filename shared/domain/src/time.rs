//! Times: UTC, RFC 3339, microseconds, as Postgres keeps them.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};

use crate::input::FromText;

/// The one form in which times leave the system: `2026-01-31T23:59:59.123456Z`.
pub fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads RFC 3339 with any offset, to UTC.
pub fn parse_rfc3339(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc));
    // An offset can lead out of the years that have four digits, and a year 0 is none to Postgres.
    moment
        .filter(|moment| YEARS.contains(&moment.year()))
        .ok_or_else(|| "has to be an RFC 3339 time such as 2026-01-31T23:59:59Z".to_owned())
}

/// Years that every part of the system can write.
const YEARS: RangeInclusive<i32> = 1..=9999;

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
        let date: NaiveDate = text.parse().map_err(|_| expected())?;
        if YEARS.contains(&date.year()) { Ok(date) } else { Err(expected()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates_that_postgres_cannot_keep_are_refused() {
        for text in [
            "0000-01-01T00:00:00Z",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert!(parse_rfc3339(text).is_err(), "{text}");
        }
        assert!(parse_rfc3339("0001-01-01T00:00:00Z").is_ok());
        assert!(parse_rfc3339("9999-12-31T23:59:59Z").is_ok());
        assert!(NaiveDate::from_text("0000-02-29").is_err());
        assert!(NaiveDate::from_text("2026-02-28").is_ok());
    }
}
