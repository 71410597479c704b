insert into user_password (user_id, hash)
values ($1, $2)
returning version
