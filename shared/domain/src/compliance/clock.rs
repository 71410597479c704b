//! The only way in which time enters a decision.

use std::cell::Cell;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::time::{believable_from, first_moment_of};

/// Says whether moments have been reached, and remembers the earliest that has not.
///
/// Invariant: everything in a decision that depends on time does so only through [`Clock::reached`]. Until the earliest moment
/// that was asked for and not reached, each of these questions has the same answer, and so has the decision: that moment limits
/// its validity.
#[derive(Debug)]
pub struct Clock {
    now: DateTime<Utc>,
    next: Cell<Option<DateTime<Utc>>>,
}

impl Clock {
    /// A clock set to `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now, next: Cell::new(None) }
    }

    /// Whether `moment` is now or past. `None` stands for one beyond all calendars, which is never reached.
    pub fn reached(&self, moment: Option<DateTime<Utc>>) -> bool {
        let Some(moment) = moment else { return false };
        if moment <= self.now {
            return true;
        }
        if self.next.get().is_none_or(|next| moment < next) {
            self.next.set(Some(moment));
        }
        false
    }

    /// Whether it is this day or a later one anywhere on Earth, as defined by [`first_moment_of`].
    pub fn begun(&self, day: NaiveDate) -> bool {
        self.reached(first_moment_of(day))
    }

    /// Whether something reported for that time has happened, as defined by [`believable_from`].
    pub fn happened(&self, told: DateTime<Utc>) -> bool {
        self.reached(believable_from(told))
    }

    /// The earliest moment that was asked for and has not been reached.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.next.get()
    }
}

/// A span of calendar time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Calendar months.
    #[serde(default)]
    pub months: u32,
    /// Days of 24 hours, added after the months.
    #[serde(default)]
    pub days: u32,
}

impl Period {
    /// A number of months and days, if either is given.
    pub fn given(months: Option<u32>, days: Option<u32>) -> Option<Self> {
        let any = months.is_some() || days.is_some();
        any.then(|| Self { months: months.unwrap_or(0), days: days.unwrap_or(0) })
    }

    /// The shorter of the two, taking a month as 30 days.
    #[must_use]
    pub fn shorter(self, other: Self) -> Self {
        let days = |period: Self| u64::from(period.months) * 30 + u64::from(period.days);
        if days(other) < days(self) { other } else { self }
    }

    /// The moment at which it ends if it began at `start`.
    pub fn end(self, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
        start.checked_add_months(Months::new(self.months))?.checked_add_days(Days::new(self.days.into()))
    }

    /// The moment at which something dated on a day is older than this: when no day is left for which that day is within the
    /// preceding period. On 30 November the preceding three months begin on 30 August, so evidence of that day is valid
    /// throughout 30 November; on 31 May they begin on 28 February, as that month has no later day. Counting only from the end of
    /// the day would lose the former, since 31 August plus three months is 30 November.
    pub fn over_for_day(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let from_its_end = self.end(end_of(day)?)?;
        let same_day = end_of(day.checked_add_months(Months::new(self.months))?)?;
        Some(from_its_end.max(same_day.checked_add_days(Days::new(self.days.into()))?))
    }
}

/// The first moment after a day, in UTC: what expires on a day is valid throughout it.
pub fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_utc().checked_add_days(Days::new(1))
}
