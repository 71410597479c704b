update session
set password_version = $2
where id = $1
