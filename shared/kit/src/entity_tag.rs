//! Entity tags and lists of them, as defined in RFC 9110, 8.8.3, 13.1.1 and 13.1.2.

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
