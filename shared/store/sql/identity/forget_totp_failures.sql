update user_totp
set failures = 0, last_failed_at = null
where user_id = $1
