insert into idempotency_record (
    tenant_id, principal_id, route, key, request_hash, state, status, headers, body, locked_until
)
values ($1, $2, $3, $4, $5, 'finished', $6, $7, $8, now())
