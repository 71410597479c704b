select request_hash, status, headers, body
from idempotency_record
where tenant_id is not distinct from $1
  and principal_id = $2
  and route = $3
  and key = $4
  and created_at > now() - interval '24 hours'
