//! Signatures of webhooks, as defined by the Standard Webhooks specification 1.0.0: HMAC-SHA256 over
//! `{webhook-id}.{webhook-timestamp}.{body}`, in base64, prefixed with `v1,`; several are separated by spaces.
//!
//! The tests compare this with `standardwebhooks`, the crate of the specification's authors. That crate reads the system clock,
//! holds a single secret, reads only the first header of each name, accepts `+1` as a time, and does not report when a message
//! was sent (`docs/dependencies.md`).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far the sender's clock may be from ours, in seconds.
const TOLERANCE_SECONDS: i64 = 300;
/// Maximum length of a message id.
const LONGEST_ID: usize = 256;
/// Maximum number of signatures considered per message: a rotation needs two.
const MOST_SIGNATURES: usize = 16;
/// The specification requires secrets of 24 to 64 bytes.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets, any of which verifies: there are two while one is being rotated.
#[derive(Clone)]
pub struct Secrets(Vec<Vec<u8>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// The headers of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: Unix time in seconds, as text, because the text is what is signed.
    pub timestamp: &'a str,
    /// `webhook-signature`. One header may contain several, separated by spaces, and there may be several headers.
    pub signatures: Vec<&'a str>,
}

impl<'a> Signed<'a> {
    /// Reads the headers; `values` returns every value of the headers with a name.
    ///
    /// # Errors
    /// Names the header that is missing, duplicated or not text.
    pub fn read<V>(values: impl Fn(&'static str) -> V) -> Result<Self, String>
    where
        V: Iterator<Item = &'a [u8]>,
    {
        Ok(Self {
            id: single("webhook-id", values("webhook-id"))?,
            timestamp: single("webhook-timestamp", values("webhook-timestamp"))?,
            signatures: texts("webhook-signature", values("webhook-signature"))?,
        })
    }
}

/// If one of these appeared twice, the next reader might not use the one that was signed.
fn single<'a>(name: &str, values: impl Iterator<Item = &'a [u8]>) -> Result<&'a str, String> {
    match texts(name, values)?.as_slice() {
        [value] => Ok(value),
        _ => Err(format!("the header {name} is duplicated")),
    }
}

fn texts<'a>(name: &str, values: impl Iterator<Item = &'a [u8]>) -> Result<Vec<&'a str>, String> {
    let read = |value| std::str::from_utf8(value).map_err(|_| format!("the header {name} is not text"));
    let texts: Vec<&str> = values.map(read).collect::<Result<_, _>>()?;
    if texts.is_empty() { Err(format!("the header {name} is missing")) } else { Ok(texts) }
}

impl Secrets {
    /// Reads `whsec_<base64>` secrets, separated by commas.
    ///
    /// # Errors
    /// Says what is wrong, without revealing the secret.
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

    /// Verifies a message at the time `now`, and returns when it was sent, in seconds of Unix time. Every secret is tried with
    /// every signature, in constant time.
    ///
    /// # Errors
    /// Which check failed, for the sender. It reveals neither a secret nor a correct signature.
    pub fn verify(&self, signed: &Signed<'_>, body: &[u8], now: DateTime<Utc>) -> Result<i64, &'static str> {
        if signed.id.is_empty() || signed.id.len() > LONGEST_ID {
            return Err("the header webhook-id must be 1 to 256 bytes long");
        }
        let sent = seconds(signed.timestamp).ok_or(
            "the header webhook-timestamp must be a Unix time in seconds, consisting of digits only",
        )?;
        if now.timestamp().abs_diff(sent) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err("the webhook-timestamp is more than five minutes off");
        }
        let given: Vec<Vec<u8>> = signed
            .signatures
            .iter()
            .flat_map(|signatures| signatures.split(' '))
            // A proxy that merges two headers puts a comma between them.
            .filter_map(|signature| signature.trim_end_matches(',').strip_prefix("v1,"))
            .take(MOST_SIGNATURES)
            .filter_map(|signature| STANDARD.decode(signature).ok())
            .collect();
        if given.is_empty() {
            return Err("the header webhook-signature has no signature of the form v1,<base64>");
        }
        let mut verified = false;
        for secret in &self.0 {
            let mac = mac(secret, signed.id, signed.timestamp, body)?;
            for signature in &given {
                verified |= mac.clone().verify_slice(signature).is_ok();
            }
        }
        if verified { Ok(sent) } else { Err("no signature in webhook-signature matches this message") }
    }

    /// Signs a message with the first secret; returns the value of `webhook-signature`.
    ///
    /// # Errors
    /// None for secrets that [`Self::parse`] has accepted.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, &'static str> {
        let secret = self.0.first().ok_or("no secret")?;
        let mac = mac(secret, id, &timestamp.to_string(), body)?;
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// Digits only: the text is what is signed, and another text for the same number would be another message.
fn seconds(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn mac(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, &'static str> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).map_err(|_| "the secret does not have a usable length")?;
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

    fn verify(secrets: &str, signatures: &str, body: &[u8], now: i64) -> Result<i64, &'static str> {
        let signed = Signed {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: "1614265330",
            signatures: vec![signatures],
        };
        Secrets::parse(secrets).unwrap().verify(&signed, body, at(now))
    }

    #[test]
    fn the_published_example_verifies() {
        // The example from the specification's reference libraries.
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(verify(SECRET, signature, BODY, SENT), Ok(SENT));
        let secrets = Secrets::parse(SECRET).unwrap();
        assert_eq!(secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", SENT, BODY).unwrap(), signature);
    }

    #[test]
    fn what_the_published_library_signs_verifies_and_the_other_way_round() {
        let library = standardwebhooks::Webhook::new(SECRET).unwrap();
        let ours = Secrets::parse(SECRET).unwrap();
        // The library reads the system clock.
        let now = Utc::now().timestamp();
        let text = now.to_string();
        for body in ["", "{}", "{\"a\": \"\u{e9}\u{1f980}\"}", &"x".repeat(100_000)].map(str::as_bytes) {
            let signature = library.sign("msg_1", now, body).unwrap();
            assert_eq!(ours.sign("msg_1", now, body).as_ref(), Ok(&signature));
            let signed = Signed { id: "msg_1", timestamp: &text, signatures: vec![&signature] };
            assert_eq!(ours.verify(&signed, body, at(now)), Ok(now));
            let mut headers = http::HeaderMap::new();
            headers.insert("webhook-id", "msg_1".parse().unwrap());
            headers.insert("webhook-timestamp", text.parse().unwrap());
            headers.insert("webhook-signature", ours.sign("msg_1", now, body).unwrap().parse().unwrap());
            assert!(library.verify(body, &headers).is_ok());
        }
    }

    #[test]
    fn any_of_several_secrets_and_signatures_is_enough() {
        let signature = "v1,AAAA v2,xxx v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= nonsense";
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for secrets in [format!("{other},{SECRET}"), format!(" {SECRET} , {other}")] {
            assert_eq!(verify(&secrets, signature, BODY, SENT), Ok(SENT));
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

    /// Reads headers given as name and value.
    fn read<'a>(headers: &[(&str, &'a [u8])]) -> Result<Signed<'a>, String> {
        Signed::read(|name| {
            let values = headers.iter().filter(|(of, _)| *of == name).map(|(_, value)| *value);
            values.collect::<Vec<_>>().into_iter()
        })
    }

    #[test]
    fn a_header_that_is_missing_twice_there_or_no_text_is_named() {
        let right: [(&str, &[u8]); 3] =
            [("webhook-id", b"a"), ("webhook-timestamp", b"1614265330"), ("webhook-signature", b"v1,AAAA")];
        let signed = Signed { id: "a", timestamp: "1614265330", signatures: vec!["v1,AAAA"] };
        assert_eq!(read(&right), Ok(signed));
        for (index, (name, value)) in right.iter().enumerate() {
            let mut odd = right.to_vec();
            odd[index].1 = b"\xff";
            assert_eq!(read(&odd), Err(format!("the header {name} is not text")));
            odd.remove(index);
            assert_eq!(read(&odd), Err(format!("the header {name} is missing")));
            let twice = [right.as_slice(), &[(*name, *value)]].concat();
            let expected = Err(format!("the header {name} is duplicated"));
            match *name {
                "webhook-signature" => assert_eq!(read(&twice).unwrap().signatures, ["v1,AAAA", "v1,AAAA"]),
                _ => assert_eq!(read(&twice), expected),
            }
        }
    }

    #[test]
    fn the_signatures_of_all_headers_are_tried() {
        let secrets = Secrets::parse(SECRET).unwrap();
        let right = secrets.sign("a", SENT, BODY).unwrap();
        let joined = format!("v1,AAAA, {right}, v1,AAAA");
        for signatures in [vec!["v1,AAAA", &right], vec!["", &right], vec![joined.as_str()]] {
            let signed = Signed { id: "a", timestamp: "1614265330", signatures };
            assert_eq!(secrets.verify(&signed, BODY, at(SENT)), Ok(SENT), "{signed:?}");
        }
    }

    #[test]
    fn an_odd_header_is_named() {
        let secrets = Secrets::parse(SECRET).unwrap();
        let signature = secrets.sign("a", SENT, BODY).unwrap();
        let long = "a".repeat(LONGEST_ID + 1);
        let right = Signed { id: "a", timestamp: "1614265330", signatures: vec![&signature] };
        assert!(secrets.verify(&right, BODY, at(SENT)).is_ok());
        let refusal = |wrong: Signed<'_>| secrets.verify(&wrong, BODY, at(SENT)).unwrap_err();
        for id in ["", &long] {
            assert!(refusal(Signed { id, ..right.clone() }).contains("webhook-id"), "{id}");
        }
        for timestamp in ["", "-1", "1614265330.0", " 1614265330", "99999999999999999999"] {
            let refusal = refusal(Signed { timestamp, ..right.clone() });
            assert!(refusal.contains("webhook-timestamp must be"), "{timestamp}: {refusal}");
        }
        for signatures in ["", "v1,", "v1", "v2,AAAA", "v1,*", "AAAA"].map(|text| vec![text]) {
            let what = format!("{signatures:?}");
            let refusal = refusal(Signed { signatures, ..right.clone() });
            assert!(
                refusal.contains("has no signature of the form") || what.contains("v1,\""),
                "{what}: {refusal}"
            );
        }
        assert!(refusal(Signed { signatures: vec!["v1,AAAA"], ..right.clone() }).contains("no signature in"));
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
