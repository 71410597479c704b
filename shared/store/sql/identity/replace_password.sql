update user_password
set hash = $2, version = version + 1, changed_at = now()
where user_id = $1
  and version = $3
returning version
