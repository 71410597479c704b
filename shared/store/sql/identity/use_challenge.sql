update login_challenge
set used_at = now()
where id = $1
  and used_at is null
