update kyc_request
set withdrawn_at = clock_timestamp()
where investor_id = $1
  and id = $2
  and answered_at is null
  and withdrawn_at is null
