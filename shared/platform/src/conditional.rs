//! Conditional requests.

use http::{HeaderMap, HeaderValue, header};

/// Joins several lines of the same conditional header, as a sender may split them (RFC 9110, 5.3). Anything that is not ASCII
/// cannot be a tag of ours, and becomes a tag that matches nothing.
pub(crate) fn join_lines(headers: &mut HeaderMap) {
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        let lines: Vec<String> = headers
            .get_all(&name)
            .iter()
            .map(|line| {
                line.as_bytes()
                    .iter()
                    .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' })
                    .collect()
            })
            .collect();
        if lines.is_empty() {
            continue;
        }
        if let Ok(line) = HeaderValue::from_str(&lines.join(", ")) {
            headers.insert(name, line);
        }
    }
}
