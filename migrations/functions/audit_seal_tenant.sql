-- Seals up to `wanted` events of a tenant; returns how many. Fails if further sealing would hide what was done to the chain.
--
-- Called by audit_seal_pending, as its owner.
create or replace function audit_seal_tenant(of_tenant uuid, wanted integer) returns integer
    language plpgsql volatile set search_path = public, pg_temp
as $$
declare
    waiting record;
    event   audit_event;
    head    audit_head;
    hash    text;
    sealed  integer := 0;
begin
    select * into head from audit_head h where h.tenant_id = of_tenant;
    if not found then
        raise exception 'the head of the chain is gone';
    end if;
    if exists (select from audit_seal s where s.tenant_id = of_tenant and s.position > head.position) then
        raise exception 'the head of the chain is at %, and there are seals behind it', head.position;
    end if;
    for waiting in
        select p.event_id, exists (select from audit_seal s where s.tenant_id = of_tenant and s.event_id = p.event_id) as done
        from audit_pending p where p.tenant_id = of_tenant order by p.number limit wanted
    loop
        -- Queued a second time: it already has its seal.
        if not waiting.done then
            select * into event from audit_event e where e.tenant_id = of_tenant and e.id = waiting.event_id;
            -- A hyphen for an event that is already gone, as for a missing field: no event has that hash.
            hash := case when found then audit_event_hash(event) else '-' end;
            head.position := head.position + 1;
            head.chain_hash := encode(sha256(convert_to(
                head.chain_hash || ':' || head.position || ':' || hash, 'UTF8')), 'hex');
            insert into audit_seal (tenant_id, position, event_id, event_hash, chain_hash)
                values (of_tenant, head.position, waiting.event_id, hash, head.chain_hash);
            sealed := sealed + 1;
        end if;
        delete from audit_pending p where p.tenant_id = of_tenant and p.event_id = waiting.event_id;
    end loop;
    update audit_head h set position = head.position, chain_hash = head.chain_hash where h.tenant_id = of_tenant;
    return sealed;
end
$$;

alter function audit_seal_tenant(uuid, integer) owner to fundrail_system;
revoke all on function audit_seal_tenant(uuid, integer) from public;
