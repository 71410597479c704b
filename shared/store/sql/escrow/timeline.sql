select
    v.name, v.parameters, v.outcome, v.detail, v.block_number, v.block_hash, v.transaction_hash, v.log_index,
    rfc3339(v.received_at) as received_at, e.head_block, e.confirmations, e.contradicted
from escrow_event v
join escrow_on_chain e on e.id = v.escrow_id
where v.escrow_id = $1
  and (v.block_number, v.log_index, v.block_hash) > ($2, $3, $4)
order by v.block_number, v.log_index, v.block_hash
limit $5
