//! What identifies a request across services: `x-request-id`, and `traceparent` (W3C Trace Context).

/// Whether a log can hold a caller's `x-request-id`: 8 to 64 letters, digits, hyphens and underscores.
pub fn fits_as_request_id(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The trace id of a `traceparent` (W3C Trace Context, 3.2), if it is one.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            && text.bytes().any(|b| b != b'0')
    };
    let fits = version.len() == 2 && version != "ff" && hex(trace, 32) && hex(parent, 16);
    fits.then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_the_recommendation_says() {
        // The example of its section 3.2.3, and what its sections 3.2.2.2 to 3.2.2.4 forbid.
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(&format!("00-{trace}-00f067aa0ba902b7-01")), Some(trace));
        assert_eq!(trace_id(&format!("01-{trace}-00f067aa0ba902b7-01-more")), Some(trace), "a later version");
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_request_id_is_what_a_log_can_hold() {
        assert!(fits_as_request_id("0198c0de-7000_A"));
        for wrong in ["", "short", "with space", "line\nbreak", "ünïcödé-id", &"x".repeat(65)] {
            assert!(!fits_as_request_id(wrong), "{wrong}");
        }
    }
}
