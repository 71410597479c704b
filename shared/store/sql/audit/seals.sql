select s.position, s.event_id::text as event_id, s.event_hash, s.chain_hash,
    e.tenant_id::text as tenant_id, e.id::text as id, rfc3339(e.occurred_at) as occurred_at, e.actor_kind,
    e.actor_id::text as actor_id, e.action, e.subject_kind, e.subject_id, e.detail, e.request_id, e.client_address
from audit_seal s
left join audit_event e on e.tenant_id = s.tenant_id and e.id = s.event_id
where s.tenant_id = app_tenant_id()
  and s.position > $1
order by s.position
limit $2
