//! Health, documents, statistics.

mod health;
mod notifications;

use fundrail_api::ops::{JobCount, Statistics};
use fundrail_platform::{Context, Reply, Request, Result, Route, handler, serve};
use fundrail_store::jobs as store;
use http::StatusCode;

static ROUTES: &[Route] = &[
    Route::get("/health", handler!(health::read)).public(),
    Route::get("/docs", handler!(docs)).public(),
    Route::get("/v1/openapi.json", handler!(openapi)).public(),
    Route::get("/v1/ops/notifications", handler!(notifications::list)).permission("ops:read"),
    Route::get("/v1/ops/statistics", handler!(statistics)).permission("installation:read"),
];

/// Both are made by build.rs from the types of the API.
static OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
static DOCS: &str = include_str!(concat!(env!("OUT_DIR"), "/docs.html"));

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "ops", ROUTES).await
}

async fn openapi(cx: &Context) -> Result<Reply> {
    let reply = Reply::bytes(StatusCode::OK, "application/json", OPENAPI);
    Ok(document(cx, reply))
}

async fn docs(cx: &Context) -> Result<Reply> {
    let reply = Reply::bytes(StatusCode::OK, "text/html; charset=utf-8", DOCS).with_header(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    Ok(document(cx, reply))
}

/// A document changes with a deployment alone, but then at once.
fn document(cx: &Context, reply: Reply) -> Reply {
    reply.with_header("cache-control", "public, max-age=60").with_etag(cx.header("if-none-match"))
}

async fn statistics(cx: &Context) -> Result<Reply> {
    let db = cx.db().await?;
    let jobs = store::job_counts(&db).await?.into_iter().map(|count| JobCount {
        kind: count.kind,
        state: count.state,
        jobs: count.jobs,
        oldest_seconds: count.oldest_seconds,
    });
    Reply::ok(&Statistics { jobs: jobs.collect() })
}
