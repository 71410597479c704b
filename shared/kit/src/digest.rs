//! SHA-256 as text.

use sha2::{Digest as _, Sha256};

/// SHA-256 of a text or of bytes, in lower-case hexadecimal.
pub fn sha256_hex(of: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_fips_180_4_says_of_its_examples() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
