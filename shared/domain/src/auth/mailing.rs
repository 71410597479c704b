//! How often somebody is sent a link that anybody can request.
//!
//! Limits per requesting address do not protect a mailbox: twelve addresses mean twelve times the limit. So the e-mails to one
//! account are counted, whoever has requested them.

/// Links of one kind to one account per hour.
const AN_HOUR: usize = 3;
/// And per day.
const A_DAY: usize = 10;

/// Seconds until another may be sent, 0 for none, given how many seconds ago the last ones were sent, newest first.
pub fn pause(ages: &[i64]) -> u64 {
    let until = |most: usize, window: i64| {
        let oldest = ages.get(most.saturating_sub(1)).copied();
        oldest.map_or(0, |age| window.saturating_sub(age.max(0)))
    };
    let wait = until(AN_HOUR, 3600).max(until(A_DAY, 24 * 3600));
    u64::try_from(wait).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn three_an_hour_and_ten_a_day_are_sent() {
        assert_eq!(pause(&[]), 0);
        assert_eq!(pause(&[5, 10]), 0);
        assert_eq!(pause(&[5, 10, 600]), 3000);
        assert_eq!(pause(&[5, 10, 3600]), 0);
        assert_eq!(pause(&[-3, -2, -1]), 3600, "a clock that was set back");
        let spread: Vec<i64> = (1..=10).map(|n| n * 2 * 3600).collect();
        assert_eq!(pause(&spread), 4 * 3600);
        assert_eq!(pause(&spread[..9]), 0);
    }
}
