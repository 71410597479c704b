//! Ciphertexts, wherever they are stored.

rows! {
    /// A ciphertext and where it is stored.
    pub struct SealedSecret {
        /// `signing_key`, `totp`, `notification`, …: also the beginning of its place.
        pub kind: String,
        /// Of which row.
        pub id: String,
        /// The ciphertext.
        pub sealed: String,
        /// Id of the key that encrypts it.
        pub key_id: String,
    }
}

parameters! {
    /// A ciphertext to replace another one.
    pub struct Reencrypted<'a> {
        /// The kind of the other one.
        pub kind: &'a str,
        /// Of which row.
        pub id: &'a str,
        /// The other ciphertext.
        pub before: &'a str,
        /// The ciphertext.
        pub sealed: &'a str,
        /// Id of the key that encrypts it.
        pub key_id: &'a str,
    }
}

statements! { "identity";
    /// Ciphertexts with keys other than the current one, at most this many of each kind.
    all secrets_to_reencrypt(current_key: &str, wanted: i32) -> SealedSecret;

    /// Replaces a ciphertext, unless it has changed in the meantime: then false.
    one replace_secret { secret: Reencrypted<'_> } -> bool;
}
