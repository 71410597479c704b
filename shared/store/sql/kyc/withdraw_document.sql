insert into kyc_document_withdrawal (tenant_id, document_id, reason)
values (app_tenant_id(), $1, $2)
on conflict do nothing
