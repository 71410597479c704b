//! `secrets.reencrypt`: encrypts with the current key what still has an older one, so that the older one can go.

use fundrail_platform::{
    Result,
    log::{self, Level},
    secrets,
};

use crate::{auth_queries, task::Tick};

/// Ciphertexts of each kind in one run.
const BATCH: i32 = 200;

/// Encrypts anew. One that cannot be opened, because its key is gone, is reported and does not hold up the others.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    let keys = secrets::keys().await?;
    let mut done = 0;
    for old in auth_queries::to_reencrypt(tick.db, keys.current_id(), BATCH).await? {
        let place = format!("{}:{}", old.kind, old.id);
        let plain = match keys.open(&place, &old.sealed) {
            Ok(plain) => plain,
            Err(error) => {
                let context = error.context().unwrap_or_default();
                let fields = [("function", "jobs".into()), ("context", context.into())];
                log::line(Level::Error, "a secret cannot be encrypted anew", &fields);
                continue;
            }
        };
        let new = keys.seal(&place, &plain)?;
        done += u32::from(auth_queries::reencrypted(tick.db, &old, &new).await?);
    }
    if done > 0 {
        log::line(
            Level::Info,
            "encrypted secrets anew",
            &[("function", "jobs".into()), ("secrets", done.into())],
        );
    }
    Ok(())
}
