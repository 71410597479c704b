insert into refresh_token (tenant_id, id, session_id, token_hash, seed, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6::text::timestamptz, $7::text::timestamptz)
on conflict (token_hash) do nothing
