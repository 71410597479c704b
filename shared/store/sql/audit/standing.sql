select h.position, h.chain_hash,
    coalesce((select max(s.position) from audit_seal s where s.tenant_id = app_tenant_id()), 0) as last,
    (select count(*) from audit_pending p where p.tenant_id = app_tenant_id()) as waiting,
    exists (
        select from audit_event e
        where e.tenant_id = app_tenant_id()
          and e.action = 'tenant.registered'
          and e.subject_kind = 'tenant'
          and e.subject_id = app_tenant_id()::text
    ) as registered
from (select) as one
left join audit_head h on h.tenant_id = app_tenant_id()
