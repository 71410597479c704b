update invitation i
set revoked_at = now()
from app_user u
where u.id = $1
  and i.email = u.email
  and i.accepted_at is null
  and i.revoked_at is null
  and not i.roles <@ $2::text[]
