-- The audit trail: what happened, and a hash chain of each tenant by which tampering shows.
--
-- Every event is sealed into the chain within seconds of its commit. Sealing is a job of its own, so that no write waits for
-- another: transactions that write audit rows run side by side, and only the sealer, of which there is one at a time, puts
-- them in an order. That order is the one of the chain; it need not be the one of `occurred_at`, since a long transaction
-- commits late. A seal has two hashes: of the event, and of the chain up to it. So a verifier can say whether an event was
-- changed, or the order was, or something is missing.
--
-- What somebody does to the trail of one tenant stays visible there, and stops no other tenant's sealing: the sealer goes
-- tenant by tenant, tells which ones it cannot seal and why, and seals a missing event as missing.
--
-- Where a chain ends is said by its head alone, never worked out from its seals: whoever cuts seals off the end leaves a whole
-- but shorter chain, and a sealer that took its end for the head would make that the truth. So each tenant has a head from its
-- first moment on (a trigger of tenant), and a head that is gone or behind its seals stops the sealing of that tenant until
-- somebody has looked.

-- What happened, append-only: nobody but the owner may update or delete, and nobody is granted it.
create table audit_event (
    tenant_id    uuid not null references tenant (id),
    id           uuid not null,
    -- Microseconds are what Postgres keeps, so what is hashed later reads back the same.
    occurred_at  timestamptz not null default clock_timestamp(),
    actor_kind   text not null,
    actor_id     uuid,
    action       text not null,
    subject_kind text not null,
    subject_id   text not null,
    -- Canonical JSON as text: hashes are taken over these very bytes.
    detail       text not null default '{}',
    request_id   text,
    client_address text,
    primary key (tenant_id, id),
    constraint audit_event_actor_known check (actor_kind in ('user', 'api_key', 'system')),
    constraint audit_event_detail_length check (octet_length(detail) <= 65536)
);
create index audit_event_by_time on audit_event (tenant_id, occurred_at desc, id desc);
create index audit_event_by_subject on audit_event (tenant_id, subject_kind, subject_id);

create trigger audit_event_queue after insert on audit_event for each row execute function audit_event_queue();

alter table audit_event enable row level security;
alter table audit_event force row level security;
create policy audit_event_of_tenant on audit_event
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on audit_event to fundrail_system;

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
grant select, insert, delete on audit_pending to fundrail_system;

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
grant select, insert, update on audit_head to fundrail_system;
