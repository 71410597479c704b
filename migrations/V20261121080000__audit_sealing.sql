-- Makes the audit trail tamper-evident: every event is sealed into a hash chain of its tenant, within seconds of its commit.
--
-- Sealing is a job of its own, so that no write waits for another: transactions that write audit rows run side by side, and
-- only the sealer, of which there is one at a time, puts them in an order. That order is the one of the chain; it need not
-- be the one of `occurred_at`, since a long transaction commits late.
--
-- A seal has two hashes: of the event, and of the chain up to it. So a verifier can say whether an event was changed, or
-- the order was, or something is missing.

-- Events that wait for their seal. A queue, so that the sealer need not look through the whole trail.
create table audit_pending (
    tenant_id uuid not null,
    event_id  uuid not null,
    number    bigint generated always as identity,
    primary key (tenant_id, event_id)
);
create index audit_pending_order on audit_pending (tenant_id, number);
alter table audit_pending enable row level security;
alter table audit_pending force row level security;
create policy audit_pending_of_tenant on audit_pending
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on audit_pending to fundrail_app;
grant select, insert, delete on audit_pending to fundrail_system;

create function audit_event_queue() returns trigger language plpgsql set search_path = public, pg_temp
as $$
begin
    insert into audit_pending (tenant_id, event_id) values (new.tenant_id, new.id);
    return null;
end
$$;
create trigger audit_event_queue after insert on audit_event for each row execute function audit_event_queue();

-- What was written before there were seals.
insert into audit_pending (tenant_id, event_id) select tenant_id, id from audit_event order by occurred_at, id;

create table audit_seal (
    tenant_id  uuid not null,
    position   bigint not null,
    event_id   uuid not null,
    event_hash text not null,
    chain_hash text not null,
    sealed_at  timestamptz not null default now(),
    primary key (tenant_id, position),
    constraint audit_seal_position_positive check (position > 0),
    constraint audit_seal_event_once unique (tenant_id, event_id)
);
alter table audit_seal enable row level security;
alter table audit_seal force row level security;
create policy audit_seal_of_tenant on audit_seal
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on audit_seal to fundrail_app;
grant select, insert on audit_seal to fundrail_system;

-- Where each chain ends, so that a chain that was cut off is noticed.
create table audit_head (
    tenant_id  uuid not null primary key references tenant (id),
    position   bigint not null,
    chain_hash text not null
);
alter table audit_head enable row level security;
alter table audit_head force row level security;
create policy audit_head_of_tenant on audit_head
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on audit_head to fundrail_app;
grant select, insert, update on audit_head to fundrail_system;

-- One field of what is hashed: its length in bytes, a colon, itself; a hyphen for null. So no two events look alike.
create function audit_field(field text) returns text
    language sql immutable parallel safe
    as $$ select case when field is null then '-' else octet_length(field) || ':' || field end $$;

-- SHA-256 over all fields of an event.
create function audit_event_hash(e audit_event) returns text
    language sql stable parallel safe set search_path = public, pg_temp
as $$
    select encode(sha256(convert_to(
        audit_field(e.tenant_id::text) || audit_field(e.id::text) || audit_field(rfc3339(e.occurred_at))
        || audit_field(e.actor_kind) || audit_field(e.actor_id::text) || audit_field(e.action)
        || audit_field(e.subject_kind) || audit_field(e.subject_id) || audit_field(e.detail)
        || audit_field(e.request_id) || audit_field(e.client_address), 'UTF8')), 'hex')
$$;

-- Seals up to `wanted` events; answers how many. One sealer at a time: another one finds the lock taken and leaves.
create function audit_seal_pending(wanted integer) returns integer
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    waiting record;
    event   audit_event;
    head    audit_head;
    hash    text;
    sealed  integer := 0;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('audit_seal_pending', 0)) then
        return 0;
    end if;
    for waiting in
        select p.tenant_id, p.event_id from audit_pending p order by p.number limit wanted
    loop
        select * into event from audit_event e where e.tenant_id = waiting.tenant_id and e.id = waiting.event_id;
        if found then
            select * into head from audit_head h where h.tenant_id = waiting.tenant_id;
            if not found then
                head := row(waiting.tenant_id, 0, '');
            end if;
            hash := audit_event_hash(event);
            head.position := head.position + 1;
            head.chain_hash := encode(sha256(convert_to(
                head.chain_hash || ':' || head.position || ':' || hash, 'UTF8')), 'hex');
            insert into audit_seal (tenant_id, position, event_id, event_hash, chain_hash)
                values (waiting.tenant_id, head.position, waiting.event_id, hash, head.chain_hash);
            insert into audit_head (tenant_id, position, chain_hash)
                values (head.tenant_id, head.position, head.chain_hash)
                on conflict (tenant_id) do update set position = excluded.position, chain_hash = excluded.chain_hash;
            sealed := sealed + 1;
        end if;
        delete from audit_pending p where p.tenant_id = waiting.tenant_id and p.event_id = waiting.event_id;
    end loop;
    return sealed;
end
$$;

alter function audit_seal_pending(integer) owner to fundrail_system;
revoke all on function audit_seal_pending(integer) from public;
grant execute on function audit_seal_pending(integer) to fundrail_app;
