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
    c.decimals,
    jsonb_build_object(
        'calendar', c.calendar,
        'time_zone', c.time_zone,
        'cut_off', to_char(c.cut_off, 'HH24:MI'),
        'valuation_point', to_char(c.valuation_point, 'HH24:MI'),
        'notice', jsonb_build_object(
            'subscription_days', c.notice_subscription_days,
            'redemption_days', c.notice_redemption_days,
            'unit', c.notice_unit
        ),
        'lock_up_months', c.lock_up_months,
        'gate', case when c.gate_capacity_bps is not null then jsonb_build_object(
            'capacity_bps', c.gate_capacity_bps,
            'of', c.gate_of,
            'flow', c.gate_flow,
            'carried_first', c.gate_carried_first
        ) end,
        'settlement_days', jsonb_build_object(
            'subscription', c.settlement_subscription_days,
            'redemption', c.settlement_redemption_days
        ),
        'rounding', jsonb_build_object('shares', c.rounding_shares, 'money', c.rounding_money),
        'swing', case when c.swing_threshold_bps is not null then jsonb_build_object(
            'threshold_bps', c.swing_threshold_bps,
            'factor_bps', c.swing_factor_bps
        ) end
    )::text as dealing,
    c.version,
    rfc3339(c.deleted_at) as deleted_at,
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
        'decimals', t.decimals,
        'standard', t.standard
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
  and (c.listed or $2)
order by c.id
