//! Passwords: which are good enough, and how they are kept (Argon2id, RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

/// Fewest characters. Length counts, composition does not (NIST SP 800-63B, 3.1.1.2).
pub const MIN_LENGTH: usize = 10;
/// Most characters.
pub const MAX_LENGTH: usize = 256;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Bytes of a salt.
pub const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// A stored hash of no password: checked when there is no account, so that it takes as long as when there is one.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Right, and stored as we store them now.
    Right,
    /// Right, but stored with other parameters: hash it anew.
    RightButOld,
    /// Wrong, or what is stored is no hash.
    Wrong,
}

/// Whether a password may be chosen; else what it would have to be.
pub fn acceptable(password: &str) -> Result<(), String> {
    let length = password.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(format!("has to have {MIN_LENGTH} to {MAX_LENGTH} characters"));
    }
    Ok(())
}

/// Hashes a password; the salt has to be random. The result says its own parameters (PHC string).
///
/// # Errors
/// What Argon2 says, which it never does for these parameters.
pub fn hash(password: &str, salt: &[u8; SALT_LENGTH]) -> Result<String, String> {
    let output = derive(password, salt, (MEMORY_KIB, PASSES, LANES))?;
    let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
    Ok(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${output}"))
}

/// Checks a password against a stored hash.
pub fn check(password: &str, stored: &str) -> Check {
    let Some((parameters, salt, expected)) = parse(stored) else { return Check::Wrong };
    let Ok(output) = derive(password, &salt, parameters) else { return Check::Wrong };
    let differ = output.iter().zip(&expected).fold(0, |differ, (a, b)| differ | (a ^ b));
    if differ != 0 || expected.len() != HASH_LENGTH {
        Check::Wrong
    } else if parameters == (MEMORY_KIB, PASSES, LANES) {
        Check::Right
    } else {
        Check::RightButOld
    }
}

fn derive(
    password: &str,
    salt: &[u8],
    (memory, passes, lanes): (u32, u32, u32),
) -> Result<[u8; HASH_LENGTH], String> {
    let parameters =
        Params::new(memory, passes, lanes, Some(HASH_LENGTH)).map_err(|error| error.to_string())?;
    let mut output = [0; HASH_LENGTH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(password.as_bytes(), salt, &mut output)
        .map_err(|error| error.to_string())?;
    Ok(output)
}

type Parsed = ((u32, u32, u32), Vec<u8>, Vec<u8>);

fn parse(stored: &str) -> Option<Parsed> {
    let rest = stored.strip_prefix("$argon2id$v=19$")?;
    let mut parts = rest.split('$');
    let (parameters, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = ["m=", "t=", "p="].into_iter().zip(parameters.split(','));
    let mut next = || numbers.next().and_then(|(name, text)| text.strip_prefix(name)?.parse::<u32>().ok());
    let parameters = (next()?, next()?, next()?);
    // A stored hash must not be able to ask for a gigabyte.
    let affordable = parameters.0 <= 64 * 1024 && parameters.1 <= 10 && parameters.2 <= 4;
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok();
    (affordable && parts.next().is_none()).then_some((parameters, decode(salt)?, decode(hash)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_others_are_not() {
        let stored = hash("correct horse battery", &[3; SALT_LENGTH]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$AwMDAwMDAwMDAwMDAwMDAw$"), "{stored}");
        assert_eq!(check("correct horse battery", &stored), Check::Right);
        assert_eq!(check("correct horse batterx", &stored), Check::Wrong);
        assert_eq!(check("", NOBODY), Check::Wrong);
    }

    #[test]
    fn a_hash_of_other_parameters_is_recognised_as_old() {
        // `echo -n password | argon2 somesalt1 -id -t 1 -k 64 -p 1`, here made with the same parameters.
        let output = derive("password", b"somesalt", (64, 1, 1)).unwrap();
        let stored = format!(
            "$argon2id$v=19$m=64,t=1,p=1${}${}",
            STANDARD_NO_PAD.encode("somesalt"),
            STANDARD_NO_PAD.encode(output)
        );
        assert_eq!(check("password", &stored), Check::RightButOld);
        assert_eq!(check("passwort", &stored), Check::Wrong);
    }

    #[test]
    fn what_is_no_hash_of_ours_matches_nothing() {
        let long = NOBODY.replace("m=19456", "m=999999999");
        for stored in
            ["", "$", "plain", "$argon2i$v=19$m=64,t=1,p=1$YQ$YQ", "$argon2id$v=19$m=64,t=1$YQ$YQ", &long]
        {
            assert_eq!(check("password", stored), Check::Wrong, "{stored}");
        }
    }
}
