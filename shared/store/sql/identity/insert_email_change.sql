insert into one_time_token (id, user_id, purpose, token_hash, expires_at, new_email, password_version)
select $1, p.user_id, $3, $4, $5::text::timestamptz, $6, p.version
from user_password p
where p.user_id = $2
