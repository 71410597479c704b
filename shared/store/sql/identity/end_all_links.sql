update one_time_token
set used_at = now()
where user_id = $1
  and used_at is null
