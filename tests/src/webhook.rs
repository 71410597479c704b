//! Signing as Standard Webhooks does: <https://www.standardwebhooks.com>.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Environment, Request};

/// The value of `webhook-signature` for a body: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.
pub fn sign_webhook(secret: &str, id: &str, timestamp: u64, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("the secret is base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length of key is right");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A delivery of `body` to `path`, signed now by the environment's secret.
pub fn signed_webhook<'a>(env: &'a Environment, path: &str, body: &[u8]) -> Request<'a> {
    let id = format!("msg_{}", Uuid::now_v7().simple());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let signature = sign_webhook(env.webhook_secret(), &id, now, body);
    env.post(path)
        .header("webhook-id", &id)
        .header("webhook-timestamp", &now.to_string())
        .header("webhook-signature", &signature)
        .body("application/json", body)
}
