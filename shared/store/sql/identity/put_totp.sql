insert into user_totp (user_id, secret_sealed, secret_key_id)
values ($1, $2, $3)
on conflict (user_id) do update
set secret_sealed = excluded.secret_sealed, secret_key_id = excluded.secret_key_id, created_at = now()
where user_totp.confirmed_at is null
