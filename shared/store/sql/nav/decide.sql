update nav_proposal
set state = $2,
    decided_by = $3,
    decision_reason = $4,
    version_id = $5,
    decided_at = $6::text::timestamptz
where id = $1
  and state = 'pending'
