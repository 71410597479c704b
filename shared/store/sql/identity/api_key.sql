select id, name, prefix, scopes, rate_per_minute, created_by, rfc3339(created_at) as created_at,
       rfc3339(expires_at) as expires_at, rfc3339(last_used_at) as last_used_at, rfc3339(revoked_at) as revoked_at, replaced_by
from api_key
where id = $1
