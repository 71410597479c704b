//! `POST /v1/webhooks/chain/standard`, as `functions/escrow-webhook` answers it.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{anyhow, bail};
use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use bytes::Bytes;
use fundrail_api::webhooks::Intake as Taken;
use fundrail_domain::{chain, ids::JobId};
use fundrail_kit::webhook::{Secrets, Signed};
use fundrail_store::chain::intake::{self, Kept};
use redis::{Script, aio::MultiplexedConnection};
use uuid::Uuid;

use crate::{
    app::{App, Domain},
    config::variable,
    redis as store,
    reply::{Reply, Seen, now},
};

const WAKE: &str = include_str!("../../../../shared/platform/src/lua/wake.lua");

/// What the intake keeps.
pub(crate) struct Intake {
    redis: MultiplexedConnection,
    secrets: Secrets,
    wake: Script,
}

impl Intake {
    /// Reads the variable of the component.
    pub(crate) fn new(redis: MultiplexedConnection) -> anyhow::Result<Self> {
        let secrets = Secrets::parse(&variable("webhook_secrets")?);
        Ok(Self {
            redis,
            secrets: secrets.map_err(|wrong| anyhow!("the variable `webhook_secrets` {wrong}"))?,
            wake: Script::new(WAKE),
        })
    }

    /// Wakes the worker of the chain.
    async fn wake(&self) -> anyhow::Result<()> {
        store::run(&self.redis, &self.wake, &["jobs:wake:chain".to_owned()], &[b"1000", b"jobs.chain"])
            .await
            .map(drop)
    }
}

/// The route.
pub(crate) async fn take(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut seen =
        Seen::new("escrow-webhook", "/v1/webhooks/chain/standard", Method::POST, &headers, address);
    let outcome = answer(&app, &headers, &body, &mut seen).await;
    seen.answer(outcome)
}

async fn answer(app: &App, headers: &HeaderMap, body: &[u8], seen: &mut Seen) -> anyhow::Result<Reply> {
    app.guard.admit_anyone("webhook", seen).await?;
    let values = |name| headers.get_all(name).iter().map(AsRef::as_ref);
    let signed = Signed::read(values).map_err(|wrong| anyhow!(wrong))?;
    app.webhook.secrets.verify(&signed, body, now()).map_err(|wrong| anyhow!(wrong))?;
    let delivery = chain::parse_delivery(body, now())?;
    let db = app.anonymous_db(Domain::Chain).await?;
    let mut before = BTreeMap::new();
    for (place, kept) in
        intake::take_in(&db, &delivery.logs, JobId(Uuid::now_v7()), "standard", signed.id).await?
    {
        match kept {
            Kept::Said(said) => drop(before.insert(place, said)),
            Kept::Known => {}
            refused => bail!("a log was refused: {refused:?}"),
        }
    }
    if !before.is_empty() {
        app.webhook.wake().await?;
    }
    let news = chain::statement::news(&delivery.logs, before, now());
    let taken = Taken::of(&delivery.logs, &news, delivery.ignored);
    Reply::json(StatusCode::ACCEPTED, &taken)
}
