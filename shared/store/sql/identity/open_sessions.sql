select id
from session
where user_id = $1
  and revoked_at is null
  and expires_at > now()
