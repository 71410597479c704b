//! A forgotten password.

use fundrail_domain::text::Email;
use fundrail_platform::{Context, Reply, Result, jobs::MailPasswordReset};
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
    let job = MailPasswordReset {
        email: email.to_string(),
        request_id: Some(cx.request_id().to_owned()),
        client_address: cx.client_address().map(str::to_owned),
    };
    db.enqueue(&job).await?;
    Reply::json(StatusCode::ACCEPTED, &json!({ "accepted": true }))
}
