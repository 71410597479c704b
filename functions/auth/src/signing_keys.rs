//! Rotating the keys of access tokens on demand. On schedule, a job does it.

use fundrail_api::auth::SigningKeyRotated;
use fundrail_platform::{Context, Reply, Result, keys};
use serde_json::json;

/// `POST /v1/auth/signing-keys/rotate {compromised}`: a new key. The old ones verify on until what they signed has run out,
/// unless they are compromised: then they verify nothing more, and everybody has to refresh.
pub(crate) async fn rotate(cx: &Context) -> Result<Reply> {
    let compromised = cx.parse(|mut body| {
        let compromised = body.optional::<bool>("compromised");
        body.finish(|| Some(compromised.unwrap_or(false)))
    })?;
    let db = cx.db().await?;
    let kid = db
        .transaction(async |db| {
            let kid = keys::rotate(db, compromised).await?;
            let detail = json!({ "compromised": compromised });
            cx.audit(db, "signing_key.rotated", ("signing_key", kid.clone()), detail).await?;
            Ok(kid)
        })
        .await?;
    Reply::ok(&SigningKeyRotated { kid, compromised })
}
