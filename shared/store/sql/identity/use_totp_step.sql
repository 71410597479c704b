update user_totp
set last_step = $2
where user_id = $1
  and last_step < $2
