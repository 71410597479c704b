select p.event_id::text as event_id
from audit_pending p
where p.tenant_id = app_tenant_id()
  and not exists (select from audit_event e where e.tenant_id = p.tenant_id and e.id = p.event_id)
order by p.number
limit $1
