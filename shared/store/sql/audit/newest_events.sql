select e.id, rfc3339(e.occurred_at) as occurred_at, e.actor_kind, e.actor_id, e.action, e.subject_kind, e.subject_id,
    e.detail, e.request_id, e.client_address, s.position
from audit_event e
left join audit_seal s on s.tenant_id = e.tenant_id and s.event_id = e.id
where e.tenant_id = app_tenant_id()
  and ($3::text is null or e.action = $3)
  and ($4::text is null or e.subject_kind = $4)
  and ($5::text is null or e.subject_id = $5)
  and ($6::uuid is null or e.actor_id = $6)
  and ($7::text is null or e.occurred_at >= $7::text::timestamptz)
  and ($8::text is null or e.occurred_at < $8::text::timestamptz)
