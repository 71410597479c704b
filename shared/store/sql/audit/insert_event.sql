insert into audit_event (
    tenant_id, id, actor_kind, actor_id, action, subject_kind, subject_id, detail, request_id, client_address
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
