//! Health, documents, statistics.

mod documents;
mod health;
mod notifications;

use fundrail_api::ops::{
    JobCount, ListNotifications, ListReview, ListReviews, ReadDocs, ReadHealth, ReadListReviews, ReadOpenapi,
    ReadStatistics, Statistics,
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Context, Request, Result, Route, routes};
use fundrail_store::{compliance::facts, jobs as store};

static ROUTES: &[Route] = routes![
    ReadHealth => health::read;
    ReadDocs => documents::docs;
    ReadOpenapi => documents::openapi;
    ListNotifications => notifications::list;
    ReadListReviews => list_reviews;
    ReadStatistics => statistics;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "ops", ROUTES).await
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
