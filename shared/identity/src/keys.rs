//! The keys that sign access tokens.
//!
//! Verifying needs the public keys: an instance keeps them for [`KEPT_MS`], Redis for [`CACHED`], so that a removed key is
//! rejected within a minute everywhere. Signing needs the newest private key, which only `auth` and `auth-password` can decrypt:
//! only they are given the encryption keys.

use std::{cell::RefCell, rc::Rc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_compact::{KeyPair, PublicKey, SecretKey, Seed, Signature};
use fundrail_domain::{Error, Result};
use fundrail_platform::{
    cache, cache_keys,
    db::{Db, Identity},
    random,
    secrets::{self, Sealed},
    time,
};
use fundrail_store::identity::signing_keys::{self as store, NewSigningKey, SealedSigningKey};
use futures::lock::Mutex;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How long an instance keeps what it knows, in milliseconds.
const KEPT_MS: i64 = 20_000;
/// How long Redis does.
const CACHED: Duration = Duration::from_secs(25);
/// How often an instance asks again because of an unknown key, in milliseconds.
const ASK_AGAIN_MS: i64 = 200;

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// Key id.
    pub kid: String,
    /// 32 bytes in base64url.
    pub public_key: String,
}

thread_local! {
    static PUBLISHED: RefCell<Option<(i64, Rc<Vec<PublishedKey>>)>> = const { RefCell::new(None) };
    static SIGNER: RefCell<Option<Rc<Signer>>> = const { RefCell::new(None) };
    /// When the list was last read because of an unknown key. Whoever reads it holds this.
    static ASKED: Rc<Mutex<i64>> = Rc::new(Mutex::new(0));
}

/// All keys that verify now, newest first, as this instance knows them: at most [`KEPT_MS`] old.
pub async fn published() -> Result<Rc<Vec<PublishedKey>>> {
    let now = time::now().timestamp_millis();
    let kept = PUBLISHED.with_borrow(|kept| {
        kept.as_ref().filter(|(at, _)| now - at < KEPT_MS).map(|(_, keys)| Rc::clone(keys))
    });
    match kept {
        Some(keys) => Ok(keys),
        None => all_published().await,
    }
}

/// The same, bypassing what this instance has kept: whoever changed the keys has dropped them from the cache, and a reader who
/// asks afterwards sees the change. The cache is not believed when it says that there is no key yet: the very first sign-in
/// creates one, which signs at once.
pub async fn all_published() -> Result<Rc<Vec<PublishedKey>>> {
    let now = time::now().timestamp_millis();
    let (mut keys, _) = cache::read_through(&cache_keys::signing_keys(), CACHED, load).await?;
    if keys.is_empty() {
        keys = load().await?;
    }
    Ok(keep(keys, now))
}

fn keep(keys: Vec<PublishedKey>, now: i64) -> Rc<Vec<PublishedKey>> {
    let keys = Rc::new(keys);
    PUBLISHED.with_borrow_mut(|kept| *kept = Some((now, Rc::clone(&keys))));
    keys
}

async fn load() -> Result<Vec<PublishedKey>> {
    let db = Db::open(Identity::default()).await?;
    let keys = store::published_keys(&db).await?.into_iter();
    Ok(keys.map(|key| PublishedKey { kid: key.kid, public_key: key.public_key }).collect())
}

/// Whether the key named `kid` made this signature.
pub async fn verify(kid: &str, signed: &[u8], signature: [u8; 64]) -> Result<bool> {
    let mut keys = published().await?;
    if !has(&keys, kid) {
        keys = asked_again(kid).await?;
    }
    let Some(key) = keys.iter().find(|key| key.kid == kid) else { return Ok(false) };
    let bytes: Option<[u8; 32]> =
        URL_SAFE_NO_PAD.decode(&key.public_key).ok().and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| Error::internal("a public key has not 32 bytes"))?;
    Ok(PublicKey::new(bytes).verify(signed, &Signature::new(signature)).is_ok())
}

fn has(keys: &[PublishedKey], kid: &str) -> bool {
    keys.iter().any(|key| key.kid == kid)
}

/// The list for a key that is not in it: read again, since the key may be new. Invented names must not become a load on the database,
/// so one reads for all that wait, five times a second at most; but nobody is told that a key is unknown because others have just asked.
async fn asked_again(kid: &str) -> Result<Rc<Vec<PublishedKey>>> {
    let since = time::now().timestamp_millis();
    let asked = ASKED.with(Rc::clone);
    let mut asked = asked.lock().await;
    let keys = published().await?;
    if has(&keys, kid) || *asked > since {
        return Ok(keys);
    }
    let early = *asked + ASK_AGAIN_MS - time::now().timestamp_millis();
    if let Ok(early @ 1..) = u64::try_from(early) {
        time::sleep(Duration::from_millis(early)).await;
    }
    let now = time::now().timestamp_millis();
    *asked = now;
    Ok(keep(load().await?, now))
}

/// A key that signs.
pub struct Signer {
    kid: String,
    secret: SecretKey,
}

impl Signer {
    /// Key id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A signature (RFC 8032: the same for the same message).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        *self.secret.sign(message, None)
    }
}

/// The key that signs now; creates the very first one. Which one it is is checked every time, so that nothing is signed with a
/// key that has ended; it is decrypted once.
pub async fn signer(db: &Db) -> Result<Rc<Signer>> {
    let signer = match store::signing_key(db).await? {
        Some(key) => {
            let kept =
                SIGNER.with_borrow(|kept| kept.as_ref().filter(|kept| kept.kid == key.kid).map(Rc::clone));
            if let Some(signer) = kept {
                return Ok(signer);
            }
            open(key).await?
        }
        None => create(db, Activation::AtOnce).await?,
    };
    let signer = Rc::new(signer);
    SIGNER.with_borrow_mut(|kept| *kept = Some(Rc::clone(&signer)));
    Ok(signer)
}

async fn open(key: SealedSigningKey) -> Result<Signer> {
    let sealed = Sealed { key_id: key.secret_key_id, text: key.secret_sealed };
    let seed = secrets::keys().await?.open(&place(&key.kid), &sealed)?;
    let seed: [u8; 32] =
        seed.as_slice().try_into().map_err(|_| Error::internal("a signing key has not 32 bytes"))?;
    Ok(Signer { kid: key.kid, secret: KeyPair::from_seed(Seed::new(seed)).sk })
}

/// Place of the ciphertext of a signing key.
pub fn place(kid: &str) -> String {
    format!("signing_key:{kid}")
}

/// When a new key begins to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// At once: there is no other.
    AtOnce,
    /// Once every instance and every reader of the JWKS has had time to learn of it.
    AfterOverlap,
}

/// Creates a key and stores it.
pub async fn create(db: &Db, activation: Activation) -> Result<Signer> {
    let seed = Zeroizing::new(random::bytes::<32>()?);
    let pair = KeyPair::from_seed(Seed::new(*seed));
    let kid = random::uuid().simple().to_string();
    let sealed = secrets::keys().await?.seal(&place(&kid), seed.as_slice())?;
    let delay = match activation {
        Activation::AtOnce => 0,
        Activation::AfterOverlap => OVERLAP_SECONDS,
    };
    let key = NewSigningKey {
        kid: &kid,
        public_key: URL_SAFE_NO_PAD.encode(*pair.pk),
        secret_sealed: sealed.text,
        secret_key_id: sealed.key_id,
        signs_in: delay,
    };
    store::insert_signing_key(db, key).await?;
    Ok(Signer { kid, secret: pair.sk })
}

/// How long a new key is published before it signs: longer than any of our caches and the JWKS' `max-age`.
pub const OVERLAP_SECONDS: i32 = 120;

/// Maximum time for which a token signed at the last moment is still valid, including the clocks' difference, in seconds.
const OUTLIVES_SECONDS: i32 = 600 + 60;

/// Creates a new key and lets the present ones expire; returns the new one's id. Compromised ones end at once.
pub async fn rotate(db: &Db, compromised: bool) -> Result<String> {
    db.drop_cached(&[cache_keys::signing_keys()]).await?;
    db.call_after_commit(forget).await;
    if compromised {
        let signer = create(db, Activation::AtOnce).await?;
        store::end_signing_keys_at_once(db, signer.kid()).await?;
        return Ok(signer.kid);
    }
    let signer = create(db, Activation::AfterOverlap).await?;
    let verify_for = OVERLAP_SECONDS + OUTLIVES_SECONDS;
    store::end_signing_keys(db, signer.kid(), OVERLAP_SECONDS, verify_for).await?;
    Ok(signer.kid)
}

/// Whether the newest key is old enough to be replaced.
pub async fn is_due(db: &Db) -> Result<bool> {
    store::is_rotation_due(db).await
}

/// Forgets what this instance knows, after a change. Other instances continue for at most [`KEPT_MS`].
fn forget() {
    PUBLISHED.with_borrow_mut(Option::take);
    SIGNER.with_borrow_mut(Option::take);
}
