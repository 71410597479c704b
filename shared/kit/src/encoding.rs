//! Which content codings a client takes (RFC 9110, 12.5.3).

/// Whether `Accept-Encoding` takes gzip. A missing header would take anything, but who sends none often cannot decompress.
pub fn takes_gzip(accept_encoding: Option<&str>) -> bool {
    let weights = accept_encoding.unwrap_or_default().split(',').filter_map(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let named = matches!(name.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip");
        (named || name.trim() == "*").then(|| (named, weight(parameters)))
    });
    // What is named counts more than the asterisk for the rest.
    weights.max_by_key(|(named, _)| *named).is_some_and(|(_, weight)| weight > 0.0)
}

/// `q=0.5`; 1 when there is none, 0 when it cannot be read.
fn weight(parameters: &str) -> f32 {
    match parameters.trim().split_once('=') {
        None => 1.0,
        Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => value.trim().parse().unwrap_or(0.0),
        Some(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_when_it_or_anything_is_named_with_a_weight() {
        // The examples of RFC 9110, 12.5.3, and what browsers and curl send.
        for takes in [
            "compress, gzip",
            "*",
            "compress;q=0.5, gzip;q=1.0",
            "gzip;q=1.0, identity; q=0.5, *;q=0",
            "gzip, deflate, br, zstd",
            "deflate, gzip",
            "GZIP",
            "x-gzip",
            "br;q=1, *;q=0.1",
        ] {
            assert!(takes_gzip(Some(takes)), "{takes}");
        }
        for refuses in
            ["", "identity", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "br", "gzipped", "gzip;q=x", ",;,"]
        {
            assert!(!takes_gzip(Some(refuses)), "{refuses}");
        }
        assert!(!takes_gzip(None));
    }
}
