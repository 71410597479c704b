insert into kyc_request (tenant_id, id, investor_id, question, asked_by)
values (app_tenant_id(), $1, $2, $3, $4)
