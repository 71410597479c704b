select id, tenant_id, device, client_address, rfc3339(created_at) as created_at, rfc3339(last_used_at) as last_used_at,
       rfc3339(expires_at) as expires_at
from auth_own_sessions()
where id = $1
