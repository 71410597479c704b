select exists (
    select from tenant
    where id = app_tenant_id()
      and kind = 'issuer'
) as is_issuer
