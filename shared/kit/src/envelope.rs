//! The envelope of a cached value: it begins with a format version, so that a new release never reads what an old one wrote. And
//! TTLs with jitter.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

/// Raise it when the meaning of cached bytes changes.
const VERSION: u8 = 1;

/// A value as it is stored; `None` if it cannot be represented in JSON.
pub fn seal(value: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, value).ok()?;
    Some(bytes)
}

/// What was stored; `None` for another version or shape, or without an envelope: each is a miss.
pub fn open<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match bytes.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

/// A TTL varied by up to ± 10 %; `noise` is any random number.
pub fn jittered(ttl: Duration, noise: u16) -> Duration {
    ttl.mul_f64(0.9 + 0.2 * f64::from(noise) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_or_shape_is_a_miss() {
        let sealed = seal(&vec![1, 2]).unwrap();
        assert_eq!(open::<Vec<u8>>(&sealed), Some(vec![1, 2]));
        assert_eq!(open::<String>(&sealed), None);
        let mut other = sealed;
        other[0] = VERSION + 1;
        assert_eq!(open::<Vec<u8>>(&other), None);
        assert_eq!(open::<Vec<u8>>(b""), None);
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        let ttl = Duration::from_secs(100);
        assert_eq!(jittered(ttl, 0), Duration::from_secs(90));
        assert_eq!(jittered(ttl, u16::MAX), Duration::from_secs(110));
    }
}
