//! `GET /health`: asks each service and measures how long it takes.

use std::time::Instant;

use fundrail_api::ops::{Health, ServiceHealth, ServiceStatus};
use fundrail_platform::{
    Answer, Context, Result,
    db::{Db, Identity},
    log::{self, Level},
    redis,
};
use fundrail_store::jobs::ping;
use http::StatusCode;

/// 200 if both respond, otherwise 503. The reason is in the log only.
pub(crate) async fn read(_: &Context) -> Result<Answer<Health>> {
    let postgres = measured("postgres", ask_postgres()).await;
    let redis = measured("redis", ask_redis()).await;
    let well = [&postgres, &redis].iter().all(|service| service.status == ServiceStatus::Ok);
    let (code, status) = if well {
        (StatusCode::OK, ServiceStatus::Ok)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, ServiceStatus::Unavailable)
    };
    let answer = Answer::json(code, &Health { status, postgres, redis })?;
    Ok(if well { answer } else { answer.with_header("retry-after", "1") })
}

async fn ask_postgres() -> Result<()> {
    let db = Db::open(Identity::default()).await?;
    ping(&db).await.map(drop)
}

async fn ask_redis() -> Result<()> {
    redis::execute("PING", vec![]).await.map(drop)
}

async fn measured(service: &'static str, asking: impl Future<Output = Result<()>>) -> ServiceHealth {
    let started = Instant::now();
    let outcome = asking.await;
    let latency_ms = (started.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    let status = match outcome {
        Ok(()) => ServiceStatus::Ok,
        Err(error) => {
            let why = error.context().map_or_else(|| error.to_string(), str::to_owned);
            log::line(
                Level::Warn,
                "a service does not answer",
                &[("service", service.into()), ("error", why.into())],
            );
            ServiceStatus::Unavailable
        }
    };
    ServiceHealth { status, latency_ms }
}
