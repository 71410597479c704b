//! `signing_keys.rotate`: a new key for access tokens every thirty days.

use fundrail_identity::keys;
use fundrail_platform::{
    Result,
    log::{self, Level},
};

use fundrail_worker::Tick;

/// Rotates when it is time.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    if !keys::is_due(tick.db).await? {
        return Ok(());
    }
    let kid = tick.db.transaction(async |db| keys::rotate(db, false).await).await?;
    log::line(
        Level::Info,
        "rotated the signing key",
        &[("function", crate::WORKER.name.into()), ("kid", kid.into())],
    );
    Ok(())
}
