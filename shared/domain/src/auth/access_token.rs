//! Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
//!
//! One algorithm, one header, one form. Anything by which a token could mislead a verifier (`alg: none`, a key in the header, a
//! critical extension) is not understood and is rejected. The signature itself is checked by whoever has the keys, between
//! [`split`] and [`check`].
//!
//! Signatures, base64url and JSON are left to crates; putting them together is our own. We tried `jwt-simple` 0.15 (`pure-rust`):
//!
//! - A component that verifies tokens grows by 106 kB, and one that also signs them by 130 kB. All of them verify, and `auth` was
//!   7 kB below its limit of 1.5 MB.
//! - It links the system clock even when it is given the time, and it signs with random noise, so that no two signatures are
//!   the same and none can be compared with a published one.
//! - It is more lenient, so all of our checks would have to stay. It accepts headers without `typ` or with `at+jwt`, with `jwk`,
//!   `jku`, an empty `crit` or unknown fields; unknown claims, several audiences, fractional times and a missing `exp`; and its
//!   tolerance for clocks extends `exp` too.
//! - Native, it verifies in 63 µs, since it checks the key anew each time, and in 66 µs with our checks; we take 58 µs.
//!
//! `jwt-compact` 0.8 adds 68 kB; `jsonwebtoken` 12 depends on `js-sys` for every `wasm32` target.

use crate::{
    ids::{SessionId, TenantId, UserId},
    input::{self, Object, parse_json},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

/// Lifetime of a token in seconds.
pub const LIFETIME: i64 = 600;

/// How far the clocks of two machines may be apart, in seconds.
pub const LEEWAY: i64 = 30;

/// Maximum length of a token that is considered. Ours have about 600 characters.
const MAX_LENGTH: usize = 4096;

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the user.
    pub user: UserId,
    /// The tenant that they act for.
    pub tenant: TenantId,
    /// The session.
    pub session: SessionId,
    /// Roles at the time of issue, for whoever reads the token; those of the session are what counts.
    pub roles: Vec<String>,
    /// `iat`, `nbf`: seconds since 1970.
    pub issued_at: i64,
    /// `exp`: seconds since 1970.
    pub expires_at: i64,
}

/// A token split into its parts, with its signature not yet checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Unverified<'a> {
    /// Id of the key that signed it.
    pub kid: String,
    /// The bytes that the signature covers.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: [u8; 64],
    /// JSON of the claims.
    pub payload: Vec<u8>,
}

/// The bytes to be signed: header and claims, encoded and joined.
pub fn unsigned(kid: &str, claims: &Claims, issuer: &str, audience: &str) -> String {
    let header = json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" }).to_string();
    let payload = json!({
        "iss": issuer,
        "aud": audience,
        "sub": claims.user,
        "tenant": claims.tenant,
        "session": claims.session,
        "roles": claims.roles,
        "iat": claims.issued_at,
        "nbf": claims.issued_at,
        "exp": claims.expires_at,
    })
    .to_string();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

/// The finished token.
pub fn signed(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Splits a token. An error says, for the log, what was wrong.
pub fn split(token: &str) -> Result<Unverified<'_>, &'static str> {
    if token.len() > MAX_LENGTH {
        return Err("the token is too long");
    }
    let (rest, signature) = token.rsplit_once('.').ok_or("the token has no dots")?;
    let (header, payload) = rest.split_once('.').ok_or("the token has one dot")?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "the token is not base64url");
    let kid = kid_of(&decode(header)?)?;
    let signature = decode(signature)?.try_into().map_err(|_| "the signature is not 64 bytes long")?;
    Ok(Unverified { kid, signed: rest.as_bytes(), signature, payload: decode(payload)? })
}

/// Reads the header, which must be exactly ours. A header with anything else in it (`jwk`, `jku`, `crit`) is not.
fn kid_of(header: &[u8]) -> Result<String, &'static str> {
    let json = parse_json(header).map_err(|_| "the header is not JSON")?;
    let mut object = Object::root(&json).map_err(|_| "the header is not an object")?;
    let (algorithm, typ) = (object.required::<String>("alg"), object.required::<String>("typ"));
    let kid = object.required::<String>("kid");
    let (algorithm, typ, kid) = object
        .finish::<_, input::Error>(|| Some((algorithm?, typ?, kid?)))
        .map_err(|_| "the header does not consist of alg, typ and kid")?;
    if algorithm != "EdDSA" {
        return Err("the algorithm is not EdDSA");
    }
    if typ != "JWT" || kid.is_empty() || kid.len() > 64 {
        return Err("the header has another typ or no kid");
    }
    Ok(kid)
}

/// Reads the claims of a token with a valid signature. `now` is in seconds since 1970.
pub fn check(payload: &[u8], issuer: &str, audience: &str, now: i64) -> Result<Claims, &'static str> {
    let json = parse_json(payload).map_err(|_| "the claims are not JSON")?;
    let mut object = Object::root(&json).map_err(|_| "the claims are not an object")?;
    let (said_issuer, said_audience) = (object.required::<String>("iss"), object.required::<String>("aud"));
    let (user, tenant) = (object.required("sub"), object.required("tenant"));
    let session = object.required("session");
    let roles = object.list::<String>("roles", (0, 32));
    let (issued_at, not_before, expires_at) =
        (object.required::<i64>("iat"), object.required::<i64>("nbf"), object.required::<i64>("exp"));
    let (said_issuer, said_audience, not_before, claims) = object
        .finish::<_, input::Error>(|| {
            let claims = Claims {
                user: user?,
                tenant: tenant?,
                session: session?,
                roles: roles?,
                issued_at: issued_at?,
                expires_at: expires_at?,
            };
            Some((said_issuer?, said_audience?, not_before?, claims))
        })
        .map_err(|_| "a claim is missing, unknown or of the wrong type")?;
    if said_issuer != issuer {
        return Err("another issuer");
    }
    if said_audience != audience {
        return Err("another audience");
    }
    if not_before.saturating_sub(LEEWAY) > now || claims.issued_at.saturating_sub(LEEWAY) > now {
        return Err("not valid yet");
    }
    check_expiry(claims.expires_at, now)?;
    Ok(claims)
}

/// Rejects an expired token. There is no leeway: a token lives no longer than it says.
pub fn check_expiry(expires_at: i64, now: i64) -> Result<(), &'static str> {
    if expires_at <= now { Err("expired") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use ed25519_compact::{KeyPair, Seed, Signature};
    use uuid::Uuid;

    use super::*;

    fn claims() -> Claims {
        Claims {
            user: UserId(Uuid::from_u128(1)),
            tenant: TenantId(Uuid::from_u128(2)),
            session: SessionId(Uuid::from_u128(3)),
            roles: vec!["owner".to_owned()],
            issued_at: 1_000,
            expires_at: 1_600,
        }
    }

    fn token(header: &str, payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", encode(header), encode(payload), URL_SAFE_NO_PAD.encode([7; 64]))
    }

    #[test]
    fn what_is_signed_reads_back() {
        let token = signed(&unsigned("k", &claims(), "me", "you"), &[7; 64]);
        let parts = split(&token).unwrap();
        assert_eq!((parts.kid.as_str(), parts.signature), ("k", [7; 64]));
        assert_eq!(check(&parts.payload, "me", "you", 1_000), Ok(claims()));
        assert_eq!(parts.signed.len(), token.len() - 87);
    }

    #[test]
    fn the_example_of_rfc_8037_comes_out_and_does_not_have_our_form() {
        // Appendices A.1, A.2 and A.4.
        let bytes = |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        let seed = Seed::new(bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
        let pair = KeyPair::from_seed(seed);
        assert_eq!(*pair.pk, bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        let unsigned = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let token = signed(unsigned, &*pair.sk.sign(unsigned, None));
        assert_eq!(
            token.strip_prefix(unsigned),
            Some(".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        );
        assert_eq!(split(&token), Err("the header does not consist of alg, typ and kid"));
    }

    #[test]
    fn only_what_was_signed_verifies() {
        let pair = KeyPair::from_seed(Seed::new([9; 32]));
        let unsigned = unsigned("k", &claims(), "me", "you");
        let token = signed(&unsigned, &*pair.sk.sign(&unsigned, None));
        let verifies = |token: &str| {
            let parts = split(token).unwrap();
            pair.pk.verify(parts.signed, &Signature::new(parts.signature)).is_ok()
        };
        assert!(verifies(&token));
        let (head, _) = token.rsplit_once('.').unwrap();
        for at in 0..64 {
            let mut signature = split(&token).unwrap().signature;
            signature[at] ^= 1;
            assert!(!verifies(&signed(head, &signature)), "byte {at}");
        }
        let other =
            super::unsigned("k", &Claims { user: UserId(Uuid::from_u128(9)), ..claims() }, "me", "you");
        assert!(!verifies(&signed(&other, &split(&token).unwrap().signature)));
    }

    #[test]
    fn the_examples_of_rfc_7515_are_rejected() {
        // Appendix C: base64url without padding.
        assert_eq!(signed("x", &[3, 236, 255, 224, 193]), "x.A-z_4ME");
        // Appendices A.1 (HMAC) and A.5 (unsecured).
        let payload =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let hmac = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
        for token in [
            format!("{hmac}.{payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            format!("eyJhbGciOiJub25lIn0.{payload}."),
        ] {
            assert_eq!(split(&token), Err("the header does not consist of alg, typ and kid"));
        }
    }

    #[test]
    fn headers_that_are_not_exactly_ours_are_refused() {
        let refused = [
            r#"{"alg":"none","kid":"k","typ":"JWT"}"#,
            r#"{"alg":"HS256","kid":"k","typ":"JWT"}"#,
            r#"{"alg":"EdDSA","typ":"JWT"}"#,
            r#"{"alg":"EdDSA","kid":"","typ":"JWT"}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"JWT","crit":["x"],"x":1}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"JWT","jwk":{}}"#,
            r#"{"alg":"none","alg":"EdDSA","kid":"k","typ":"JWT"}"#,
            r#"["EdDSA"]"#,
            // What `jwt-simple` accepts.
            r#"{"alg":"EdDSA","kid":"k"}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"jwt"}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"JWT","jku":"https://evil.example"}"#,
            r#"{"alg":"EdDSA","kid":"k","typ":"JWT","crit":[]}"#,
        ];
        for header in refused {
            assert!(split(&token(header, "{}")).is_err(), "{header}");
        }
        assert!(split(&token(r#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#, "{}")).is_ok());
    }

    #[test]
    fn text_that_is_no_token_is_refused() {
        let good = token(r#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#, "{}");
        let long = "a".repeat(10_000);
        let padded = format!("{good}=");
        for text in ["", ".", "..", "a.b", "a.b.c", "ä.ö.ü", &long, &padded, &good[..good.len() - 2]] {
            assert!(split(text).is_err(), "{text}");
        }
    }

    #[test]
    fn claims_of_others_or_another_time_are_refused() {
        let token = unsigned("k", &claims(), "me", "you");
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        assert!(check(&payload, "me", "you", 1_599).is_ok());
        assert_eq!(check(&payload, "me", "you", 1_600), Err("expired"));
        assert_eq!(check(&payload, "me", "you", 1_000 - LEEWAY - 1), Err("not valid yet"));
        assert_eq!(check(&payload, "other", "you", 1_000), Err("another issuer"));
        assert_eq!(check(&payload, "me", "other", 1_000), Err("another audience"));
        let text = String::from_utf8(payload).unwrap();
        let twice = text.replacen('{', r#"{"sub":"00000000-0000-0000-0000-000000000009","#, 1);
        assert!(check(twice.as_bytes(), "me", "you", 1_000).is_err(), "a claim stands twice");
        let unknown = text.replacen('{', r#"{"admin":true,"#, 1);
        assert!(check(unknown.as_bytes(), "me", "you", 1_000).is_err());
        for (from, to) in [
            (r#""aud":"you""#, r#""aud":["you","others"]"#),
            (r#""exp":1600"#, r#""exp":1600.5"#),
            (r#""exp":1600"#, r#""expires":1600"#),
            ("00000000-0000-0000-0000-000000000002", "{00000000-0000-0000-0000-000000000002}"),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert!(check(changed.as_bytes(), "me", "you", 1_000).is_err(), "{to}");
        }
    }
}
