//! The SQL of the catalogue.

use chrono::NaiveDate;
use fundrail_api::{
    common::Amount,
    funds::{Fees, Fund, FundSummary, Issuer, IssuerRef, Nav, ShareClass},
};
use fundrail_domain::{
    Result,
    fund::{FundFilter, FundStatus, Isin, SearchText, Strategy},
    ids::{FundId, IssuerId, ShareClassId},
    money::Currency,
};
use fundrail_platform::{
    Asked,
    cache::Key,
    cache_keys,
    db::{Db, Row},
    ordered, page_parameters, params,
};
use uuid::Uuid;

/// Funds by id, one more than `limit` when there are more.
pub(crate) async fn funds(db: &Db, filter: &FundFilter, page: &Asked) -> Result<Vec<FundSummary>> {
    let sql = ordered!(
        page.order,
        "select f.id, f.name, i.id as issuer_id, i.name as issuer_name, f.strategy, f.domicile, \
            f.legal_form, f.status, f.base_currency, f.launched_on::text as launched_on, \
            rfc3339(f.updated_at) as updated_at, classes.listed::text as share_classes \
        from fund f \
        join issuer i on i.id = f.issuer_id \
        cross join lateral ( \
            select coalesce(jsonb_agg(jsonb_build_object( \
                'id', c.id, 'name', c.name, 'currency', c.currency, 'status', c.status, \
                'min_first_subscription', \
                    jsonb_build_object('value', c.min_first_subscription::text, 'currency', c.currency), \
                'chain_ids', ( \
                    select coalesce(jsonb_agg(t.chain_id order by t.chain_id), '[]') \
                    from share_class_token t where t.share_class_id = c.id) \
            ) order by c.id), '[]') as listed \
            from share_class c where c.fund_id = f.id \
        ) classes \
        where ($1::text is null or f.strategy = $1) \
          and ($2::text is null or f.domicile = $2) \
          and ($3::text is null or f.status = $3) \
          and ($4::uuid is null or f.issuer_id = $4) \
          and (($5::text is null and $6::bigint is null and $7::text is null) or exists ( \
            select from share_class c \
            where c.fund_id = f.id \
              and ($5::text is null or c.currency = $5) \
              and ($6::bigint is null or exists ( \
                select from share_class_token t where t.share_class_id = c.id and t.chain_id = $6)) \
              and ($7::text is null or c.min_first_subscription <= $7::text::numeric))) \
          and ($8::text is null \
            or f.search @@ websearch_to_tsquery('english', $8) \
            or position($8 in lower(f.name)) > 0 \
            or position($8 in lower(i.name)) > 0 \
            or exists (select from share_class c where c.fund_id = f.id and c.isin = $9))",
        by "f.id" after "$10::uuid", "limit $11"
    );
    let text = filter.text.as_ref().map(SearchText::as_str);
    let parameters = params![
        filter.strategy.map(Strategy::word),
        filter.domicile.map(|country| country.code().to_owned()),
        filter.status.map(FundStatus::word),
        filter.issuer,
        filter.currency.map(Currency::code),
        filter.chain,
        filter.min_subscription_max,
        text,
        text.and_then(isin),
        page.after,
        page.limit_and_one()
    ];
    db.query(sql, parameters, |row| {
        Ok(FundSummary {
            id: row.get("id")?,
            name: row.get("name")?,
            issuer: read_issuer_ref(row)?,
            strategy: row.parse("strategy")?,
            domicile: row.parse("domicile")?,
            legal_form: row.get("legal_form")?,
            status: row.parse("status")?,
            base_currency: row.parse("base_currency")?,
            launched_on: row.parse("launched_on")?,
            updated_at: row.get("updated_at")?,
            share_classes: row.json("share_classes")?,
        })
    })
    .await
}

/// A fund with its share classes.
pub(crate) async fn fund(db: &Db, id: FundId) -> Result<Option<Fund>> {
    const SQL: &str = "select f.id, f.name, i.id as issuer_id, i.name as issuer_name, f.strategy, f.domicile, \
            f.legal_form, f.status, f.base_currency, f.description, f.launched_on::text as launched_on, \
            rfc3339(f.updated_at) as updated_at \
        from fund f \
        join issuer i on i.id = f.issuer_id \
        where f.id = $1";
    let fund = db.optional(SQL, params![id], |row| {
        Ok(Fund {
            id: row.get("id")?,
            name: row.get("name")?,
            issuer: read_issuer_ref(row)?,
            strategy: row.parse("strategy")?,
            domicile: row.parse("domicile")?,
            legal_form: row.get("legal_form")?,
            status: row.parse("status")?,
            base_currency: row.parse("base_currency")?,
            description: row.get("description")?,
            launched_on: row.parse("launched_on")?,
            updated_at: row.get("updated_at")?,
            share_classes: Vec::new(),
        })
    });
    let Some(fund) = fund.await? else { return Ok(None) };
    Ok(Some(Fund { share_classes: share_classes(db, id).await?, ..fund }))
}

/// The share classes of a fund with tokens and newest net asset value.
async fn share_classes(db: &Db, fund: FundId) -> Result<Vec<ShareClass>> {
    const SQL: &str = "select c.id, c.name, a.symbol, c.currency, c.isin, c.status, \
            c.min_first_subscription::text as min_first_subscription, \
            c.min_further_subscription::text as min_further_subscription, \
            c.management_fee_bps, c.performance_fee_bps, c.subscription_fee_bps, c.redemption_fee_bps, \
            c.distribution_policy, array_to_json(c.rule_sets)::text as rule_sets, \
            c.launched_on::text as launched_on, tokens.listed::text as tokens, \
            c.dealing_frequency, c.nav_move_limit_bps, \
            n.version_id as nav_id, n.nav_date::text as nav_date, n.per_share::text as nav_per_share, \
            rfc3339(n.published_at) as nav_published_at, n.source as nav_source \
        from share_class c \
        left join asset a on a.share_class_id = c.id \
        cross join lateral ( \
            select coalesce(jsonb_agg(jsonb_build_object( \
                'chain_id', t.chain_id, 'address', t.address, 'decimals', t.decimals) order by t.chain_id), '[]') as listed \
            from share_class_token t where t.share_class_id = c.id \
        ) tokens \
        left join lateral ( \
            select n.version_id, n.nav_date, n.per_share, n.published_at, n.source \
            from nav n where n.share_class_id = c.id order by n.nav_date desc limit 1 \
        ) n on true \
        where c.fund_id = $1 \
        order by c.id";
    db.query(SQL, params![fund], read_share_class).await
}

fn read_share_class(row: &Row) -> Result<ShareClass> {
    let currency: Currency = row.parse("currency")?;
    Ok(ShareClass {
        id: row.get("id")?,
        name: row.get("name")?,
        symbol: row.get("symbol")?,
        currency,
        isin: row.get("isin")?,
        status: row.parse("status")?,
        min_first_subscription: amount(row.get("min_first_subscription")?, currency),
        min_further_subscription: amount(row.get("min_further_subscription")?, currency),
        fees: Fees {
            management_bps: row.get("management_fee_bps")?,
            performance_bps: row.get("performance_fee_bps")?,
            subscription_bps: row.get("subscription_fee_bps")?,
            redemption_bps: row.get("redemption_fee_bps")?,
        },
        distribution_policy: row.parse("distribution_policy")?,
        rule_sets: row.json("rule_sets")?,
        launched_on: row.parse("launched_on")?,
        dealing_frequency: row.parse("dealing_frequency")?,
        nav_move_limit_bps: row.get("nav_move_limit_bps")?,
        tokens: row.json("tokens")?,
        latest_nav: read_latest_nav(row, currency)?,
    })
}

fn read_latest_nav(row: &Row, currency: Currency) -> Result<Option<Nav>> {
    let Some(nav_date) = row.parse_optional("nav_date")? else { return Ok(None) };
    Ok(Some(Nav {
        id: row.get("nav_id")?,
        nav_date,
        per_share: amount(row.get("nav_per_share")?, currency),
        published_at: row.get("nav_published_at")?,
        source: row.get("nav_source")?,
    }))
}

/// Issuers by id, one more than `limit` when there are more.
pub(crate) async fn issuers(db: &Db, page: &Asked) -> Result<Vec<Issuer>> {
    let sql = ordered!(
        page.order,
        "select i.id, i.name, i.country, i.lei, i.website, i.description, \
            (select count(*) from fund f where f.issuer_id = i.id) as fund_count, rfc3339(i.updated_at) as updated_at \
        from issuer i where true",
        by "i.id" after "$1::uuid", "limit $2"
    );
    db.query(sql, page_parameters(page), read_issuer).await
}

/// An issuer.
pub(crate) async fn issuer(db: &Db, id: IssuerId) -> Result<Option<Issuer>> {
    const SQL: &str = "select i.id, i.name, i.country, i.lei, i.website, i.description, \
            (select count(*) from fund f where f.issuer_id = i.id) as fund_count, rfc3339(i.updated_at) as updated_at \
        from issuer i \
        where i.id = $1";
    db.optional(SQL, params![id], read_issuer).await
}

fn read_issuer(row: &Row) -> Result<Issuer> {
    Ok(Issuer {
        id: row.get("id")?,
        name: row.get("name")?,
        country: row.parse("country")?,
        lei: row.get("lei")?,
        website: row.get("website")?,
        description: row.get("description")?,
        fund_count: row.get("fund_count")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_issuer_ref(row: &Row) -> Result<IssuerRef> {
    Ok(IssuerRef { id: row.get("issuer_id")?, name: row.get("issuer_name")? })
}

/// A share class that the caller's tenant issues.
pub(crate) struct OwnShareClass {
    pub(crate) currency: Currency,
    pub(crate) launched_on: NaiveDate,
    /// How far a value may move without a second person, in hundredths of a per cent.
    pub(crate) nav_move_limit_bps: i32,
    /// Id and symbol of the asset that it is, if prices know it.
    pub(crate) asset: Option<(Uuid, String)>,
}

impl OwnShareClass {
    /// What is cached of its net asset values.
    pub(crate) fn cached(&self, fund: FundId) -> Vec<Key> {
        let asset = self.asset.as_ref().map(|(id, symbol)| (*id, symbol.as_str()));
        cache_keys::dropped_by_nav(fund, asset)
    }
}

/// A share class, when the caller's tenant issues it.
pub(crate) async fn own_share_class(
    db: &Db,
    fund: FundId,
    class: ShareClassId,
) -> Result<Option<OwnShareClass>> {
    const SQL: &str = "select c.currency, c.launched_on::text as launched_on, c.nav_move_limit_bps, a.id as asset_id, a.symbol \
        from share_class c \
        left join asset a on a.share_class_id = c.id \
        where c.id = $1 and c.fund_id = $2 and app_issues_fund(c.fund_id)";
    db.optional(SQL, params![class, fund], |row| {
        let (id, symbol) = (row.get::<Option<Uuid>>("asset_id")?, row.get::<Option<String>>("symbol")?);
        Ok(OwnShareClass {
            currency: row.parse("currency")?,
            launched_on: row.parse("launched_on")?,
            nav_move_limit_bps: row.get("nav_move_limit_bps")?,
            asset: id.zip(symbol),
        })
    })
    .await
}

pub(crate) fn amount(value: String, currency: Currency) -> Amount {
    Amount { value, currency: currency.code().to_owned() }
}

/// The text as an ISIN, when it is one.
fn isin(text: &str) -> Option<String> {
    use fundrail_domain::input::FromText;
    Isin::from_text(&text.to_uppercase()).ok().map(|isin| isin.as_str().to_owned())
}

pub(crate) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
