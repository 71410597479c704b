//! Health, documents, statistics.

mod health;
mod notifications;

use fundrail_api::ops::{
    Document, JobCount, ListNotifications, ListReview, ListReviews, ReadDocs, ReadHealth, ReadListReviews,
    ReadOpenapi, ReadStatistics, Statistics,
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Request, Result, Route, routes};
use fundrail_store::{compliance::facts, jobs as store};
use http::StatusCode;

static ROUTES: &[Route] = routes![
    ReadHealth => health::read;
    ReadDocs => docs;
    ReadOpenapi => openapi;
    ListNotifications => notifications::list;
    ReadListReviews => list_reviews;
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

/// A document changes only with a deployment, but then at once.
fn document(cx: &Context, answer: Answer<Document>) -> Answer<Document> {
    answer.with_header("cache-control", "public, max-age=60").with_etag(cx.header("if-none-match"))
}

/// `GET /v1/ops/list-reviews`
async fn list_reviews(cx: &Context) -> Result<Answer<ListReviews>> {
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let lists: Vec<ListReview> = facts::list_reviews(&db).await?.into_iter().map(shown).collect();
    let overdue = lists.iter().filter(|list| list.overdue).count();
    Answer::ok(&ListReviews { lists, overdue })
}

fn shown(review: facts::ListReview) -> ListReview {
    ListReview {
        rule_id: review.rule_id,
        rule_version: review.rule_version,
        rule_source: review.rule_source,
        source: review.source,
        reviewed_on: review.reviewed_on,
        next_review_on: review.next_review_on,
        overdue: review.overdue,
    }
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
