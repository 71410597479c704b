//! Rotating the keys of access tokens on demand. On schedule, a job does it.

use fundrail_api::auth::SigningKeyRotated;
use fundrail_identity::keys;
use fundrail_platform::{Answer, Context, Result};
use serde_json::json;

/// `POST /v1/auth/signing-keys/rotate {compromised}`: a new key. The old keys keep verifying until the tokens that they signed have
/// expired, unless they are compromised: then they stop at once, and everybody must refresh.
pub(crate) async fn rotate(cx: &Context, compromised: bool) -> Result<Answer<SigningKeyRotated>> {
    let db = cx.db().await?;
    let kid = db
        .transaction(async |db| {
            let kid = keys::rotate(db, compromised).await?;
            let detail = json!({ "compromised": compromised });
            cx.audit(db, "signing_key.rotated", ("signing_key", kid.clone()), detail).await?;
            Ok(kid)
        })
        .await?;
    Answer::ok(&SigningKeyRotated { kid, compromised })
}
