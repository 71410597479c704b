insert into api_key (
    tenant_id, id, name, prefix, secret_hash, scopes, rate_per_minute, created_by, created_at, expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::timestamptz, $10::text::timestamptz)
