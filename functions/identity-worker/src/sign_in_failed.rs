//! `auth.sign_in_failed`: writes a failed sign-in into the trail of whose account it was,
//! if there is one. A request does not do it itself: it would take longer for an account that exists.

use fundrail_platform::{
    Result,
    audit::{self, Actor, Event},
    db::Identity,
    jobs::RecordFailedSignIn,
};
use fundrail_store::identity::accounts::{Owner, find_user};
use serde_json::json;

use fundrail_worker::Task;

/// Writes it.
pub(crate) async fn run(task: &Task<'_>, job: RecordFailedSignIn) -> Result<()> {
    let Some(Owner { user_id: user, tenant_id: tenant }) = find_user(task.db, &job.email).await? else {
        return Ok(());
    };
    let Some(tenant) = tenant else { return Ok(()) };
    task.db.act_for(Identity { tenant: Some(tenant), user: Some(user) }).await?;
    let event = Event {
        tenant,
        actor: Actor::System,
        action: "user.sign_in_failed",
        subject_kind: "user",
        subject_id: user.to_string(),
        detail: json!({}),
        request_id: job.request_id.as_deref(),
        client_address: job.client_address.as_deref(),
    };
    audit::record(task.db, event).await
}
