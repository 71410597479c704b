//! Tokens: signing and verifying access tokens, creating opaque ones.

use std::{cell::RefCell, collections::HashMap};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fundrail_domain::{
    Error, Result,
    auth::access_token::{self, Claims},
};
use fundrail_kit::digest;
use fundrail_platform::{
    config::{self, Kept},
    db::Db,
    random, time,
};
use sha2::{Digest as _, Sha256};

use crate::keys;

/// Number of verified tokens that an instance remembers.
const REMEMBERED: usize = 256;

thread_local! {
    static VERIFIED: RefCell<HashMap<[u8; 32], Verified>> = RefCell::new(HashMap::new());
    static ISSUER: Kept<String> = const { Kept::new("token_issuer", |text| Ok(text.to_owned())) };
    static AUDIENCE: Kept<String> = const { Kept::new("token_audience", |text| Ok(text.to_owned())) };
}

/// Signs an access token.
pub async fn sign(db: &Db, claims: &Claims) -> Result<String> {
    let (issuer, audience) = (config::kept(&ISSUER).await?, config::kept(&AUDIENCE).await?);
    let signer = keys::signer(db).await?;
    let unsigned = access_token::unsigned(signer.kid(), claims, &issuer, &audience);
    let signature = signer.sign(unsigned.as_bytes());
    Ok(access_token::signed(&unsigned, &signature))
}

/// A token that was verified before.
#[derive(Clone)]
struct Verified {
    kid: String,
    claims: Claims,
}

/// The claims of an access token, if it is one of ours and has not expired.
///
/// A token that was verified before is recognised by its hash. If its key has been removed since, the instance's list of keys
/// shows it, as for a new token.
pub async fn verify(token: &str) -> Result<Claims> {
    let refused = |wrong: &'static str| Error::unauthenticated(wrong);
    let now = time::now().timestamp();
    let digest: [u8; 32] = Sha256::digest(token).into();
    let known = VERIFIED.with_borrow(|verified| verified.get(&digest).cloned());
    if let Some(Verified { kid, claims }) = known
        && keys::published().await?.iter().any(|key| key.kid == kid)
    {
        access_token::check_expiry(claims.expires_at, now).map_err(refused)?;
        return Ok(claims);
    }
    let parts = access_token::split(token).map_err(refused)?;
    if !keys::verify(&parts.kid, parts.signed, parts.signature).await? {
        return Err(refused("the signature does not hold, or its key is unknown"));
    }
    let (issuer, audience) = (config::kept(&ISSUER).await?, config::kept(&AUDIENCE).await?);
    let claims = access_token::check(&parts.payload, &issuer, &audience, now).map_err(refused)?;
    VERIFIED.with_borrow_mut(|verified| {
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(digest, Verified { kid: parts.kid, claims: claims.clone() });
    });
    Ok(claims)
}

/// A new opaque token of 256 bits.
pub fn opaque(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::bytes::<32>()?)))
}

/// What is stored of an opaque token or key: SHA-256 in hexadecimal.
pub fn hash(token: &str) -> String {
    digest::sha256_hex(token)
}
