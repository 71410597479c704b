//! A forgotten password.

use fundrail_domain::text::Email;
use fundrail_platform::{
    Context, Reply, Result,
    jobs::{self, NewJob},
};
use http::StatusCode;
use serde_json::json;

/// `POST /v1/auth/password/forgot`: says the same whether there is such an account or not, after the same work. A job
/// finds out, and sends the mail.
pub(crate) async fn forgot(cx: &Context) -> Result<Reply> {
    let email = cx.parse(|mut body| {
        let email = body.required::<Email>("email");
        body.finish(|| email)
    })?;
    let db = cx.db().await?;
    let job = NewJob {
        kind: "auth.password_reset",
        tenant: None,
        // Asking again before the mail is out does not send another.
        dedupe_key: Some(fundrail_platform::tokens::hash(email.as_str())),
        payload: json!({ "email": email, "request_id": cx.request_id(), "client_address": cx.client_address() }),
    };
    jobs::enqueue(&db, job).await?;
    jobs::wake().await;
    Reply::json(StatusCode::ACCEPTED, &json!({ "accepted": true }))
}
