update user_totp
set failures = least(failures, 1000000) + 1, last_failed_at = now()
where user_id = $1
