//! Signatures of webhooks, as the Standard Webhooks specification 1.0.0 has them: HMAC-SHA256 over
//! `{webhook-id}.{webhook-timestamp}.{body}`, base64, prefixed with `v1,`; several of them are separated by spaces.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far the sender's clock may be from ours, in seconds.
const TOLERANCE_SECONDS: i64 = 300;
/// Longest id of a message that is looked at.
const LONGEST_ID: usize = 256;
/// Most signatures of one message that are looked at: a rotation needs two.
const MOST_SIGNATURES: usize = 16;
/// The specification wants secrets of 24 to 64 bytes.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets of which any verifies: while one is being rotated, there are two.
#[derive(Clone)]
pub struct Secrets(Vec<Vec<u8>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// What stands in the headers of a signed message.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`: seconds of Unix time.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`.
    pub signatures: Option<&'a str>,
}

impl Secrets {
    /// Reads `whsec_<base64>` secrets, separated by commas.
    ///
    /// # Errors
    /// Says what is wrong, without the secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = |secret: &str| {
            let encoded = secret.strip_prefix("whsec_").ok_or("has a secret without the prefix `whsec_`")?;
            let bytes = STANDARD.decode(encoded).map_err(|_| "has a secret that is not base64")?;
            let fits = SECRET_LENGTH.contains(&bytes.len());
            fits.then_some(bytes).ok_or("has a secret that is not 24 to 64 bytes long")
        };
        let secrets = text.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        let secrets: Vec<Vec<u8>> = secrets.map(read).collect::<Result<_, _>>().map_err(str::to_owned)?;
        if secrets.is_empty() { Err("has no secret".to_owned()) } else { Ok(Self(secrets)) }
    }

    /// Verifies a message at the time `now`. Every secret is tried with every signature, in constant time.
    ///
    /// # Errors
    /// Which check failed: for the log only. A sender learns one text for all of them.
    pub fn verify(&self, signed: Signed<'_>, body: &[u8], now: DateTime<Utc>) -> Result<(), &'static str> {
        let id = signed.id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        let id = id.ok_or("no usable webhook-id")?;
        let timestamp = signed.timestamp.ok_or("no webhook-timestamp")?;
        let sent = seconds(timestamp).ok_or("the webhook-timestamp is no Unix time")?;
        if now.timestamp().abs_diff(sent) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err("the webhook-timestamp is too far from now");
        }
        let signatures = signed.signatures.ok_or("no webhook-signature")?;
        let given: Vec<Vec<u8>> = signatures
            .split(' ')
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .take(MOST_SIGNATURES)
            .filter_map(|signature| STANDARD.decode(signature).ok())
            .collect();
        let mut verified = false;
        for secret in &self.0 {
            let mac = mac(secret, id, timestamp, body)?;
            for signature in &given {
                verified |= mac.clone().verify_slice(signature).is_ok();
            }
        }
        if verified { Ok(()) } else { Err("no signature fits") }
    }

    /// Signs a message with the first secret: the value of `webhook-signature`.
    ///
    /// # Errors
    /// None for secrets that [`Self::parse`] has accepted.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, &'static str> {
        let secret = self.0.first().ok_or("no secret")?;
        let mac = mac(secret, id, &timestamp.to_string(), body)?;
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// Only digits: what is signed is the text, and a second text for the same number would be a second message.
fn seconds(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn mac(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, &'static str> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| "the secret has no usable length")?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SENT: i64 = 1_614_265_330;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn verify(secrets: &str, signatures: &str, body: &[u8], now: i64) -> Result<(), &'static str> {
        let signed = Signed {
            id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
            timestamp: Some("1614265330"),
            signatures: Some(signatures),
        };
        Secrets::parse(secrets).unwrap().verify(signed, body, at(now))
    }

    #[test]
    fn the_published_example_verifies() {
        // The example of the specification's reference libraries.
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(verify(SECRET, signature, BODY, SENT), Ok(()));
        let secrets = Secrets::parse(SECRET).unwrap();
        assert_eq!(secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", SENT, BODY).unwrap(), signature);
    }

    #[test]
    fn any_of_several_secrets_and_signatures_is_enough() {
        let signature = "v1,AAAA v2,xxx v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= nonsense";
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for secrets in [format!("{other},{SECRET}"), format!(" {SECRET} , {other}")] {
            assert_eq!(verify(&secrets, signature, BODY, SENT), Ok(()));
        }
        assert!(verify(other, signature, BODY, SENT).is_err());
    }

    #[test]
    fn a_changed_body_or_signature_does_not_verify() {
        let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert!(verify(SECRET, right, br#"{"test": 2432232315}"#, SENT).is_err());
        for wrong in [
            "",
            "v1,",
            "v1",
            right.trim_start_matches("v1,"),
            "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ] {
            assert!(verify(SECRET, wrong, BODY, SENT).is_err(), "{wrong}");
        }
        assert!(verify(SECRET, &right.replace("g0", "g1"), BODY, SENT).is_err());
        assert!(verify(SECRET, &"v1,AAAA ".repeat(MOST_SIGNATURES), BODY, SENT).is_err());
    }

    #[test]
    fn five_minutes_are_allowed_between_the_clocks() {
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        for (now, right) in [(SENT + 300, true), (SENT - 300, true), (SENT + 301, false), (SENT - 301, false)]
        {
            assert_eq!(verify(SECRET, signature, BODY, now).is_ok(), right, "{now}");
        }
    }

    #[test]
    fn a_missing_or_odd_header_does_not_verify() {
        let secrets = Secrets::parse(SECRET).unwrap();
        let signature = secrets.sign("a", SENT, BODY).unwrap();
        let long = "a".repeat(LONGEST_ID + 1);
        let right = Signed { id: Some("a"), timestamp: Some("1614265330"), signatures: Some(&signature) };
        assert!(secrets.verify(right, BODY, at(SENT)).is_ok());
        let ids = [None, Some(""), Some(long.as_str())].map(|id| Signed { id, ..right });
        let odd = [
            None,
            Some(""),
            Some("-1"),
            Some("1614265330.0"),
            Some(" 1614265330"),
            Some("99999999999999999999"),
        ];
        let times = odd.map(|timestamp| Signed { timestamp, ..right });
        for wrong in ids.into_iter().chain(times).chain([Signed { signatures: None, ..right }]) {
            assert!(secrets.verify(wrong, BODY, at(SENT)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_that_is_wrong_is_named_without_its_text() {
        for wrong in ["", " , ", "abc", "whsec_***", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            let error = Secrets::parse(wrong).unwrap_err();
            assert!(
                error.starts_with("has ") && !error.contains("AAAA") && !error.contains("***"),
                "{error}"
            );
        }
        assert_eq!(format!("{:?}", Secrets::parse(SECRET).unwrap()), "1 secrets");
    }
}
