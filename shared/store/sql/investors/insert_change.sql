insert into investor_change (tenant_id, id, investor_id, secret_sealed, secret_key_id)
values (app_tenant_id(), $1, $2, $3, $4)
