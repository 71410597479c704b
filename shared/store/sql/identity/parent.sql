select user_id, password_version, rfc3339(mfa_at) as mfa_at, family_id, rfc3339(expires_at) as expires_at,
    rfc3339(authenticated_at) as authenticated_at
from session
where id = $1
  and revoked_at is null
  and expires_at > now()
