select
    position, escrow_id, name, outcome, detail, block_number, block_hash, log_index, rfc3339(recorded_at) as recorded_at
from escrow_change
where position > $2
  and ($1::uuid is null or escrow_id = $1)
order by position
limit $3
