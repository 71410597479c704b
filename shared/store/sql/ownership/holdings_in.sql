select
    trim_scale(percent)::text as percent,
    since::text as since,
    until::text as until
from ownership_stake_standing
where owned_id = $1
