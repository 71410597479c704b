//! The keys that sign access tokens.

rows! {
    /// A key that verifies.
    #[derive(Debug, Clone)]
    pub struct PublishedKey {
        /// Key id.
        pub kid: String,
        /// 32 bytes in base64url.
        pub public_key: String,
    }

    /// A key that signs, encrypted.
    pub struct SealedSigningKey {
        /// Key id.
        pub kid: String,
        /// The ciphertext.
        pub secret_sealed: String,
        /// Id of the key that encrypts it.
        pub secret_key_id: String,
    }
}

parameters! {
    /// A key to be stored.
    pub struct NewSigningKey<'a> {
        /// Key id.
        pub kid: &'a str,
        /// 32 bytes in base64url.
        pub public_key: String,
        /// Ciphertext of the private key.
        pub secret_sealed: String,
        /// Id of the key that encrypts it.
        pub secret_key_id: String,
        /// Seconds until it begins to sign.
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

    /// Lets all keys but one expire: they sign and verify for the given numbers of seconds.
    execute end_signing_keys(kept: &str, sign_for: i32, verify_for: i32);

    /// Ends all keys but one at once.
    execute end_signing_keys_at_once(kept: &str);

    /// Whether the newest key is old enough to be replaced.
    one is_rotation_due() -> bool;
}
