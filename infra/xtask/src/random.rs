//! Secrets for a development machine.

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// `N` bytes from the operating system.
pub(crate) fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the operating system gives no random bytes")?;
    Ok(bytes)
}

/// A password of 32 hexadecimal digits (128 bits): needs no escaping in a URL, a shell or SQL.
pub(crate) fn password() -> anyhow::Result<String> {
    Ok(hex(&bytes::<16>()?))
}

/// `N` random bytes in base64.
pub(crate) fn base64<const N: usize>() -> anyhow::Result<String> {
    Ok(STANDARD.encode(bytes::<N>()?))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_pads_small_bytes() {
        assert_eq!(hex(&[0, 1, 0xab]), "0001ab");
    }

    #[test]
    fn two_passwords_differ() {
        assert_ne!(password().unwrap(), password().unwrap());
    }
}
