insert into app_user (id, email, email_verified_at)
values ($1, $2, case when $3 then now() end)
