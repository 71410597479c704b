select exists (select from membership where tenant_id = app_tenant_id() and user_id = $1) as is_member
