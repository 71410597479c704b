//! Time-based one-time passwords (RFC 6238): HMAC-SHA-1, 6 digits, 30 seconds, as in every authenticator app.
//!
//! [`code_at`] is our own: the crates for it bring two more hash functions, and stop at the first code that matches
//! (`docs/dependencies.md`).

use base32ct::{Base32UpperUnpadded, Encoding as _};
use hmac::{Hmac, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// Length of a step in seconds.
pub const STEP: i64 = 30;

/// Length of a secret in bytes: that of the hash (RFC 4226, 4, R6 requires at least 16).
pub const SECRET_LENGTH: usize = 20;

/// Steps before and after the present one whose codes are accepted, for clocks that differ (RFC 6238, 5.2).
const WINDOW: i64 = 1;

/// What is escaped in a label: everything except the unreserved characters (RFC 3986, 2.3) and `@`, which a path may contain.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Whether the code is correct, and for which step. Steps up to `last_step` have been used up: each code can be used once.
pub fn verify(secret: &[u8], code: &str, now: i64, last_step: i64) -> Option<i64> {
    let present = now.div_euclid(STEP);
    // All steps are computed, whichever matches, so that the time taken reveals nothing.
    (present - WINDOW..=present + WINDOW)
        .map(|step| (step, bool::from(code_at(secret, step).as_bytes().ct_eq(code.as_bytes()))))
        .fold(None, |found, (step, matches)| if matches && step > last_step { Some(step) } else { found })
}

/// The code of a step: dynamic truncation according to RFC 4226, 5.3.
pub fn code_at(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xf);
    let mut word = [0; 4];
    if let Some(bytes) = digest.get(offset..offset + 4) {
        word.copy_from_slice(bytes);
    }
    format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
}

/// What an authenticator app reads from a QR code (Google's `otpauth` key URI format).
pub fn otpauth_uri(issuer: &str, account: &str, secret: &[u8]) -> String {
    let escape = |text| utf8_percent_encode(text, ESCAPED);
    let (issuer, account) = (escape(issuer), escape(account));
    let secret = base32(secret);
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

/// Base32 (RFC 4648, 6) without padding, in a time that depends only on the length.
pub fn base32(bytes: &[u8]) -> String {
    Base32UpperUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_rfc_6238_come_out() {
        let secret = b"12345678901234567890";
        // Appendix B has eight digits, of which these six are the last.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (time, code) in vectors {
            assert_eq!(code_at(secret, time / STEP), code, "{time}");
            assert_eq!(verify(secret, code, time, 0), Some(time / STEP));
        }
    }

    #[test]
    fn a_code_is_good_once_and_only_about_now() {
        let secret = [7; SECRET_LENGTH];
        let code = code_at(&secret, 100);
        for step in [99, 100, 101] {
            assert_eq!(verify(&secret, &code, step * STEP, 0), Some(100));
            assert_eq!(verify(&secret, &code, step * STEP, 100), None, "used before");
        }
        for step in [98, 102] {
            assert_eq!(verify(&secret, &code, step * STEP, 0), None);
        }
        for wrong in ["", "000000", "12345", "1234567", "12345a"] {
            assert_eq!(verify(&secret, wrong, 3_000, 0), None);
        }
    }

    #[test]
    fn secrets_are_written_in_base32() {
        let vectors = [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base32(plain.as_bytes()), encoded);
        }
        let uri = otpauth_uri("Fundrail", "ada+x@example.com", b"foobar");
        assert!(uri.starts_with("otpauth://totp/Fundrail:ada%2Bx@example.com?secret=MZXW6YTBOI&"), "{uri}");
        let uri = otpauth_uri("Fünd & Co", "a-b_c.d~e:f/g?h", b"foobar");
        assert!(
            uri.starts_with("otpauth://totp/F%C3%BCnd%20%26%20Co:a-b_c.d~e%3Af%2Fg%3Fh?secret="),
            "{uri}"
        );
    }
}
