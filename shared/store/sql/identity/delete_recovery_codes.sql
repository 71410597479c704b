delete from user_recovery_code
where user_id = $1
