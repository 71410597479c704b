//! What changed about an investor: the values are stored encrypted beside the trail, and shown to callers who may also read investors.

use fundrail_api::audit::AuditEvent;
use fundrail_domain::compliance::snapshot::fingerprint;
use fundrail_platform::{
    Context, Result,
    db::Db,
    log::{self, Level},
    secrets::{self, Sealed},
};
use fundrail_store::audit::{self as store, SealedChange};
use serde_json::Value;
use uuid::Uuid;

/// Adds `changes` to the detail of events that name a change: each changed field as `{from, to}`. It is null if the stored values
/// cannot be decrypted, or do not match the hash in the event.
pub(crate) async fn reveal(cx: &Context, db: &Db, events: &mut [AuditEvent]) -> Result<()> {
    if cx.principal()?.require("investors:read").is_err() {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().filter_map(change_of).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let keys = secrets::keys().await?;
    let sealed = store::changes(db, ids).await?;
    for event in events {
        let Some(id) = change_of(event) else { continue };
        let found = sealed.iter().find(|change| change.id == id);
        let changes = found.and_then(|change| opened(&keys, change, &event.detail));
        if changes.is_none() {
            let fields = [("function", "audit".into()), ("change", id.to_string().into())];
            log::line(Level::Error, "the values of a change cannot be read", &fields);
        }
        if let Some(detail) = event.detail.as_object_mut() {
            detail.insert("changes".to_owned(), changes.unwrap_or(Value::Null));
        }
    }
    Ok(())
}

fn change_of(event: &AuditEvent) -> Option<Uuid> {
    event.detail.get("change_id")?.as_str()?.parse().ok()
}

fn opened(keys: &secrets::EncryptionKeys, change: &SealedChange, detail: &Value) -> Option<Value> {
    let sealed = Sealed { key_id: change.secret_key_id.clone(), text: change.secret_sealed.clone() };
    let plain = keys.open(&format!("investor_change:{}", change.id), &sealed).ok()?;
    let plain = std::str::from_utf8(&plain).ok()?;
    if detail.get("change_sha256").and_then(Value::as_str) != Some(fingerprint(plain).as_str()) {
        return None;
    }
    let mut plain: Value = serde_json::from_str(plain).ok()?;
    plain.get_mut("changes").map(Value::take)
}
