-- Seals up to `wanted` events, starting with the tenant that has waited longest; returns how many for which tenant, and what is
-- wrong where it could not. One sealer at a time: another one finds the lock taken and leaves.
--
-- Called by `jobs`, every few seconds.
create or replace function audit_seal_pending(wanted integer) returns table (tenant_id uuid, sealed integer, problem text)
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    room integer := wanted;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('audit_seal_pending', 0)) then
        return;
    end if;
    for tenant_id in select p.tenant_id from audit_pending p group by p.tenant_id order by min(p.number)
    loop
        exit when room <= 0;
        problem := null;
        begin
            sealed := audit_seal_tenant(tenant_id, room);
        exception when others then
            sealed := 0;
            problem := sqlerrm;
        end;
        room := room - sealed;
        return next;
    end loop;
end
$$;

alter function audit_seal_pending(integer) owner to fundrail_system;
revoke all on function audit_seal_pending(integer) from public;
