insert into one_time_token (id, user_id, purpose, token_hash, expires_at, password_version, email, from_known)
select $1, p.user_id, $3, $4, $5::text::timestamptz, p.version, $6, $7
from user_password p
where p.user_id = $2
