//! The keys that sign access tokens.

rows! {
    /// A key that verifies.
    #[derive(Debug, Clone)]
    pub struct PublishedKey {
        /// Which one it is.
        pub kid: String,
        /// 32 bytes in base64url.
        pub public_key: String,
    }

    /// A key that signs, encrypted.
    pub struct SealedSigningKey {
        /// Which one it is.
        pub kid: String,
        /// The ciphertext.
        pub secret_sealed: String,
        /// By which key it is encrypted.
        pub secret_key_id: String,
    }
}

parameters! {
    /// A key that is to be stored.
    pub struct NewSigningKey<'a> {
        /// Which one it is.
        pub kid: &'a str,
        /// 32 bytes in base64url.
        pub public_key: String,
        /// The ciphertext of the private one.
        pub secret_sealed: String,
        /// By which key it is encrypted.
        pub secret_key_id: String,
        /// In how many seconds it begins to sign.
        pub signs_in: i32,
    }
}

statements! { "identity";
    /// All keys that verify now, newest first.
    all published_keys() -> PublishedKey;

    /// The key that signs now.
    optional signing_key() -> SealedSigningKey;

    /// Stores a key.
    execute insert_signing_key { key: NewSigningKey<'_> };

    /// Has all keys but one end: they sign for so many seconds, and verify for so many.
    execute end_signing_keys(kept: &str, sign_for: i32, verify_for: i32);

    /// Has all keys but one end at once.
    execute end_signing_keys_at_once(kept: &str);

    /// Whether the newest key is so old that it is time for another.
    one is_rotation_due() -> bool;
}
