select id, email, roles, invited_by, rfc3339(created_at) as created_at, rfc3339(expires_at) as expires_at,
       rfc3339(accepted_at) as accepted_at, rfc3339(revoked_at) as revoked_at
from invitation
where id = $1
