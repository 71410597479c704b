insert into invitation (tenant_id, id, email, roles, invited_by, token_hash, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7::text::timestamptz, $8::text::timestamptz)
