select id, tenant_id, kind, payload, attempts
from job_claim($1, $2, $3, $4)
