select e.tenant_id::text as tenant_id, e.id::text as id, rfc3339(e.occurred_at) as occurred_at, e.actor_kind,
    e.actor_id::text as actor_id, e.action, e.subject_kind, e.subject_id, e.detail, e.request_id, e.client_address
from audit_event e
where e.tenant_id = app_tenant_id()
  and not exists (select from audit_seal s where s.tenant_id = e.tenant_id and s.event_id = e.id)
  and not exists (select from audit_pending p where p.tenant_id = e.tenant_id and p.event_id = e.id)
order by e.occurred_at, e.id
limit $1
