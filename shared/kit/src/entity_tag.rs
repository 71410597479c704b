//! Entity tags and lists of them, as defined in RFC 9110, 8.8.3, 13.1.1 and 13.1.2.

use sha2::{Digest as _, Sha256};

/// A strong entity tag over bytes.
pub fn strong(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("\"{}\"", hex::encode(digest.get(..16).unwrap_or(&digest)))
}

/// How tags are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// A weak tag matches like a strong one: for `If-None-Match`.
    Weak,
    /// A weak tag never matches: for `If-Match`.
    Strong,
}

/// Whether a list of entity tags, or `*`, names this strong tag. Unreadable parts of the list name nothing.
pub fn names(list: &str, tag: &str, comparison: Comparison) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
        let Some(opened) = quoted.strip_prefix('"') else { return false };
        let Some((opaque, after)) = opened.split_once('"') else { return false };
        let fits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(opaque);
        if fits && !(weak && comparison == Comparison::Strong) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strong_tag_is_half_of_sha_256_in_quotes() {
        assert_eq!(strong(b"abc"), "\"ba7816bf8f01cfea414140de5dae2223\"");
        assert_ne!(strong(b"abc"), strong(b"abd"));
    }

    #[test]
    fn a_list_is_read_tag_by_tag() {
        use Comparison::{Strong, Weak};
        for list in ["\"a\"", "\"x\", \"a\"", "\"x, y\",\"a\"", ",, \"a\" ,", "*", " * "] {
            assert!(names(list, "\"a\"", Weak) && names(list, "\"a\"", Strong), "{list}");
        }
        assert!(names("W/\"a\"", "\"a\"", Weak) && !names("W/\"a\"", "\"a\"", Strong));
        // A tag may contain a comma, and what looks like another tag is not one.
        for list in ["", "a", "\"x, a\"", "\"a", "\"x\" junk \"a\"", "W/W/\"a\"", "w/\"a\"", "\"*\""] {
            assert!(!names(list, "\"a\"", Weak), "{list}");
        }
    }
}
