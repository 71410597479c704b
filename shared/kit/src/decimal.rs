//! Exact decimals as text.

use std::str::FromStr as _;

use rust_decimal::Decimal;

/// Reads a plain decimal such as `-12.50`: no exponent, no plus sign, no group separators, at most 18 digits before and 10 after
/// the point, so that the sum of a billion of them still fits.
pub fn parse_decimal(text: &str) -> Result<Decimal, String> {
    let expected = || "must be a decimal number in a string, such as \"100.50\"".to_owned();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || fraction.is_some_and(|f| !numeric(f)) {
        return Err(expected());
    }
    if whole.trim_start_matches('0').len() > 18 || fraction.is_some_and(|f| f.len() > 10) {
        return Err("must have at most 18 digits before and 10 after the point".to_owned());
    }
    Decimal::from_str(text).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_decimals_are_amounts() {
        for good in ["0", "1", "-1", "100.50", "0.0000000001", "999999999999999999.9999999999", "007"] {
            assert!(parse_decimal(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "1.", ".5", "+1", "1e3", "1,000", " 1", "NaN", "0x1", "1_000", "--1", "١"] {
            assert!(parse_decimal(bad).is_err(), "{bad}");
        }
        assert!(parse_decimal("1000000000000000000").is_err());
        assert!(parse_decimal("0.00000000001").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,60}") {
            let _ = parse_decimal(&text);
        }

        #[test]
        fn what_is_read_is_written_the_same(whole in 0u64..1_000_000_000_000_000_000, fraction in 0u32..1_000_000_000) {
            let text = format!("{whole}.{fraction:09}");
            prop_assert_eq!(parse_decimal(&text).unwrap().to_string(), text);
        }
    }
}
