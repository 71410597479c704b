insert into user_device (user_id, token_hash)
values ($1, $2)
