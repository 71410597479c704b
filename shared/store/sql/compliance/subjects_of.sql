select
    c.id as share_class_id, asked.investor_id, c.currency, c.status, f.status as fund_status,
    c.min_first_subscription::text as min_first_subscription, c.min_further_subscription::text as min_further_subscription,
    c.rule_sets,
    (
        select p.profile
        from investor_profile p
        where p.id = asked.investor_id
    ) as profile,
    (
        select coalesce(jsonb_agg(t.chain_id order by t.chain_id), '[]')::text
        from share_class_token t
        where t.share_class_id = c.id
    ) as chains,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object('acquired_at', rfc3339(l.acquired_at), 'units', trim_scale(l.units)::text)
                    order by l.acquired_at, l.id),
                '[]')::text
        from holding_lot l
        where l.investor_id = asked.investor_id and l.share_class_id = c.id
    ) as lots,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'share_class', o.id, 'currency', o.currency, 'units', trim_scale(o.units)::text,
                        'per_share', o.per_share::text, 'nav_date', o.nav_date, 'dealing_frequency', o.dealing_frequency)
                    order by o.id),
                '[]')::text
        from (
            select other.id, other.currency, other.dealing_frequency, latest.per_share, latest.nav_date, sum(l.units) as units
            from holding_lot l
            join share_class other on other.id = l.share_class_id
            left join lateral (
                select nav.per_share, nav.nav_date
                from nav
                where nav.share_class_id = other.id
                order by nav.nav_date desc
                limit 1
            ) latest on true
            where l.investor_id = asked.investor_id and other.fund_id = c.fund_id and other.id <> c.id
            group by other.id, other.currency, other.dealing_frequency, latest.per_share, latest.nav_date
        ) o
    ) as elsewhere,
    c.dealing_frequency, n.per_share::text as nav_per_share, n.nav_date::text as nav_date, v.version as rules_version,
    (
        select rfc3339(i.updated_at)
        from investor i
        where i.id = asked.investor_id
    ) as investor_changed_at,
    rfc3339(greatest(c.updated_at, f.updated_at)) as share_class_changed_at,
    (
        select rfc3339(max(l.created_at))
        from holding_lot l
        where l.investor_id = asked.investor_id and l.share_class_id = c.id
    ) as lots_changed_at,
    (
        select rfc3339(max(nav.published_at))
        from nav
        where nav.share_class_id = c.id
    ) as nav_changed_at,
    rfc3339(v.changed_at) as rules_changed_at
from unnest($1::text[]::uuid[], $2::text[]::uuid[]) as asked (share_class_id, investor_id)
join share_class c on c.id = asked.share_class_id and c.listed
join fund f on f.id = c.fund_id
-- It has one row, which a planner that has never analysed it cannot know.
cross join (
    select version, changed_at
    from compliance_rules_version
    limit 1
) v
left join lateral (
    select nav.per_share, nav.nav_date
    from nav
    where nav.share_class_id = c.id
    order by nav.nav_date desc
    limit 1
) n on true
