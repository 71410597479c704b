insert into notification (tenant_id, user_id, id, kind, recipient, payload, secret_sealed, secret_key_id)
values ($1::uuid, case when $1::uuid is null then app_user_id() end, $2, $3, $4, $5, $6, $7)
