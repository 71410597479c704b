//! Exponential back-off with jitter.

/// Seconds to wait before the next attempt: doubles from 1 to at most 300. The upper half is random, so that things that failed
/// together do not come back together. `attempt` counts from 1; `noise` is any random number.
pub fn seconds(attempt: u32, noise: u16) -> u64 {
    let full = 1u64 << attempt.saturating_sub(1).min(9);
    let full = full.min(300);
    let half = full / 2;
    (half + (full - half) * u64::from(noise) / u64::from(u16::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_and_is_bounded() {
        assert_eq!((1..=4).map(|n| seconds(n, u16::MAX)).collect::<Vec<_>>(), [1, 2, 4, 8]);
        assert_eq!(seconds(40, u16::MAX), 300);
        assert_eq!(seconds(40, 0), 150);
        assert_eq!(seconds(0, 0), 1);
    }
}
