//! The public keys that verify access tokens.

use fundrail_api::auth::{Jwk, Jwks};
use fundrail_identity::keys;
use fundrail_platform::{Answer, Context, Result};

/// How long readers may keep the keys: for less time than a new key is published before it first signs.
const CACHE_CONTROL: &str = "public, max-age=60";

/// `GET /.well-known/jwks.json`
pub(crate) async fn read(cx: &Context) -> Result<Answer<Jwks>> {
    let published = keys::all_published().await?;
    let keys = published.iter().map(|key| Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        alg: "EdDSA".to_owned(),
        purpose: "sig".to_owned(),
        kid: key.kid.clone(),
        x: key.public_key.clone(),
    });
    let reply = Answer::ok(&Jwks { keys: keys.collect() })?;
    Ok(reply.with_header("cache-control", CACHE_CONTROL).with_etag(cx.header("if-none-match")))
}
