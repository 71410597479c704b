//! `secrets.reencrypt`: encrypts with the current key what still has an older one, so that the older one can go.

use fundrail_platform::{
    Result,
    log::{self, Level},
    secrets::{self, Sealed},
};
use fundrail_store::identity::secrets::{self as store, Reencrypted};

use fundrail_worker::Tick;

/// Ciphertexts of each kind in one run.
const BATCH: i32 = 200;

/// Encrypts anew. One that cannot be opened, because its key is gone, is reported and does not hold up the others.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    let keys = secrets::keys().await?;
    let mut done = 0;
    for old in store::secrets_to_reencrypt(tick.db, keys.current_id(), BATCH).await? {
        let place = format!("{}:{}", old.kind, old.id);
        let sealed = Sealed { key_id: old.key_id, text: old.sealed };
        let plain = match keys.open(&place, &sealed) {
            Ok(plain) => plain,
            Err(error) => {
                let context = error.context().unwrap_or_default();
                let fields = [("function", crate::WORKER.name.into()), ("context", context.into())];
                log::line(Level::Error, "a secret cannot be encrypted anew", &fields);
                continue;
            }
        };
        let new = keys.seal(&place, &plain)?;
        let new = Reencrypted {
            kind: &old.kind,
            id: &old.id,
            before: &sealed.text,
            sealed: &new.text,
            key_id: &new.key_id,
        };
        done += u32::from(store::replace_secret(tick.db, new).await?);
    }
    if done > 0 {
        log::line(
            Level::Info,
            "encrypted secrets anew",
            &[("function", crate::WORKER.name.into()), ("secrets", done.into())],
        );
    }
    Ok(())
}
