select investor_id
from investor_wallet
where chain_id = $1::text::bigint
  and address = lower($2)
  and removed_at is null
