select
    e.id, e.chain_id, e.address, e.factory, e.order_id, e.buyer, e.seller, e.arbiter, e.token, e.amount::text as amount,
    e.deadline::text as deadline, e.state, e.funded::text as funded, e.released::text as released,
    e.refunded::text as refunded, e.balance::text as balance, e.dispute_state, e.dispute_by, e.dispute_reason, e.anomalies,
    e.created_block, e.last_block, rfc3339(e.created_at) as created_at, rfc3339(e.changed_at) as changed_at, e.head_block,
    e.confirmations, e.contradicted
from escrow_on_chain e
where (e.id = $1 or e.address = $2)
  and ($3::bigint is null or e.chain_id = $3)
limit 2
