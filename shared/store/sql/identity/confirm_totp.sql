update user_totp
set confirmed_at = now()
where user_id = $1
  and secret_sealed = $2
  and confirmed_at is null
