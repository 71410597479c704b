insert into login_challenge (id, user_id, tenant_id, token_hash, expires_at, password_version)
values ($1, $2, $3, $4, $5::text::timestamptz, $6)
