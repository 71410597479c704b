select
    c.id,
    c.name,
    a.symbol,
    c.currency,
    c.isin,
    c.status,
    c.min_first_subscription::text as min_first_subscription,
    c.min_further_subscription::text as min_further_subscription,
    c.management_fee_bps,
    c.performance_fee_bps,
    c.subscription_fee_bps,
    c.redemption_fee_bps,
    c.distribution_policy,
    c.rule_sets,
    c.launched_on::text as launched_on,
    c.dealing_frequency,
    c.nav_move_limit_bps,
    tokens.listed::text as tokens,
    n.version_id as nav_id,
    n.nav_date::text as nav_date,
    n.per_share::text as nav_per_share,
    rfc3339(n.published_at) as nav_published_at,
    n.source as nav_source
from share_class c
left join asset a on a.share_class_id = c.id
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object(
        'chain_id', t.chain_id,
        'address', t.address,
        'decimals', t.decimals
    ) order by t.chain_id), '[]') as listed
    from share_class_token t
    where t.share_class_id = c.id
) tokens
left join lateral (
    select n.version_id, n.nav_date, n.per_share, n.published_at, n.source
    from nav n
    where n.share_class_id = c.id
    order by n.nav_date desc
    limit 1
) n on true
where c.fund_id = $1
order by c.id
