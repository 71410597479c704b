select
    id, account, address, token, debit::text as debit, credit::text as credit, block_hash, log_index, reverses,
    rfc3339(recorded_at) as recorded_at
from escrow_ledger_entry
where escrow_id = $1
  and id > $2
order by id
limit $3
