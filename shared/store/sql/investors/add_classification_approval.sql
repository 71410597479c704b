insert into investor_classification_approval (tenant_id, classification_id, investor_id, approved_by, recorded_by)
values (app_tenant_id(), $2, $1, $3, $4)
