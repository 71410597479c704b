update app_user
set email = $2, email_verified_at = now()
where id = $1
