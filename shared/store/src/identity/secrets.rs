//! Ciphertexts, wherever they stand.

rows! {
    /// A ciphertext and where it stands.
    pub struct SealedSecret {
        /// `signing_key`, `totp`, `notification`, …: also how its place begins.
        pub kind: String,
        /// Of which row.
        pub id: String,
        /// The ciphertext.
        pub sealed: String,
        /// By which key it is encrypted.
        pub key_id: String,
    }
}

parameters! {
    /// A ciphertext that is to stand in place of another.
    pub struct Reencrypted<'a> {
        /// The kind of the other one.
        pub kind: &'a str,
        /// Of which row.
        pub id: &'a str,
        /// The other ciphertext.
        pub before: &'a str,
        /// The ciphertext.
        pub sealed: &'a str,
        /// By which key it is encrypted.
        pub key_id: &'a str,
    }
}

statements! { "identity";
    /// Ciphertexts of other keys than the current one, at most so many of each kind.
    all secrets_to_reencrypt(current_key: &str, wanted: i32) -> SealedSecret;

    /// Puts a ciphertext in place of another, unless that has changed meanwhile: then false.
    one replace_secret { secret: Reencrypted<'_> } -> bool;
}
