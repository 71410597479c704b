select
    s.id,
    s.owner_investor_id,
    s.owner_party_id,
    s.owned_investor_id,
    s.owned_party_id,
    trim_scale(s.percent)::text as percent,
    s.since::text as since,
    s.until::text as until,
    s.reference,
    e.stake_id is not null as ended,
    e.until::text as ended_on,
    e.reason as end_reason,
    rfc3339(s.recorded_at) as recorded_at
from ownership_stake s
left join ownership_stake_end e on e.tenant_id = s.tenant_id and e.stake_id = s.id
where s.id = $1
