//! Signed intake of chain events: what is acknowledged with 202 is durable.
//!
//! The signature is verified over the received bytes before anything else reads them.

mod answer;

use fundrail_api::webhooks as api;
use fundrail_domain::{
    Error,
    chain::{self, Delivery},
};
use fundrail_identity::serve;
use fundrail_kit::webhook::{Secrets, Signed};
use fundrail_platform::{Answer, Context, Request, Result, Route, config, jobs::Domain, random, routes};
use fundrail_store::chain::intake::{self, Kept};

static ROUTES: &[Route] = routes![
    api::TakeInChainLogs => take_in;
];

/// The sender: the provider named in the path.
const SENDER: &str = "standard";

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "escrow-webhook", ROUTES).await
}

/// Accepts chain logs: a whole delivery or nothing of it.
async fn take_in(cx: &Context) -> Result<Answer<api::Intake>> {
    let message = verified(cx).await?;
    let Delivery { logs, ignored } = chain::parse_delivery(cx.raw_body(), cx.now())?;
    if logs.is_empty() {
        return Answer::accepted(&answer::of(&[], Vec::new(), ignored, cx.now()));
    }
    let db = cx.db().await?;
    let kept = intake::take_in(&db, &logs, random::new_id(), SENDER, message).await?;
    answer::refuse(&logs, &kept, message)?;
    if kept.iter().any(|(_, kept)| matches!(kept, Kept::Said(_))) {
        db.wake_workers(Domain::Chain).await;
    }
    Answer::accepted(&answer::of(&logs, kept, ignored, cx.now()))
}

/// The id of the message, once its signature has been verified. The time of sending says nothing about the message: it is that of a
/// delivery attempt, and a delivery may be attempted again at any later time.
async fn verified(cx: &Context) -> Result<&str> {
    let secrets = config::parsed("webhook_secrets", Secrets::parse).await?;
    let headers = |name| cx.headers().get_all(name).iter().map(AsRef::as_ref);
    let signed = Signed::read(headers).map_err(Error::unsigned)?;
    secrets.verify(&signed, cx.raw_body(), cx.now()).map_err(Error::unsigned)?;
    Ok(signed.id)
}
