select
    p.id,
    p.kind,
    p.name,
    p.birth_date::text as birth_date,
    p.residence,
    p.identifier,
    s.outcome,
    rfc3339(s.screened_at) as screened_at,
    s.source,
    rfc3339(p.recorded_at) as recorded_at
from ownership_party p
left join lateral (
    select c.outcome, c.screened_at, c.source
    from ownership_party_screening c
    where c.tenant_id = p.tenant_id
      and c.party_id = p.id
    order by c.number desc
    limit 1
) s on true
where true
