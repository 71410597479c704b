//! The generic cell rate algorithm (ITU-T I.371): a rate limit that needs one number per caller.
//!
//! The number is the theoretical arrival time: when the caller would be due if their requests were evenly spaced. A request moves
//! it forward by one step; it may run ahead of the clock by at most one window, which is the burst. Redis does this in Lua for
//! everybody at once; this is the same arithmetic for an instance that has no Redis to ask.

/// A number of requests per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests, at least 1.
    pub requests: u64,
    /// Period in microseconds.
    pub window: u64,
}

/// Result for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Number of further requests allowed at once.
    pub remaining: u64,
    /// Microseconds until the full quota is restored.
    pub reset: u64,
    /// Microseconds until the next request is allowed; 0 if this one is.
    pub retry: u64,
}

/// Decides on a request at `now`, given the caller's number; returns the verdict and the new number.
pub fn decide(limit: Limit, arrival: u64, now: u64) -> (Verdict, u64) {
    let step = limit.window / limit.requests.max(1);
    let due = arrival.max(now);
    let next = due.saturating_add(step);
    let wait = next.saturating_sub(limit.window.saturating_add(now));
    if wait > 0 {
        return (Verdict { allowed: false, remaining: 0, reset: due - now, retry: wait }, arrival);
    }
    let ahead = next - now;
    let remaining = limit.window.saturating_sub(ahead) / step.max(1);
    (Verdict { allowed: true, remaining, reset: ahead, retry: 0 }, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Limit = Limit { requests: 5, window: 1_000 };

    #[test]
    fn a_burst_of_the_whole_limit_passes_and_no_more() {
        let mut arrival = 0;
        for remaining in (0..5).rev() {
            let (verdict, next) = decide(LIMIT, arrival, 10_000);
            assert_eq!((verdict.allowed, verdict.remaining), (true, remaining));
            arrival = next;
        }
        let (verdict, next) = decide(LIMIT, arrival, 10_000);
        assert_eq!((verdict.allowed, verdict.retry, next), (false, 200, arrival));
        assert!(decide(LIMIT, arrival, 10_200).0.allowed, "after the time that it named");
        assert!(!decide(LIMIT, arrival, 10_199).0.allowed, "and not before");
    }

    proptest! {
        #[test]
        fn no_window_lets_more_than_twice_the_limit_pass(gaps in proptest::collection::vec(0u64..400, 1..200)) {
            let (mut now, mut arrival, mut passed) = (5_000u64, 0, Vec::new());
            for gap in gaps {
                now += gap;
                let (verdict, next) = decide(LIMIT, arrival, now);
                arrival = next;
                if verdict.allowed {
                    passed.push(now);
                }
            }
            for start in &passed {
                let within = passed.iter().filter(|at| (*start..start + LIMIT.window).contains(at)).count();
                prop_assert!(within <= 2 * 5, "{within}");
            }
        }
    }
}
