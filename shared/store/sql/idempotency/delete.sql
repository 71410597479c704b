delete from idempotency_record
where tenant_id is not distinct from $1
  and principal_id = $2
  and route = $3
  and key = $4
