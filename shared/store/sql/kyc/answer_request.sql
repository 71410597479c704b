update kyc_request
set answer = $3,
    answered_by = $4,
    answered_at = clock_timestamp()
where investor_id = $1
  and id = $2
  and answered_at is null
  and withdrawn_at is null
