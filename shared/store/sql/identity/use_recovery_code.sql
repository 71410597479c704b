update user_recovery_code
set used_at = now()
where user_id = $1
  and code_hash = $2
  and used_at is null
