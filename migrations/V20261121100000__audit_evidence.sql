-- What somebody does to the trail of one tenant stays visible there, and stops no other tenant's sealing.
--
-- The sealer used to work through one queue for all in one go, so that one damaged head stopped everybody; and it took an
-- event that was gone before its seal out of the queue, and with it the only sign that there had been one. Now it goes tenant
-- by tenant, tells which ones it cannot seal and why, and seals a missing event as missing.
--
-- Where a chain ends is said by its head alone, never worked out from its seals: whoever cuts seals off the end leaves a whole
-- but shorter chain, and a sealer that took its end for the head would make that the truth. So each tenant has a head from its
-- first moment on, and a head that is gone or behind its seals stops the sealing of that tenant until somebody has looked.

-- A tenant begins with an empty chain. As the system, since components write no heads.
create function audit_head_begin() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into audit_head (tenant_id, position, chain_hash) values (new.id, 0, '');
    return null;
end
$$;
create trigger audit_head_begin after insert on tenant for each row execute function audit_head_begin();

-- Row-level security hides all tenants from the owner, who runs the migrations.
set local role fundrail_system;
-- Tenants that nothing has been sealed of. Where there are seals without a head, that is a finding.
insert into audit_head (tenant_id, position, chain_hash)
    select t.id, 0, '' from tenant t
    where not exists (select from audit_head h where h.tenant_id = t.id)
      and not exists (select from audit_seal s where s.tenant_id = t.id);
-- What was written before there were seals: V20261121080000 meant to queue it, but saw nothing of it.
insert into audit_pending (tenant_id, event_id)
    select e.tenant_id, e.id from audit_event e
    where not exists (select from audit_seal s where s.tenant_id = e.tenant_id and s.event_id = e.id)
      and not exists (select from audit_pending p where p.tenant_id = e.tenant_id and p.event_id = e.id)
    order by e.occurred_at, e.id;
set local role fundrail_owner;

-- Seals up to `wanted` events of a tenant; answers how many. Fails where sealing on would hide what was done to the chain.
create function audit_seal_tenant(of_tenant uuid, wanted integer) returns integer
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
        -- Queued a second time: it has its seal.
        if not waiting.done then
            select * into event from audit_event e where e.tenant_id = of_tenant and e.id = waiting.event_id;
            -- A hyphen for an event that is gone already, as for a missing field: no event has that hash.
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

-- Seals up to `wanted` events, the tenant that has waited longest first; answers how many of which tenant, and what is wrong
-- where it could not. One sealer at a time: another one finds the lock taken and leaves.
drop function audit_seal_pending(integer);
create function audit_seal_pending(wanted integer) returns table (tenant_id uuid, sealed integer, problem text)
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

alter function audit_head_begin() owner to fundrail_system;
alter function audit_seal_tenant(uuid, integer) owner to fundrail_system;
alter function audit_seal_pending(integer) owner to fundrail_system;
revoke all on function audit_head_begin() from public;
revoke all on function audit_seal_tenant(uuid, integer) from public;
revoke all on function audit_seal_pending(integer) from public;
grant execute on function audit_seal_pending(integer) to fundrail_app;
