//! Text written by people: how it is stored, compared and told from nothing (Unicode).

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Text as it is stored: in Unicode Normalization Form C (UAX #15), so that texts that look alike are equal, and without spaces
/// or invisible characters at its ends.
pub fn tidied(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || is_blank(c)).nfc().collect()
}

/// What different spellings of a name have in common: everything except case, spacing, width and other variants of a character,
/// and invisible characters. This is the compatibility caseless matching of Unicode (3.13, D146), done by mapping each character
/// to upper and then to lower case, which folds `ß` with `ss` and `ς` with `σ` as case folding does.
pub fn key_of_name(name: &str) -> String {
    let folded = |text: String| {
        let folded = text.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        folded.filter(|c| !is_unseen(*c)).collect::<String>()
    };
    // The compatibility mapping may produce capitals, so fold once more.
    let seen = folded(folded(name.to_owned()));
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").nfkc().collect()
}

/// Whether a text has any visible character.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| {
        !(c.is_whitespace() || c.is_control() || is_unseen(c) || is_combining_mark(c) || c == BRAILLE_BLANK)
    })
}

/// Whether a character is invisible: the default ignorable ones, and format controls that are not among them.
fn is_unseen(c: char) -> bool {
    is_ignorable(c) || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{13430}'..='\u{1343F}' | '\u{1D159}')
}

/// Whether a character has no place in a line of text: control characters, line and paragraph separators, characters that change
/// the direction of what follows and can make one name look like another, and code points that are not characters (Unicode,
/// 23.7).
pub fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

const BRAILLE_BLANK: char = '\u{2800}';

/// Characters that are invisible by themselves: Default_Ignorable_Code_Point of the Unicode Character Database, 16.0.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Those that have no effect at the end of a text either. (A variation selector changes the character before it.)
fn is_blank(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_name_however_it_is_written() {
        let key = key_of_name("Zoë Åström");
        for same in [
            "Zoe\u{308} A\u{30a}stro\u{308}m",
            "zoë  åström",
            "Zo\u{200b}ë \u{212b}ström",
            "\u{feff}ZOË\u{a0}ÅSTRÖM",
            "Ｚｏë　Åｓｔｒöｍ",
            "Zoë Åſtröm",
        ] {
            assert_eq!(key_of_name(same), key, "{same}");
        }
        for (one, other) in [
            ("Groß", "GROSS"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("ΟΔΥΣΣΕΥΣ Α", "Οδυσσευσ α"),
            ("ﬁnch", "Finch"),
            ("ｶﾞ", "ガ"),
            ("㎏", "KG"),
        ] {
            assert_eq!(key_of_name(one), key_of_name(other), "{one}");
        }
        for other in ["Zoe Astrom", "Zoë Åströn", "Zoë-Åström"] {
            assert_ne!(key_of_name(other), key, "{other}");
        }
        assert_eq!(tidied(" \u{200b}Zoe\u{308}\u{feff} "), "Zoë");
    }

    #[test]
    fn what_nobody_sees_is_no_text() {
        for unseen in [
            "",
            " ",
            "\u{200b}",
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{115f}",
            "\u{2800}",
            "\u{feff}",
            "\u{ad}",
            "\u{e0041}",
            "\u{301}",
            "\u{fe0f}",
            "\u{180e}",
            "\u{2062}",
            "\u{a0}\u{3000}",
            "\u{ffa0}",
            "\u{fff9}\u{fffb}",
            "\u{1d159}",
        ] {
            assert!(!is_visible(unseen), "{unseen:?}");
        }
        for seen in ["a", "é", "李", "\u{627}\u{200c}\u{628}", "7", "-", "❤\u{fe0f}", "हि"] {
            assert!(is_visible(seen), "{seen:?}");
        }
    }
}
