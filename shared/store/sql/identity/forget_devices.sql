delete from user_device
where user_id = $1
