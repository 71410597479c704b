//! Signed intake of chain events: what is answered with 202 is durable.
//!
//! The signature is verified over the bytes as they came, before anything else looks at them.

mod queries;

use fundrail_api::webhooks::Intake;
use fundrail_domain::{
    Error, FieldError,
    chain::{self, Delivered},
    webhook::{Secrets, Signed},
};
use fundrail_platform::{Context, Reply, Request, Result, Route, config, handler, jobs, serve};

use queries::Message;

static ROUTES: &[Route] = &[Route::post("/v1/webhooks/chain/standard", handler!(take_in))
    .public()
    .raw_body()
    .rate_class("webhook")];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "escrow-webhook", ROUTES).await
}

/// Takes in chain logs, all of a delivery or none.
async fn take_in(cx: &Context) -> Result<Reply> {
    let message = verified(cx).await?;
    let logs = chain::parse_delivery(cx.raw_body())?;
    let db = cx.db().await?;
    let taken = queries::take_in(&db, &logs, &message).await?;
    if !taken.unknown_chains.is_empty() {
        return Err(unknown_chains(&logs, &taken.unknown_chains));
    }
    if taken.accepted > 0 {
        jobs::wake().await;
    }
    Reply::accepted(&Intake { accepted: taken.accepted, duplicates: taken.duplicates })
}

/// The message that the body is, once its signature holds.
async fn verified(cx: &Context) -> Result<Message<'_>> {
    let secrets = config::parsed("webhook_secrets", Secrets::parse).await?;
    let headers = |name| cx.headers().get_all(name).iter().map(AsRef::as_ref);
    let signed = Signed::read(headers).map_err(Error::unsigned)?;
    let sent = secrets.verify(&signed, cx.raw_body(), cx.now()).map_err(Error::unsigned)?;
    Ok(Message { id: signed.id, sent })
}

/// Names the chain of the logs whose chain is not registered, of as many as a delivery's mistakes are named.
fn unknown_chains(logs: &[Delivered], unknown: &[i64]) -> Error {
    let wrong = logs.iter().filter(|delivered| unknown.contains(&delivered.log.key.chain_id));
    let complain = |delivered: &Delivered| FieldError {
        pointer: format!("{}/chain_id", delivered.path),
        message: "has to be the id of a chain that is listened to".to_owned(),
    };
    Error::Invalid(wrong.take(chain::MOST_ERRORS).map(complain).collect())
}
