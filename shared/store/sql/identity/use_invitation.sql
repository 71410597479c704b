update invitation
set accepted_at = now()
where id = $1
  and accepted_at is null
  and revoked_at is null
  and expires_at > now()
returning roles, invited_by
