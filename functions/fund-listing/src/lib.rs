//! The catalogue: funds, share classes, net asset values, issuers.
//!
//! Responses are cached as they are sent, in two kinds of entries: `fund:{id}`, and lists, which are one group (`funds`), since a
//! write cannot know which of them contain a fund.

mod answers;
mod classes;
mod desk;
mod entries;
mod history;
mod navs;

use std::time::Duration;

use fundrail_api::{
    common::Page,
    funds::{self as api, FundSummary, Issuer},
    issuing,
};
use fundrail_domain::{
    Error, Result,
    fund::{self, FundFilter, SearchText},
    ids::{FundId, IssuerId, TenantId},
};
use fundrail_identity::serve;
use fundrail_platform::{Answer, Asked, Context, Order, Request, Route, cache, cache_keys, routes};
use fundrail_store::catalogue as store;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

static ROUTES: &[Route] = routes![
    api::ListFunds => list_funds;
    api::ReadFund => read_fund;
    api::ListNavs => history::versions;
    api::ReadNavSeries => history::series;
    api::ImportNavs => history::import;
    api::PublishNav => navs::publish;
    api::ListNavProposals => navs::proposals;
    api::ReadNavProposal => navs::proposal;
    api::ApproveNavProposal => navs::approve as body;
    api::RejectNavProposal => navs::reject as body;
    api::ListIssuers => list_issuers;
    api::ReadIssuer => read_issuer;
    issuing::CreateIssuer => desk::create_issuer as body;
    issuing::UpdateIssuer => desk::update_issuer as body;
    issuing::CreateFund => desk::create as body;
    issuing::UpdateFund => desk::update as body;
    issuing::ChangeFundStatus => desk::change_status as body;
    issuing::DeleteFund => desk::delete;
    issuing::RestoreFund => desk::restore;
    issuing::CreateShareClass => classes::create;
    issuing::ReadShareClass => classes::read;
    issuing::UpdateShareClass => classes::update as body;
    issuing::ChangeShareClassStatus => classes::change_status as body;
    issuing::DeleteShareClass => classes::delete;
    issuing::RestoreShareClass => classes::restore;
    issuing::AddToken => classes::add_token as body;
    issuing::RemoveToken => classes::remove_token;
];

/// How long a response may come from the cache. Writes drop it sooner.
const FRESH: Duration = Duration::from_hours(1);

#[spin_sdk::http_service]
async fn handle(request: Request) -> fundrail_platform::Response {
    serve(request, "fund-listing", ROUTES).await
}

/// `GET /v1/funds`
async fn list_funds(cx: &Context) -> Result<Answer<Page<api::FundSummary>>> {
    let question = FundsQuestion::read(cx)?;
    let load = || async {
        let db = cx.db().await?;
        let rows = store::funds(&db, &question.filter, &question.page).await?;
        let funds = rows.into_iter().map(answers::fund_summary).collect();
        raw(&Page::from_rows(funds, question.page.limit, |fund: &FundSummary| fund.id.to_string()))
    };
    if question.filter.own {
        // Nobody else may be shown it, so it stays out of the cache.
        return uncached(cx, &load().await?);
    }
    let key = cache_keys::funds_answer(&question)?;
    let (page, outcome) = cache::read_through(&key, FRESH, load).await?;
    cached(cx, &page, outcome)
}

/// `GET /v1/funds/{id}`. Whoever keeps the fund sees all of it, past the cache; everybody else, what is in the catalogue.
async fn read_fund(cx: &Context) -> Result<Answer<api::Fund>> {
    let id: FundId = cx.param("id")?;
    cx.query()?.finish()?;
    let load = || async {
        let db = cx.db().await?;
        let fund = store::fund(&db, id, false).await?.ok_or(desk::NO_FUND)?;
        let (keeper, classes) = (fund.issuer_tenant_id, store::share_classes(&db, id, false).await?);
        Ok(Listed { keeper, fund: raw(&answers::fund(fund, classes))? })
    };
    match cache::read_through(&cache_keys::fund(id), FRESH, load).await {
        Ok((listed, outcome)) if listed.keeper != cx.principal()?.tenant_id => {
            cached(cx, &listed.fund, outcome)
        }
        Ok(_) | Err(Error::NotFound { .. }) => uncached(cx, &desk::stored(&*cx.db().await?, id).await?),
        Err(error) => Err(error),
    }
}

/// A fund of the catalogue, as it is cached.
#[derive(Serialize, Deserialize)]
struct Listed {
    /// The tenant that keeps it.
    keeper: TenantId,
    fund: Box<RawValue>,
}

/// `GET /v1/issuers`
async fn list_issuers(cx: &Context) -> Result<Answer<Page<api::Issuer>>> {
    let mut query = cx.query()?;
    let asked = query.page(Order::Ascending);
    query.finish()?;
    let key = cache_keys::funds_answer(&("issuers", asked))?;
    let load = || async {
        let db = cx.db().await?;
        let issuers = store::issuers(&db, &asked).await?.into_iter().map(answers::issuer).collect();
        raw(&Page::from_rows(issuers, asked.limit, |issuer: &Issuer| issuer.id.to_string()))
    };
    let (page, outcome) = cache::read_through(&key, FRESH, load).await?;
    cached(cx, &page, outcome)
}

/// `GET /v1/issuers/{id}`
async fn read_issuer(cx: &Context) -> Result<Answer<api::Issuer>> {
    let id: IssuerId = cx.param("id")?;
    cx.query()?.finish()?;
    let key = cache_keys::funds_answer(&("issuer", id))?;
    let load = || async {
        let db = cx.db().await?;
        let issuer = store::issuer(&db, id).await?.ok_or(Error::NotFound { what: "issuer" })?;
        raw(&answers::issuer(issuer))
    };
    let (issuer, outcome) = cache::read_through(&key, FRESH, load).await?;
    cached(cx, &issuer, outcome)
}

/// What the query string of `GET /v1/funds` asks for. Its JSON is part of a cache key.
#[derive(Serialize)]
struct FundsQuestion {
    filter: FundFilter,
    page: Asked<FundId>,
}

impl FundsQuestion {
    fn read(cx: &Context) -> Result<Self> {
        let mut query = cx.query()?;
        let filter = FundFilter {
            strategy: query.optional("strategy"),
            domicile: query.optional("domicile"),
            currency: query.optional("currency"),
            chain: query.optional_as("chain", fund::chain_id),
            issuer: query.optional("issuer_id"),
            status: query.optional("status"),
            own: query.optional_as("own", true_or_false).unwrap_or(false),
            text: query.optional::<SearchText>("q"),
            min_subscription_max: query.optional_as("min_subscription_max", fund::not_negative),
        };
        let page = query.page(Order::Ascending);
        query.finish()?;
        Ok(Self { filter, page })
    }
}

/// Reads `true` or `false`.
fn true_or_false(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// JSON that is cached and sent as it is, so that a cached response is neither parsed nor serialised again.
fn raw(value: &impl Serialize) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(value).map_err(|error| Error::internal(format!("no JSON: {error}")))
}

/// The response to a read that may come from the cache. Callers may keep it, and ask whether it is still current.
fn cached<T>(cx: &Context, body: &RawValue, outcome: cache::Outcome) -> Result<Answer<T>> {
    let answer = Answer::ok(&body)?.is::<T>().with_etag(cx.header("if-none-match"));
    Ok(answer
        .with_header("cache-status", outcome.cache_status())
        .with_header("cache-control", "private, no-cache"))
}

/// The answer to a read that never comes from the cache, since only some may see it.
fn uncached<T>(cx: &Context, body: &impl Serialize) -> Result<Answer<T>> {
    let answer = Answer::ok(&body)?.is::<T>().with_etag(cx.header("if-none-match"));
    Ok(answer.with_header("cache-control", "private, no-cache"))
}
