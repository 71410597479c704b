//! `auth.sign_in_failed {email, client_address, request_id}`: writes a failed sign-in into the trail of whose account it was,
//! if there is one. A request does not do it itself: it would take longer for an account that exists.

use fundrail_domain::input::Object;
use fundrail_platform::{
    Result,
    audit::{self, Actor, Event},
    db::Identity,
};
use serde_json::json;

use crate::{auth_queries, task::Task};

/// Writes it.
pub(crate) async fn run(task: &Task<'_>) -> Result<()> {
    let mut payload = Object::root(&task.job.payload)?;
    let email = payload.required::<String>("email");
    let address = payload.optional::<String>("client_address");
    let request = payload.optional::<String>("request_id");
    let email = payload.finish(|| email)?;
    let Some(account) = auth_queries::find_user(task.db, &email).await? else { return Ok(()) };
    let Some(tenant) = account.tenant else { return Ok(()) };
    task.db.act_for(Identity { tenant: Some(tenant), user: Some(account.user) }).await?;
    let event = Event {
        tenant,
        actor: Actor::System,
        action: "user.sign_in_failed",
        subject_kind: "user",
        subject_id: account.user.to_string(),
        detail: json!({}),
        request_id: request.as_deref(),
        client_address: address.as_deref(),
    };
    audit::record(task.db, event).await
}
