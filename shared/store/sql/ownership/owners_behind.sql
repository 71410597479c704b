with recursive behind (id) as (
    select $1::uuid
    union
    select s.owner_id
    from behind b
    join ownership_stake_standing s on s.owned_id = b.id
    where s.since <= $2::text::date
      and (s.until is null or s.until >= $2::text::date)
),
found as materialized (
    select id
    from behind
    limit $3
)
select
    f.id,
    coalesce(i.kind, p.kind) as kind,
    coalesce(i.name, p.name) as name,
    coalesce(i.residence, p.residence) as residence,
    i.id is not null as is_investor,
    coalesce(
        case
            when i.id is not null then (
                select c.outcome
                from investor_screening c
                where c.tenant_id = i.tenant_id
                  and c.investor_id = i.id
                  and not exists (
                    select from investor_revocation r
                    where r.tenant_id = c.tenant_id
                      and r.screening_id = c.id
                  )
                order by c.number desc
                limit 1
            )
            else (
                select c.outcome
                from ownership_party_screening c
                where c.tenant_id = p.tenant_id
                  and c.party_id = p.id
                order by c.number desc
                limit 1
            )
        end = 'match',
        false
    ) as sanctioned
from found f
left join investor i on i.id = f.id
left join ownership_party p on p.id = f.id
order by f.id
