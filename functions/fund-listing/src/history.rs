//! The history of net asset values: every version, series for charts, and imports.

use std::collections::BTreeMap;

use fundrail_api::{
    common::Page,
    funds::{NavImport, NavImportLine, NavPoint, NavSeries, NavVersion},
};
use fundrail_domain::{
    Error, Result,
    fund::{ImportLine, ImportPlan, SeriesInterval, plan_import, read_import},
    ids::{FundId, NavId, ShareClassId},
    input::whole_number,
};
use fundrail_platform::{Answer, Asked, Context, Order, db::Db, random};
use fundrail_store::{
    catalogue::{OwnShareClass, currency_of_class},
    nav as store,
};
use http::StatusCode;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    answers,
    navs::{author, cached, held},
};

const NO_CLASS: Error = Error::NotFound { what: "share class" };

/// `GET /v1/funds/{id}/share-classes/{class_id}/navs`
pub(crate) async fn versions(cx: &Context) -> Result<Answer<Page<NavVersion>>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let mut query = cx.query()?;
    let as_csv = wants_csv(cx);
    let limit = query.limit();
    query.upwards();
    let day = query.optional("nav_date");
    let after = query.optional_as("starting_after", parse_position);
    query.finish()?;
    let db = cx.db().await?;
    let currency = currency_of_class(&db, class, fund).await?.ok_or(NO_CLASS)?;
    let asked = Asked { order: Order::Ascending, limit: if as_csv { usize::MAX } else { limit }, after };
    let rows = store::versions(&db, &asked, class, day).await?;
    let versions: Vec<NavVersion> =
        rows.into_iter().map(|version| answers::nav_version(version, currency)).collect();
    if as_csv {
        return csv_file(cx, VERSION_COLUMNS, versions.into_iter().map(version_fields));
    }
    let page = Page::from_rows(versions, limit, |version: &NavVersion| version.position.to_string());
    Ok(Answer::ok(&page)?.with_etag(cx.header("if-none-match")).with_header("vary", "accept"))
}

/// `GET /v1/funds/{id}/share-classes/{class_id}/nav-series`
pub(crate) async fn series(cx: &Context) -> Result<Answer<NavSeries>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    let mut query = cx.query()?;
    let interval = query.optional::<SeriesInterval>("interval").unwrap_or(SeriesInterval::Day);
    let (from, to) = (query.optional("from"), query.optional("to"));
    query.finish()?;
    let db = cx.db().await?;
    let currency = currency_of_class(&db, class, fund).await?.ok_or(NO_CLASS)?;
    let points = store::series(&db, class, interval.field(), from, to).await?;
    if wants_csv(cx) {
        let lines = points.into_iter().map(|point| [point.nav_date.to_string(), point.per_share.to_string()]);
        return csv_file(cx, ["nav_date", "nav_per_share"], lines);
    }
    let points = points
        .into_iter()
        .map(|point| NavPoint { nav_date: point.nav_date, per_share: point.per_share.to_string() })
        .collect();
    let answer = Answer::ok(&NavSeries { currency, interval, points })?;
    Ok(answer.with_etag(cx.header("if-none-match")).with_header("vary", "accept"))
}

/// `POST /v1/funds/{id}/share-classes/{class_id}/nav-imports`
pub(crate) async fn import(cx: &Context) -> Result<Answer<NavImport>> {
    let (fund, class): (FundId, ShareClassId) = (cx.param("id")?, cx.param("class_id")?);
    cx.query()?.finish()?;
    let db = cx.db().await?;
    let imported = db
        .transaction(async |db| {
            let own = held(db, fund, class).await?;
            let author = author(cx, db).await?;
            let lines = read_import(cx.raw_body(), own.launched_on, cx.now())?;
            let every_value = store::series(db, class, SeriesInterval::Day.field(), None, None).await?;
            let published: BTreeMap<_, _> =
                every_value.into_iter().map(|point| (point.nav_date, point.per_share)).collect();
            let plan = plan_import(&lines, &published, own.nav_move_limit_bps)?;
            let versions: Vec<(NavId, ImportLine)> =
                plan.publish.iter().map(|line| (random::new_id(), *line)).collect();
            if !versions.is_empty() {
                store::insert_versions(db, class, &versions, author, cx.now()).await?;
                record(cx, db, (fund, class, &own), &versions).await?;
            }
            Ok(report(&plan, &versions))
        })
        .await?;
    Answer::created(&format!("/v1/funds/{fund}/share-classes/{class}/nav-series"), &imported)
}

/// What follows an import: the trail, which names the file by its hash, and the cache.
async fn record(
    cx: &Context,
    db: &Db,
    (fund, class, own): (FundId, ShareClassId, &OwnShareClass),
    versions: &[(NavId, ImportLine)],
) -> Result<()> {
    let days = || versions.iter().map(|(_, line)| line.nav_date);
    let detail = json!({ "fund_id": fund, "published": versions.len(), "first": days().min(), "last": days().max(),
        "file_sha256": hex::encode(Sha256::digest(cx.raw_body())) });
    cx.audit(db, "nav.imported", ("share_class", class.to_string()), detail).await?;
    db.drop_cached(&cached(own, fund)).await
}

fn report(plan: &ImportPlan, versions: &[(NavId, ImportLine)]) -> NavImport {
    let line = |line: &ImportLine, nav_id| NavImportLine {
        line: line.line,
        nav_date: line.nav_date,
        per_share: line.per_share.to_string(),
        nav_id,
    };
    let mut lines: Vec<NavImportLine> = versions.iter().map(|(id, it)| line(it, Some(*id))).collect();
    lines.extend(plan.unchanged.iter().map(|it| line(it, None)));
    lines.sort_by_key(|line| line.nav_date);
    NavImport { published: plan.publish.len(), unchanged: plan.unchanged.len(), lines }
}

/// Whether the caller asks for CSV by name.
fn wants_csv(cx: &Context) -> bool {
    let accepted = cx.header("accept").unwrap_or_default();
    let mut ranges = accepted.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    ranges.any(|range| range.eq_ignore_ascii_case("text/csv"))
}

/// A CSV file (RFC 4180).
fn csv_file<T, const N: usize>(
    cx: &Context,
    columns: [&str; N],
    lines: impl Iterator<Item = [String; N]>,
) -> Result<Answer<T>> {
    let failed = |error: csv::Error| Error::internal(format!("no CSV: {error}"));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns).map_err(failed)?;
    for line in lines {
        writer.write_record(line).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(|error| Error::internal(format!("no CSV: {error}")))?;
    let answer = Answer::bytes(StatusCode::OK, "text/csv; charset=utf-8; header=present", file);
    Ok(answer.with_etag(cx.header("if-none-match")).with_header("vary", "accept"))
}

const VERSION_COLUMNS: [&str; 11] = [
    "position",
    "nav_date",
    "nav_per_share",
    "currency",
    "published_at",
    "source",
    "id",
    "replaces",
    "reason",
    "replaced_by",
    "approved",
];

fn version_fields(version: NavVersion) -> [String; 11] {
    let id = |id: Option<NavId>| id.map(|id| id.to_string()).unwrap_or_default();
    [
        version.position.to_string(),
        version.nav_date.to_string(),
        version.per_share.value,
        version.per_share.currency,
        version.published_at,
        version.source,
        version.id.to_string(),
        id(version.replaces),
        inert(version.reason.unwrap_or_default()),
        id(version.replaced_by),
        version.approved.to_string(),
    ]
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Position of a version: that of the last one that was seen, or 0 for all.
fn parse_position(text: &str) -> Result<i64, String> {
    let position = whole_number::<i64>(text);
    position.ok_or_else(|| "must be the position of a version, a whole number from 0".to_owned())
}
