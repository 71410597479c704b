//! Recovery codes: for signing in when the authenticator is lost. Ten of them, 80 random bits each, usable once.

use super::totp::base32;

/// Number of codes.
pub const COUNT: usize = 10;
/// Random bytes per code.
pub const LENGTH: usize = 10;

/// Writes a code in a form that people can copy: `ABCD-EFGH-IJKL-MNOP`.
pub fn write(random: [u8; LENGTH]) -> String {
    let text = base32(&random);
    let groups: Vec<&str> = (0..text.len()).step_by(4).filter_map(|at| text.get(at..at + 4)).collect();
    groups.join("-")
}

/// The code as it is hashed, however a person typed it; `None` if it is not a code.
pub fn read(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .map(|c| if c == '0' { 'O' } else { c })
        .map(|c| if c == '1' { 'I' } else { c })
        .collect();
    let fits = code.len() == 16 && code.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let written = write([0, 1, 2, 3, 4, 250, 251, 252, 253, 254]);
        assert_eq!(written.len(), 19);
        let code = read(&written).unwrap();
        for typed in [written.to_lowercase(), written.replace('-', ""), format!(" {written} ")] {
            assert_eq!(read(&typed), Some(code.clone()));
        }
        assert_eq!(read("OOOO-IIII-AAAA-BBBB"), read("0000-1111-AAAA-BBBB"));
    }

    #[test]
    fn other_text_is_no_code() {
        for text in ["", "123456", "ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNO9", "ÄBCD-EFGH-IJKL-MNOP"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
