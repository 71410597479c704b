//! `auth.password_reset`: mails a reset link, if there is such an account and it has not
//! had enough of them lately. The request that asked for it cannot tell.

use fundrail_identity::one_time::{self, Purpose};
use fundrail_platform::{
    Result,
    audit::{self, Actor, Event},
    db::{Db, Identity},
    jobs::MailPasswordReset,
    notifications::{self, Notification},
    time,
};
use fundrail_store::identity::accounts::{Owner, find_user};
use serde_json::json;

use fundrail_worker::Task;

/// Mails the link.
pub(crate) async fn run(task: &Task<'_>, job: MailPasswordReset) -> Result<()> {
    let MailPasswordReset { email, request_id, client_address } = job;
    let Some(Owner { user_id: user, tenant_id: tenant }) = find_user(task.db, &email).await? else {
        return Ok(());
    };
    task.db.act_for(Identity { tenant, user: Some(user) }).await?;
    task.db
        .transaction(async |db: &Db| {
            let (pause, from_known) = one_time::pause_of_reset(db, user, client_address.as_deref()).await?;
            if pause > 0 {
                return Ok(());
            }
            let purpose = Purpose::PasswordReset;
            let whose = (email.as_str(), from_known);
            // Their address may have become another one since they were found by it.
            let Some(token) = one_time::issue_from(db, user, purpose, whose, time::now()).await? else {
                return Ok(());
            };
            let mail = Notification {
                tenant,
                kind: Purpose::PasswordReset.name(),
                recipient: &email,
                payload: json!({}),
                secret: Some(&token),
            };
            notifications::send(db, mail).await?;
            let Some(tenant) = tenant else { return Ok(()) };
            let event = Event {
                tenant,
                actor: Actor::System,
                action: "password.reset_requested",
                subject_kind: "user",
                subject_id: user.to_string(),
                detail: json!({}),
                request_id: request_id.as_deref(),
                client_address: client_address.as_deref(),
            };
            audit::record(db, event).await
        })
        .await
}
