//! `kyc.expire`: ends the approval of KYC files whose last day is over. Rules count it as over from that moment; this writes it down.

use fundrail_domain::investor::file::{FileEvent, has_passed};
use fundrail_platform::{
    Result,
    audit::{self, Actor, Event},
    db::{Db, Identity},
    log::{self, Level},
    time,
};
use fundrail_store::{
    investors::profiles,
    kyc::{self as store, FileOfTenant, NewTransition},
};
use serde_json::json;

use fundrail_worker::Tick;

/// Files of one run.
const BATCH: i32 = 200;

/// Ends them, each in a transaction of its own: one that cannot be ended holds up no other.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    let today = time::now().date_naive();
    for file in store::files_to_expire(tick.db, today, BATCH).await? {
        tick.db.act_for(Identity { tenant: Some(file.tenant_id), user: None }).await?;
        if let Err(error) = tick.db.transaction(async |db| expire(db, file).await).await {
            let context = error.context().map_or_else(|| error.to_string(), str::to_owned);
            let fields = [
                ("function", crate::WORKER.name.into()),
                ("investor", file.investor_id.to_string().into()),
                ("context", context.into()),
            ];
            log::line(Level::Error, "a KYC file could not be ended", &fields);
        }
    }
    Ok(())
}

async fn expire(db: &Db, FileOfTenant { tenant_id, investor_id }: FileOfTenant) -> Result<()> {
    // Held, and read again: it may have been renewed meanwhile.
    profiles::touch_investor(db, investor_id).await?;
    let Some(file) = store::file(db, investor_id).await? else { return Ok(()) };
    let Ok(after) = file.state.after(FileEvent::Expired) else { return Ok(()) };
    if file.valid_until.is_none_or(|day| !has_passed(day, time::now())) {
        return Ok(());
    }
    let transition = NewTransition::plain(FileEvent::Expired, file.state, after, store::Actor::default());
    let detail = json!({ "transition_id": transition.id, "valid_until": file.valid_until });
    store::add_transition(db, investor_id, transition).await?;
    let event = Event {
        tenant: tenant_id,
        actor: Actor::System,
        action: FileEvent::Expired.action(),
        subject_kind: "investor",
        subject_id: investor_id.to_string(),
        detail,
        request_id: None,
        client_address: None,
    };
    audit::record(db, event).await
}
