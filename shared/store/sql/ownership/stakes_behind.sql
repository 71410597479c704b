select
    s.id,
    s.owner_id,
    s.owned_id,
    trim_scale(s.percent)::text as percent,
    s.since::text as since,
    s.until::text as until
from ownership_stake_standing s
where s.owned_id = any ($1::text[]::uuid[])
  and s.since <= $2::text::date
  and (s.until is null or s.until >= $2::text::date)
order by s.id
