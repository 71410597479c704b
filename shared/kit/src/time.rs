//! Times and dates as text: UTC, RFC 3339, with microseconds, as stored by Postgres.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc};

/// The one form in which times leave the system: `2026-01-31T23:59:59.123456Z`.
pub fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads RFC 3339 with any offset, and converts it to UTC.
pub fn parse_rfc3339(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = Some(text)
        .filter(|text| has_form_of_a_moment(text))
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    // In whole microseconds, with a leap second counted as the next one, as Postgres stores it.
    let moment = moment.and_then(|moment| DateTime::from_timestamp_micros(moment.timestamp_micros()));
    // An offset can lead out of the range of four-digit years, and Postgres has no year 0.
    moment
        .filter(|moment| YEARS.contains(&moment.year()))
        .ok_or_else(|| "must be an RFC 3339 time such as 2026-01-31T23:59:59Z".to_owned())
}

/// Whether the text has the form `2026-01-31T23:59:59`, optionally followed by a fraction, then `Z` or an offset such as `+01:30`
/// (RFC 3339, 5.6). The parser itself is more lenient about signs, spaces and missing digits.
fn has_form_of_a_moment(text: &str) -> bool {
    let Some((date_and_time, rest)) = text.split_at_checked(19) else { return false };
    let fraction = rest.strip_prefix('.').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = match fraction {
        Some(zone) if rest.len() > zone.len() + 1 => zone,
        Some(_) => return false,
        None => rest,
    };
    has_form(&date_and_time.replace('t', "T"), "0000-00-00T00:00:00")
        && (zone.eq_ignore_ascii_case("Z") || has_form(zone, "+00:00") || has_form(zone, "-00:00"))
}

/// Whether the text matches a pattern in which `0` stands for any digit.
fn has_form(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(given, expected)| match expected {
            b'0' => given.is_ascii_digit(),
            other => given == other,
        })
}

/// Years that every part of the system can write.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// Reads a date in the one form that it has: `2026-01-31`.
pub fn parse_date(text: &str) -> Result<NaiveDate, String> {
    let expected = || "must be a date such as 2026-01-31".to_owned();
    // The parser itself also accepts a sign, spaces and single-digit months.
    if !has_form(text, "0000-00-00") {
        return Err(expected());
    }
    let date: NaiveDate = text.parse().map_err(|_| expected())?;
    if YEARS.contains(&date.year()) { Ok(date) } else { Err(expected()) }
}

/// For `#[serde(serialize_with = "…")]`: the one form, unlike chrono's, whose fraction varies in length.
pub fn serialize<S: serde::Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*moment))
}

/// Like [`serialize`], for an optional time.
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
    fn a_date_has_one_form() {
        for wrong in [
            "+2000-01-1",
            "2000- 1- 1",
            "2000-1-01",
            "2000-01-1",
            " 2000-01-01",
            "2000-01-01 ",
            "-200-01-01",
            "2000/01/01",
            "20000101",
            "2000-001",
            "2000-W01-1",
            "２０００-01-01",
            "2000-02-30",
            "2000-13-01",
            "2000-00-10",
            "2000−01−01",
            "",
        ] {
            assert!(parse_date(wrong).is_err(), "{wrong}");
        }
        assert!(parse_date("2000-02-29").is_ok());
    }

    #[test]
    fn a_moment_has_one_form() {
        for wrong in [
            "2026-01-31 23:59:59Z",
            "2026-1-31T23:59:59Z",
            "2026-01-31T23:59Z",
            "2026-01-31T23:59:59",
            "2026-01-31T23:59:59+0100",
            "2026-01-31T23:59:59+01",
            "2026-01-31T23:59:59.Z",
            "2026-01-31T23:59:59,5Z",
            " 2026-01-31T23:59:59Z",
            "+2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59 Z",
            "2026-01-31T23:59:59−01:00",
            "2026-01-31T24:00:00Z",
            "2026-01-31T23:59:59+24:00",
            "2026-01- 1T23:59:59Z",
            "２026-01-31T23:59:59Z",
            "",
        ] {
            assert!(parse_rfc3339(wrong).is_err(), "{wrong}");
        }
        for (text, same) in [
            ("2026-01-31t23:59:59z", "2026-01-31T23:59:59.000000Z"),
            ("2026-01-31T23:59:59.123456789-00:30", "2026-02-01T00:29:59.123456Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(rfc3339(parse_rfc3339(text).unwrap()), same, "{text}");
        }
    }

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
        assert!(parse_date("0000-02-29").is_err());
        assert!(parse_date("2026-02-28").is_ok());
    }
}
