-- A trail begins with the registration of its tenant. Seeded tenants have not registered, so that is said for them.

insert into audit_event (tenant_id, id, occurred_at, actor_kind, action, subject_kind, subject_id, detail)
select t.id, overlay(t.id::text placing '0198c00f' from 1 for 8)::uuid, t.created_at, 'system', 'tenant.registered', 'tenant', t.id::text,
    '{"kind":"' || t.kind || '"}'
from tenant t
where t.id::text like '0198c000-0000-7000-8000-%'
on conflict (tenant_id, id) do nothing;
