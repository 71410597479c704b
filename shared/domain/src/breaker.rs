//! A circuit breaker: after a few failures in a row nothing is tried for a while, then one try decides.

/// State of a breaker. Times are milliseconds of any clock that the caller keeps to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    open_until: i64,
}

impl Breaker {
    /// Failures in a row that open it.
    pub const THRESHOLD: u32 = 3;
    /// How long it stays open, in milliseconds.
    pub const PAUSE_MS: i64 = 1_000;

    /// A breaker that lets everything pass.
    pub const fn closed() -> Self {
        Self { failures: 0, open_until: 0 }
    }

    /// Whether nothing should be tried now. Once the pause is over it lets calls pass again; the first that fails opens it
    /// anew at once.
    pub fn is_open(&self, now: i64) -> bool {
        self.failures >= Self::THRESHOLD && now < self.open_until
    }

    /// Notes a success: closed.
    pub fn succeeded(&mut self) {
        *self = Self::closed();
    }

    /// Notes a failure; true when it opened the breaker.
    pub fn failed(&mut self, now: i64) -> bool {
        self.failures = self.failures.saturating_add(1);
        let opens = self.failures >= Self::THRESHOLD;
        if opens {
            self.open_until = now.saturating_add(Self::PAUSE_MS);
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_it_and_one_success_closes_it() {
        let mut breaker = Breaker::closed();
        assert!(!breaker.failed(0) && !breaker.failed(1) && breaker.failed(2));
        assert!(breaker.is_open(3) && breaker.is_open(1_001));
        assert!(!breaker.is_open(1_002), "after the pause a try is allowed");
        assert!(breaker.failed(1_002) && breaker.is_open(1_003), "and its failure opens it at once");
        breaker.succeeded();
        assert!(!breaker.is_open(1_004));
    }
}
