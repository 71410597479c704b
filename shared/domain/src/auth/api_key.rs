//! API keys: `frk_<environment>_<30 base62><6 base62 of their CRC-32>`.
//!
//! The prefix lets secret scanners find a leaked key, and the checksum distinguishes a mistyped key from a wrong one without
//! asking anybody. 30 base62 characters are 178 random bits.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

/// Length of the random part in characters.
pub const RANDOM_LENGTH: usize = 30;

/// The CRC-32 of zip and Ethernet, computed bit by bit: keys are short, and a table would be larger than the rest of this module.
const CRC_32: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

const CHECK_LENGTH: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What the `Authorization` header of a machine contains after `Bearer `.
pub const PREFIX: &str = "frk_";

/// Writes a key for an environment (`live`, `dev`) from random bytes. Bytes that would make some characters more likely than
/// others are skipped; `None` if too few are left: draw again (64 bytes are practically always enough).
pub fn generate(environment: &str, random: &[u8]) -> Option<String> {
    let characters: String = random
        .iter()
        .filter(|byte| **byte < 248)
        .take(RANDOM_LENGTH)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 62)))
        .map(|byte| char::from(*byte))
        .collect();
    (characters.len() == RANDOM_LENGTH)
        .then(|| format!("{PREFIX}{environment}_{characters}{}", check_sum(environment, &characters)))
}

/// Whether the text is a key at all, by its form and checksum.
pub fn is_well_formed(key: &str) -> bool {
    let Some((environment, secret)) = key.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')) else {
        return false;
    };
    let Some((characters, sum)) = secret.split_at_checked(RANDOM_LENGTH) else { return false };
    matches!(environment, "live" | "dev") && sum == check_sum(environment, characters)
}

/// The beginning of a key, by which to recognise it: `frk_dev_ab12`.
pub fn shown_prefix(key: &str) -> &str {
    let length = key.match_indices('_').nth(1).map_or(0, |(at, _)| at + 5);
    key.get(..length).unwrap_or_default()
}

/// Six base62 digits of the CRC-32 of environment and random part.
fn check_sum(environment: &str, characters: &str) -> String {
    let mut rest = CRC_32.checksum(format!("{environment}_{characters}").as_bytes());
    let mut digits = [b'0'; CHECK_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(rest % 62).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        let random: Vec<u8> = (0..64).map(|n| n * 3 + 1).collect();
        generate("dev", &random).unwrap()
    }

    #[test]
    fn the_check_value_of_crc_32_comes_out() {
        assert_eq!(CRC_32.checksum(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_generated_key_is_well_formed() {
        let key = key();
        assert_eq!(key.len(), "frk_dev_".len() + 36);
        assert!(is_well_formed(&key), "{key}");
        assert_eq!(shown_prefix(&key), &key[..12]);
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let key = key();
        for at in 0..key.len() {
            let mut wrong = key.clone().into_bytes();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            assert!(!is_well_formed(&String::from_utf8(wrong).unwrap()), "{at}");
        }
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        for text in ["", "frk_", "frk_dev_", "frk_dev_é", "frk_prod_000000000000000000000000000000000000"] {
            assert!(!is_well_formed(text), "{text}");
        }
        assert_eq!(generate("dev", &[255; 64]), None);
    }
}
