select
    id,
    chain_id,
    address,
    rfc3339(proven_at) as proven_at,
    proof_lapsed_at is not null as lapsed
from investor_wallet
where investor_id = $1
  and id = $2
  and removed_at is null
