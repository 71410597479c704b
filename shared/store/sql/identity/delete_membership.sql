delete from membership
where user_id = $1
