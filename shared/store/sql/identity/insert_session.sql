insert into session (
    tenant_id, id, user_id, device, client_address, created_at, last_used_at, expires_at, mfa_at, password_version,
    parent_id, family_id, authenticated_at
)
values (
    $1, $2, $3, $4, $5, $6::text::timestamptz, $6::text::timestamptz, $7::text::timestamptz, $8::text::timestamptz, $9,
    $10, $11, $12::text::timestamptz
)
