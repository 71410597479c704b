with devices as (delete from user_device where user_id = $1),
     recovery_codes as (delete from user_recovery_code where user_id = $1),
     totp as (delete from user_totp where user_id = $1),
     passwords as (delete from user_password where user_id = $1),
     addresses as (delete from user_address where user_id = $1),
     links as (delete from one_time_token where user_id = $1)
update app_user
set email = 'deleted-' || id || '@deleted.invalid', email_verified_at = null, deleted_at = now()
where id = $1
