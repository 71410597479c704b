//! Passwords: which ones are good enough, and how they are stored (Argon2id, RFC 9106).

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    Version,
};
use unicode_normalization::UnicodeNormalization as _;

/// Minimum number of characters. Length counts, composition does not (NIST SP 800-63B, 3.1.1.2).
pub const MIN_LENGTH: usize = 10;
/// Maximum number of characters.
pub const MAX_LENGTH: usize = 256;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Length of a salt in bytes.
pub const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// A stored hash of no password: checked if there is no account, so that it takes as long as if there were one.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Result of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Correct, and stored with the current parameters.
    Right,
    /// Correct, but stored with other parameters: rehash it.
    RightButOld,
    /// Wrong, or the stored text is not a hash.
    Wrong,
}

/// Common passwords, in lower case, one per line: those with ten or more characters in full, and the words that shorter ones
/// consist of. From the list that Django ships (`django.contrib.auth`, BSD licence), which was itself compiled from breaches.
static COMMON: &str = include_str!("common_passwords.txt");

/// A password as it is hashed and compared, whatever keyboard it was typed on: other spaces become the ASCII space, and what can
/// be written as one character or several becomes one (the profile `OpaqueString`, RFC 8265, 4.2.2: these mappings and NFC, but
/// neither case nor width).
pub fn normalised(password: &str) -> String {
    let space = |c| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    };
    password.chars().map(space).nfc().collect()
}

/// Whether a password may be chosen; if not, what it must be. `personal` are words that belong to its owner.
pub fn acceptable(password: &str, personal: &[&str]) -> Result<(), String> {
    let password = normalised(password);
    if password.chars().any(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    let length = password.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        return Err(format!("must have {MIN_LENGTH} to {MAX_LENGTH} characters"));
    }
    let lower = password.to_lowercase();
    let variety = lower.chars().collect::<std::collections::BTreeSet<char>>().len();
    if variety < 5 || is_sequence(&lower) || is_common(&lower) {
        return Err("is a common password: choose another one".to_owned());
    }
    if personal.iter().any(|word| is_decorated(&lower, &word.to_lowercase())) {
        return Err("must not be your address or name with little added".to_owned());
    }
    Ok(())
}

/// A list entry, or a word from it with little around it: `Football2026!`, `p@ssw0rd123`.
fn is_common(lower: &str) -> bool {
    let (plain, core) = (unmasked(lower), unmasked(core_of(lower)));
    [lower, core_of(lower), &plain, &core].into_iter().any(is_listed)
}

fn is_listed(word: &str) -> bool {
    word.len() >= 4 && !word.contains('\n') && COMMON.contains(&format!("\n{word}\n"))
}

/// A text without the digits and symbols at its ends, if there are at most six of them: more than that are a password of their
/// own.
fn core_of(text: &str) -> &str {
    let core = text.trim_matches(|c: char| !c.is_alphabetic());
    if text.chars().count() - core.chars().count() <= 6 { core } else { text }
}

/// Letters for the symbols that stand in for them.
fn unmasked(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Whether every character follows the previous one, forwards or backwards, in the alphabet or on a keyboard.
fn is_sequence(text: &str) -> bool {
    const ROWS: [&str; 5] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "qwertzuiop"];
    let characters: Vec<char> = text.chars().collect();
    let neighbours = |a: char, b: char| {
        let in_row = |row: &str| row.find(a).zip(row.find(b)).is_some_and(|(x, y)| x.abs_diff(y) <= 1);
        u32::from(a).abs_diff(u32::from(b)) <= 1 || ROWS.iter().any(|row| in_row(row))
    };
    let steps = characters.windows(2).filter(|pair| matches!(pair, [a, b] if neighbours(*a, *b))).count();
    // One in five may jump: `qwertyuiopasdfghjkl`, `1234512345`.
    steps * 5 >= characters.len().saturating_sub(1) * 4
}

/// Whether a text is a word with up to four characters around it.
fn is_decorated(text: &str, word: &str) -> bool {
    word.chars().count() >= 4 && text.contains(word) && text.chars().count() <= word.chars().count() + 4
}

/// Hashes a password; the salt must be random. The result contains its own parameters (PHC string).
///
/// # Errors
/// If Argon2 fails, which it never does with these parameters.
pub fn hash(password: &str, salt: &[u8; SALT_LENGTH]) -> Result<String, String> {
    hash_with(password, salt, (MEMORY_KIB, PASSES, LANES))
}

/// Hashes a password with the caller's parameters: memory in KiB, passes, lanes.
///
/// # Errors
/// If Argon2 does not accept the parameters.
pub fn hash_with(
    password: &str,
    salt: &[u8; SALT_LENGTH],
    (memory, passes, lanes): (u32, u32, u32),
) -> Result<String, String> {
    let parameters =
        Params::new(memory, passes, lanes, Some(HASH_LENGTH)).map_err(|error| error.to_string())?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Checks a password as entered against a stored hash. One that was stored before passwords were normalised is recognised as it
/// was typed then, and counts as old. The time taken depends on the input and not on what is stored.
pub fn check_given(given: &str, stored: &str) -> Check {
    let normalised = normalised(given);
    let check_normalised = check(&normalised, stored);
    if normalised == given {
        return check_normalised;
    }
    let check_as_typed = check(given, stored);
    match (check_normalised, check_as_typed) {
        (Check::Wrong, Check::Wrong) => Check::Wrong,
        (Check::Wrong, _) => Check::RightButOld,
        (known, _) => known,
    }
}

/// Checks a password against a stored hash.
pub fn check(password: &str, stored: &str) -> Check {
    let Some((hash, cost)) = read(stored) else { return Check::Wrong };
    // Uses the parameters of the stored hash, not those of this instance, and compares in constant time.
    if Argon2::default().verify_password(password.as_bytes(), &hash).is_err() {
        Check::Wrong
    } else if cost == (MEMORY_KIB, PASSES, LANES) {
        Check::Right
    } else {
        Check::RightButOld
    }
}

/// A stored hash and its cost: memory in KiB, passes, lanes. `None` when it is not one of ours: `argon2` would also accept other
/// variants and versions, missing parameters and shorter outputs.
fn read(stored: &str) -> Option<(PasswordHash, (u32, u32, u32))> {
    let hash = PasswordHash::new(stored).ok()?;
    let number = |name| hash.params.get_decimal(name);
    let cost @ (memory, passes, lanes) = (number("m")?, number("t")?, number("p")?);
    let is_ours = hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && hash.params.iter().count() == 3
        && hash.hash.is_some_and(|output| output.len() == HASH_LENGTH);
    // A stored hash must not be able to demand a gigabyte.
    let is_affordable = memory <= 64 * 1024 && passes <= 10 && lanes <= 4;
    (is_ours && is_affordable).then_some((hash, cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        let refused = [
            "short",
            "aaaaaaaaaaaa",
            "abababababab",
            "1234567890",
            "qwertyuiop",
            "abcdefghijkl",
            "qwertyuiopasdfghjkl",
            "Football2026!",
            "p@ssw0rd123",
            "PASSWORD!!",
            "letmein!2024",
            "ada@example.com",
            "ada@example.com1",
        ];
        for password in refused {
            assert!(acceptable(password, &["ada@example.com"]).is_err(), "{password}");
        }
        assert!(acceptable(&"aé1 x".repeat(60), &[]).is_err(), "too long");
    }

    #[test]
    fn length_is_enough_and_composition_is_not_asked_for() {
        let taken = [
            "violet-harbour-27-lamp",
            "correct horse battery",
            "pw 8c1d0e5f2ab34c7d9e0f1a2b3c4d5e6f",
            "ĉu vi parolas min",
            "9f86d081884c7d659a2feaa0c55ad015",
            "zwölf boxkämpfer",
        ];
        for password in taken {
            assert_eq!(acceptable(password, &["ada@example.com", "Acme"]), Ok(()), "{password}");
        }
    }

    #[test]
    fn a_password_is_recognised_and_others_are_not() {
        let stored = hash("correct horse battery", &[3; SALT_LENGTH]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$AwMDAwMDAwMDAwMDAwMDAw$"), "{stored}");
        assert_eq!(check("correct horse battery", &stored), Check::Right);
        assert_eq!(check("correct horse batterx", &stored), Check::Wrong);
        assert_eq!(check("", NOBODY), Check::Wrong);
    }

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        // RFC 8265, 4.3 and 4.2.2; the last pair is a compatibility character, which NFC leaves alone.
        let composed = "Z\u{fc}rich \u{e9}t\u{e9} 1889";
        let decomposed = "Zu\u{308}rich\u{a0}e\u{301}te\u{301}\u{3000}1889";
        assert_eq!(normalised(decomposed), composed);
        assert_eq!(normalised("\u{212b}ngstr\u{f6}m"), "\u{c5}ngstr\u{f6}m");
        assert_eq!(normalised("foo\u{1680}bar"), "foo bar");
        assert_eq!(normalised("Jack of \u{2666}s"), "Jack of \u{2666}s");
        assert_eq!(
            normalised("\u{ff21}bc ABC \u{fb01}"),
            "\u{ff21}bc ABC \u{fb01}",
            "neither width nor case"
        );
        let stored = hash_with(composed, &[3; SALT_LENGTH], (64, 1, 1)).unwrap();
        assert_ne!(check_given(composed, &stored), Check::Wrong);
        assert_ne!(check_given(decomposed, &stored), Check::Wrong);
        assert_eq!(check_given("Zurich ete 1889", &stored), Check::Wrong);
    }

    #[test]
    fn a_password_that_was_stored_as_it_was_typed_still_holds_and_is_old() {
        let typed = "Zu\u{308}rich e\u{301}te\u{301} 1889";
        let stored = hash(typed, &[3; SALT_LENGTH]).unwrap();
        assert_eq!(check_given(typed, &stored), Check::RightButOld);
        assert_eq!(check_given("Zu\u{308}rich e\u{301}te\u{301} 1890", &stored), Check::Wrong);
        let stored = hash(&normalised(typed), &[3; SALT_LENGTH]).unwrap();
        assert_eq!(check_given(typed, &stored), Check::Right);
    }

    #[test]
    fn control_characters_are_not_chosen() {
        for password in ["violet\u{0}harbour-27-lamp", "violet\tharbour-27-lamp", "violet\u{7f}harbour-27"] {
            assert!(acceptable(password, &[]).is_err(), "{password:?}");
        }
    }

    #[test]
    fn a_hash_of_other_parameters_is_recognised_as_old() {
        // From the tests of the reference implementation (`phc-winner-argon2`, `src/test.c`).
        for stored in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ] {
            assert_eq!(check("password", stored), Check::RightButOld);
            assert_eq!(check("passwort", stored), Check::Wrong);
        }
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

    #[test]
    fn what_only_the_library_would_accept_matches_nothing() {
        let right = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(check("password", right), Check::RightButOld);
        for (from, to) in [
            // Parameters left out, or one too many.
            (",p=1$", "$"),
            ("$v=19", ""),
            ("p=1$", "p=1,keyid=AAAA$"),
            // Only the beginning of the output.
            ("MR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "MQ"),
        ] {
            let stored = right.replace(from, to);
            assert_eq!(check("password", &stored), Check::Wrong, "{stored}");
        }
        // Other variants and versions of the reference implementation's tests.
        for stored in [
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        ] {
            assert_eq!(check("password", stored), Check::Wrong, "{stored}");
        }
    }
}
