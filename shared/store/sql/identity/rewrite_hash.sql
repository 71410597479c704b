update user_password
set hash = $2
where user_id = $1
  and hash = $3
  and version = $4
