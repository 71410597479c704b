update invitation
set revoked_at = now()
where email = $1
  and accepted_at is null
  and revoked_at is null
  and expires_at <= now()
