select id
from escrow
where present
  and (id = $1 or address = $2)
  and ($3::bigint is null or chain_id = $3)
limit 2
