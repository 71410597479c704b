//! Times: UTC, RFC 3339, with microseconds, as stored by Postgres; and what the clocks of others are believed.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

pub use fundrail_kit::time::{parse_rfc3339, rfc3339, serialize, serialize_optional};

/// How far another party's clock may be ahead of ours: five minutes. Reading a time and basing a decision on it use the same
/// tolerance.
pub const CLOCKS_DIFFER: Duration = Duration::minutes(5);
/// How far ahead of UTC a day begins where it begins first (Kiritimati, UTC+14).
const DAY_BEGINS_AHEAD: Duration = Duration::hours(14);

/// The first moment at which it is this day anywhere on Earth. A date has no place, so it is in the future only while it is today
/// nowhere.
pub fn first_moment_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_utc().checked_sub_signed(DAY_BEGINS_AHEAD)
}

/// The moment from which our clock accepts a time given by another clock.
pub fn believable_from(told: DateTime<Utc>) -> Option<DateTime<Utc>> {
    told.checked_sub_signed(CLOCKS_DIFFER)
}

#[cfg(test)]
mod tests {
    use fundrail_kit::input::FromText as _;

    use super::*;

    #[test]
    fn a_day_begins_at_utc_plus_14() {
        let day = NaiveDate::from_text("2026-06-16").unwrap();
        assert_eq!(first_moment_of(day), Some(parse_rfc3339("2026-06-15T10:00:00Z").unwrap()));
        assert_eq!(first_moment_of(day), Some(parse_rfc3339("2026-06-16T00:00:00+14:00").unwrap()));
    }
}
