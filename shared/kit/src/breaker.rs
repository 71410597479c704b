//! A circuit breaker: after a few consecutive failures, or a single decisive one, nothing is attempted for a while. Then one
//! attempt decides for all.

/// State of a breaker. Times are in milliseconds, by any clock that the caller uses consistently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    open_until: i64,
}

impl Breaker {
    /// Consecutive failures that open it.
    pub const THRESHOLD: u32 = 3;
    /// How long it stays open, in milliseconds.
    pub const PAUSE_MS: i64 = 1_000;

    /// A breaker that lets everything pass.
    pub const fn closed() -> Self {
        Self { failures: 0, open_until: 0 }
    }

    /// Whether an attempt may be made now. After the pause, one attempt is let through; others have to wait for its result or for
    /// another pause.
    pub fn admits(&mut self, now: i64) -> bool {
        if self.failures < Self::THRESHOLD {
            return true;
        }
        let pause_is_over = now >= self.open_until;
        if pause_is_over {
            self.open_until = now.saturating_add(Self::PAUSE_MS);
        }
        pause_is_over
    }

    /// Records a success: closes it.
    pub fn succeeded(&mut self) {
        *self = Self::closed();
    }

    /// Records a failure; returns true if it opened the breaker.
    pub fn failed(&mut self, now: i64) -> bool {
        self.failures = self.failures.saturating_add(1);
        let opens = self.failures >= Self::THRESHOLD;
        if opens {
            self.open_until = now.saturating_add(Self::PAUSE_MS);
        }
        opens
    }

    /// Records a failure that is decisive by itself, such as a timeout.
    pub fn tripped(&mut self, now: i64) {
        self.failures = self.failures.max(Self::THRESHOLD - 1);
        self.failed(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_it_and_one_success_closes_it() {
        let mut breaker = Breaker::closed();
        assert!(!breaker.failed(0) && !breaker.failed(1) && breaker.failed(2));
        assert!(!breaker.admits(3) && !breaker.admits(1_001));
        assert!(breaker.admits(1_002), "after the pause a try is allowed");
        assert!(!breaker.admits(1_003), "and only one");
        assert!(breaker.failed(1_102) && !breaker.admits(1_103), "its failure opens it at once");
        breaker.succeeded();
        assert!(breaker.admits(1_104));
    }

    #[test]
    fn one_failure_that_is_enough_opens_it() {
        let mut breaker = Breaker::closed();
        breaker.tripped(0);
        assert!(!breaker.admits(999) && breaker.admits(1_000) && !breaker.admits(1_001));
        assert!(breaker.admits(2_000), "a try that nobody heard of again does not keep it open for ever");
    }
}
