select e.id, rfc3339(e.occurred_at) as occurred_at, e.actor_kind, e.actor_id, e.action, e.subject_kind, e.subject_id,
    e.detail, e.request_id, e.client_address, s.position
from audit_seal s
join audit_event e on e.tenant_id = s.tenant_id and e.id = s.event_id
where s.tenant_id = app_tenant_id()
  and s.position > $1
  and e.tenant_id = app_tenant_id()
  and ($3::text is null or e.action = $3)
  and ($4::text is null or e.subject_kind = $4)
  and ($5::text is null or e.subject_id = $5)
  and ($6::uuid is null or e.actor_id = $6)
  and ($7::text is null or e.occurred_at >= $7::text::timestamptz)
  and ($8::text is null or e.occurred_at < $8::text::timestamptz)
order by s.position
limit $2
