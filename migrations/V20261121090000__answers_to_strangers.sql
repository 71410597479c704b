-- Who registers has no tenant yet, and may repeat the request all the same: such an answer belongs to nobody's tenant, and
-- its principal is the address that asked. Its body and what tells requests apart are encrypted by the component.
alter table idempotency_record
    drop constraint idempotency_record_pkey,
    alter column tenant_id drop not null,
    add constraint idempotency_record_once unique nulls not distinct (principal_id, route, key, tenant_id);

-- Seen by the tenant that it belongs to; one that belongs to none, by a connection that acts for none.
drop policy idempotency_record_of_tenant on idempotency_record;
create policy idempotency_record_of_tenant on idempotency_record
    using (tenant_id is not distinct from (select app_tenant_id()))
    with check (tenant_id is not distinct from (select app_tenant_id()));
