//! Secrets at rest: encrypted with XChaCha20-Poly1305 under keys that only components have (variable `encryption_keys`).
//!
//! The first key in the variable encrypts, all of them decrypt, and the id of the key is stored with every ciphertext. To rotate,
//! put a new key in front; a job re-encrypts what has older ones, after which they can be removed.

use std::{cell::OnceCell, fmt, rc::Rc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use fundrail_domain::{Error, Result};
use zeroize::Zeroizing;

use crate::{config, random};

const NONCE_LENGTH: usize = 24;

/// The keys in the variable `encryption_keys`.
pub struct EncryptionKeys(Vec<(String, Zeroizing<[u8; 32]>)>);

/// A ciphertext as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Id of the key that decrypts it.
    pub key_id: String,
    /// Nonce and ciphertext in base64.
    pub text: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.key_id)
    }
}

thread_local! {
    static KEYS: OnceCell<Rc<EncryptionKeys>> = const { OnceCell::new() };
}

/// The keys of this component.
///
/// # Errors
/// [`Error::Internal`] if the variable is missing or invalid.
pub async fn keys() -> Result<Rc<EncryptionKeys>> {
    if let Some(keys) = KEYS.with(|kept| kept.get().cloned()) {
        return Ok(keys);
    }
    let keys = Rc::new(config::parsed("encryption_keys", EncryptionKeys::parse).await?);
    Ok(KEYS.with(|kept| Rc::clone(kept.get_or_init(|| keys))))
}

impl EncryptionKeys {
    /// Reads `id:base64,id:base64` with 32 bytes each.
    ///
    /// # Errors
    /// What is wrong with it, without its value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<(String, Zeroizing<[u8; 32]>)> = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, key) = entry.split_once(':').ok_or("has an entry that is not id:base64")?;
            let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| "has a key that is not base64")?);
            let key: [u8; 32] =
                key.as_slice().try_into().map_err(|_| "has a key that is not 32 bytes long")?;
            let id_fits = !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !id_fits || keys.iter().any(|(known, _)| known == id) {
                return Err(
                    "has a key id that is duplicated or does not consist of letters and digits".to_owned()
                );
            }
            keys.push((id.to_owned(), Zeroizing::new(key)));
        }
        if keys.is_empty() { Err("has no key".to_owned()) } else { Ok(Self(keys)) }
    }

    /// Id of the key that encrypts at present.
    pub fn current_id(&self) -> &str {
        self.0.first().map_or("", |(id, _)| id.as_str())
    }

    /// Encrypts. `place` says where the ciphertext will be stored (`totp:{user}`): it cannot be decrypted anywhere else.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Sealed> {
        let (id, key) = self.0.first().ok_or_else(|| Error::internal("no encryption key"))?;
        let nonce = random::bytes::<NONCE_LENGTH>()?;
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let ciphertext = cipher(key)
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| Error::internal("encryption failed"))?;
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&ciphertext);
        Ok(Sealed { key_id: id.clone(), text: STANDARD.encode(bytes) })
    }

    /// Decrypts what [`Self::seal`] has encrypted for the same place.
    ///
    /// # Errors
    /// [`Error::Internal`] if the key no longer exists, or the ciphertext was changed or moved.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.0.iter().find(|(id, _)| *id == sealed.key_id).map(|(_, key)| key);
        let key = key.ok_or_else(|| Error::internal(format!("no encryption key `{}`", sealed.key_id)))?;
        let wrong = || Error::internal(format!("the ciphertext of {place} cannot be opened"));
        let bytes = STANDARD.decode(&sealed.text).map_err(|_| wrong())?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LENGTH).ok_or_else(wrong)?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let plain = cipher(key).decrypt(XNonce::from_slice(nonce), payload).map_err(|_| wrong())?;
        Ok(Zeroizing::new(plain))
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key))
}
