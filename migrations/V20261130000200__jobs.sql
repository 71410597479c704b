-- Facts that must not be lost are handed to a worker as rows, written in the transaction of the fact; a Redis message only
-- wakes the worker. Delivery is at least once, so every handler is idempotent.

-- Work that a committed fact has caused.
create table job (
    id           uuid primary key,
    tenant_id    uuid references tenant (id),
    kind         text not null,
    -- Jobs of one kind with the same key that are still queued are one job: a hundred writes to a fund drop its cache once.
    dedupe_key   text,
    payload      jsonb not null default '{}',
    state        text not null default 'queued',
    attempts     integer not null default 0,
    max_attempts integer not null default 20,
    run_at       timestamptz not null default now(),
    leased_until timestamptz,
    leased_by    text,
    last_error   text,
    created_at   timestamptz not null default now(),
    finished_at  timestamptz,
    -- When a dead letter has been written into the log.
    reported_at  timestamptz,
    constraint job_state_known check (state in ('queued', 'leased', 'done', 'dead')),
    constraint job_lease_complete check ((state = 'leased') = (leased_until is not null and leased_by is not null)),
    constraint job_attempts_bounded check (attempts >= 0 and max_attempts between 1 and 100)
);
create unique index job_queued_once on job (kind, dedupe_key) where state = 'queued' and dedupe_key is not null;
create index job_due on job (kind, run_at) where state = 'queued';
create index job_leased on job (leased_until) where state = 'leased';
create index job_dead on job (finished_at) where state = 'dead' and reported_at is null;
create index job_tenant on job (tenant_id, created_at);

alter table job enable row level security;
alter table job force row level security;
-- A job of no tenant (a price tick, a chain event) may be queued by anyone and read by no tenant.
create policy job_of_tenant on job
    using (tenant_id = (select app_tenant_id()))
    with check (tenant_id is null or tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on job to fundrail_system;

-- When a periodic task may next be begun, so that of many workers one does it, and none has to remember.
create table periodic_task (
    name   text primary key,
    due_at timestamptz not null
);
grant select, insert, update on periodic_task to fundrail_system;
