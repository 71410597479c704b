//! A forgotten password.

use fundrail_api::auth as api;
use fundrail_domain::text::Email;
use fundrail_platform::{Answer, Context, Result, jobs::MailPasswordReset};

/// `POST /v1/auth/password/forgot`: says the same whether there is such an account or not, after the same work. A job
/// finds out, and sends the mail.
pub(crate) async fn forgot(cx: &Context, email: Email) -> Result<Answer<api::Accepted>> {
    let db = cx.db().await?;
    let job = MailPasswordReset {
        email: email.to_string(),
        request_id: Some(cx.request_id().to_owned()),
        client_address: cx.client_address().map(str::to_owned),
    };
    db.enqueue(&job).await?;
    Answer::accepted(&api::Accepted { accepted: true })
}
