select id
from session
where revoked_at is null
  and expires_at > now()
