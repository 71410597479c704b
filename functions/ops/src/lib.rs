//! Health, documents, statistics.

mod health;
mod notifications;

use fundrail_api::ops::{
    Document, JobCount, ListNotifications, ReadDocs, ReadHealth, ReadOpenapi, ReadStatistics, Statistics,
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Request, Result, Route, routes};
use fundrail_store::jobs as store;
use http::StatusCode;

static ROUTES: &[Route] = routes![
    ReadHealth => health::read;
    ReadDocs => docs;
    ReadOpenapi => openapi;
    ListNotifications => notifications::list;
    ReadStatistics => statistics;
];

/// Both are made by build.rs from the types of the API.
static OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
static DOCS: &str = include_str!(concat!(env!("OUT_DIR"), "/docs.html"));

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "ops", ROUTES).await
}

async fn openapi(cx: &Context) -> Result<Answer<Document>> {
    let answer = Answer::bytes(StatusCode::OK, "application/json", OPENAPI);
    Ok(document(cx, answer))
}

async fn docs(cx: &Context) -> Result<Answer<Document>> {
    let answer = Answer::bytes(StatusCode::OK, "text/html; charset=utf-8", DOCS).with_header(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    Ok(document(cx, answer))
}

/// A document changes with a deployment alone, but then at once.
fn document(cx: &Context, answer: Answer<Document>) -> Answer<Document> {
    answer.with_header("cache-control", "public, max-age=60").with_etag(cx.header("if-none-match"))
}

async fn statistics(cx: &Context) -> Result<Answer<Statistics>> {
    let db = cx.db().await?;
    let jobs = store::job_counts(&db).await?.into_iter().map(|count| JobCount {
        kind: count.kind,
        state: count.state,
        jobs: count.jobs,
        oldest_seconds: count.oldest_seconds,
    });
    Answer::ok(&Statistics { jobs: jobs.collect() })
}
