-- What every function stands on: who asks (tenant and user of the connection), how facts that must not be lost are
-- handed to a worker (job), what happened (audit_event), and which answer a repeated request gets (idempotency_record).
--
-- Row-level security is forced on every table that has a tenant_id, so that not even the owner reads past it by
-- mistake. What has to cross tenants is a `security definer` function owned by fundrail_system, which alone bypasses it.

-- The tenant of the connection. A custom setting that was once set reads as '' after a reset, never again as null.
create function app_tenant_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- The user of the connection, for audit defaults.
create function app_user_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

-- Times leave the database as RFC 3339 text in UTC with microseconds: stock Spin cannot hand over a timestamptz.
create function rfc3339(moment timestamptz) returns text
    language sql immutable parallel safe
    as $$ select to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- An institution that invests, or an issuer that offers funds.
create table tenant (
    id         uuid primary key,
    name       text not null,
    kind       text not null,
    created_at timestamptz not null default now(),
    constraint tenant_name_length check (char_length(name) between 1 and 200),
    constraint tenant_kind_known check (kind in ('institution', 'issuer'))
);

alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_itself on tenant
    using (id = (select app_tenant_id())) with check (id = (select app_tenant_id()));
grant select, insert, update on tenant to fundrail_app;
grant select, insert, update on tenant to fundrail_system;

-- Work that a committed fact has caused. Written in the same transaction as the fact; a Redis message only wakes the
-- worker. Delivery is at least once, so every handler is idempotent.
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
    constraint job_state_known check (state in ('queued', 'leased', 'done', 'dead')),
    constraint job_lease_complete check ((state = 'leased') = (leased_until is not null and leased_by is not null)),
    constraint job_attempts_bounded check (attempts >= 0 and max_attempts between 1 and 100)
);
create unique index job_queued_once on job (kind, dedupe_key) where state = 'queued' and dedupe_key is not null;
create index job_due on job (kind, run_at) where state = 'queued';
create index job_leased on job (leased_until) where state = 'leased';
create index job_tenant on job (tenant_id, created_at);

alter table job enable row level security;
alter table job force row level security;
-- A job of no tenant (a price tick, a chain event) may be queued by anyone and read by no tenant.
create policy job_of_tenant on job
    using (tenant_id = (select app_tenant_id()))
    with check (tenant_id is null or tenant_id = (select app_tenant_id()));
grant select, insert on job to fundrail_app;
grant select, insert, update, delete on job to fundrail_system;

-- Hands out up to `wanted` due jobs of the given kinds, leased to `worker`. A job whose lease ran out is due again: its
-- worker died. One that has used up its attempts without ever saying why becomes a dead letter here.
create function job_claim(kinds text[], wanted integer, lease_seconds integer, worker text)
    returns table (id uuid, tenant_id uuid, kind text, payload text, attempts integer, max_attempts integer)
    language sql security definer set search_path = public, pg_temp
as $$
    with expired as (
        update job j
        set state = 'dead', leased_until = null, leased_by = null, finished_at = now(),
            last_error = coalesce(j.last_error, 'the lease ran out at every attempt')
        where j.id in (
            select e.id from job e
            where e.state = 'leased' and e.leased_until < now() and e.attempts >= e.max_attempts
            for update skip locked)
    ),
    due as (
        select d.id from job d
        where d.kind = any (kinds)
          and ((d.state = 'queued' and d.run_at <= now())
            or (d.state = 'leased' and d.leased_until < now() and d.attempts < d.max_attempts))
        order by d.run_at, d.id
        limit least(greatest(wanted, 0), 1000)
        for update skip locked
    )
    update job j
    set state = 'leased', leased_by = worker, attempts = j.attempts + 1,
        leased_until = now() + make_interval(secs => lease_seconds)
    from due
    where j.id = due.id
    returning j.id, j.tenant_id, j.kind, j.payload::text, j.attempts, j.max_attempts
$$;

-- True when the worker still held the lease: what it did then counts once.
create function job_finish(job_id uuid, worker text) returns boolean
    language sql security definer set search_path = public, pg_temp
as $$
    with done as (
        update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(), last_error = null
        where id = job_id and state = 'leased' and leased_by = worker
        returning 1)
    select exists (select from done)
$$;

-- Puts a job back for `retry_seconds`, or among the dead letters when its attempts are used up. A twin that was queued
-- meanwhile under the same key takes its place.
create function job_fail(job_id uuid, worker text, reason text, retry_seconds integer) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    held job%rowtype;
begin
    select * into held from job where id = job_id and state = 'leased' and leased_by = worker for update;
    if not found then
        return false;
    end if;
    if held.attempts >= held.max_attempts then
        update job set state = 'dead', leased_until = null, leased_by = null, finished_at = now(), last_error = left(reason, 2000)
        where id = job_id;
    elsif held.dedupe_key is not null and exists (
        select from job where kind = held.kind and dedupe_key = held.dedupe_key and state = 'queued') then
        update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(),
            last_error = left('superseded after: ' || reason, 2000)
        where id = job_id;
    else
        begin
            update job set state = 'queued', leased_until = null, leased_by = null, last_error = left(reason, 2000),
                run_at = now() + make_interval(secs => retry_seconds)
            where id = job_id;
        exception when unique_violation then
            update job set state = 'done', leased_until = null, leased_by = null, finished_at = now(),
                last_error = left('superseded after: ' || reason, 2000)
            where id = job_id;
        end;
    end if;
    return true;
end
$$;

-- Finished jobs are kept a day to be looked at, dead letters until somebody deals with them.
create function job_prune() returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    with gone as (
        delete from job where id in (
            select id from job where state = 'done' and finished_at < now() - interval '1 day' limit 5000)
        returning 1)
    select count(*) from gone
$$;

-- Counts by kind and state, and the age of the oldest due job in seconds, for operators.
create function job_statistics()
    returns table (kind text, state text, jobs bigint, oldest_seconds bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select kind, state, count(*),
           coalesce(extract(epoch from now() - min(run_at) filter (where state in ('queued', 'leased')))::bigint, 0)
    from job group by kind, state
$$;

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

alter table audit_event enable row level security;
alter table audit_event force row level security;
create policy audit_event_of_tenant on audit_event
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on audit_event to fundrail_app;
grant select, insert on audit_event to fundrail_system;

-- Which answer a creating POST gave, so that the same request again gets the same answer.
create table idempotency_record (
    tenant_id    uuid not null references tenant (id),
    key          text not null,
    -- Two users of a tenant choosing the same key do not get each other's answers.
    principal_id uuid not null,
    route        text not null,
    request_hash text not null,
    state        text not null default 'running',
    status       integer,
    headers      text,
    body         text,
    created_at   timestamptz not null default now(),
    locked_until timestamptz not null,
    primary key (tenant_id, principal_id, route, key),
    constraint idempotency_record_key_length check (char_length(key) between 1 and 255),
    constraint idempotency_record_state_known check (state in ('running', 'finished')),
    constraint idempotency_record_answer_complete check ((state = 'finished') = (status is not null and body is not null))
);
create index idempotency_record_age on idempotency_record (created_at);

alter table idempotency_record enable row level security;
alter table idempotency_record force row level security;
create policy idempotency_record_of_tenant on idempotency_record
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on idempotency_record to fundrail_app;
grant select, delete on idempotency_record to fundrail_system;

-- Keys are promised for 24 hours.
create function idempotency_prune() returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    with gone as (
        delete from idempotency_record where created_at < now() - interval '24 hours' returning 1)
    select count(*) from gone
$$;

-- Owned by fundrail_system, callable by fundrail_app alone.
alter function job_claim(text[], integer, integer, text) owner to fundrail_system;
alter function job_finish(uuid, text) owner to fundrail_system;
alter function job_fail(uuid, text, text, integer) owner to fundrail_system;
alter function job_prune() owner to fundrail_system;
alter function job_statistics() owner to fundrail_system;
alter function idempotency_prune() owner to fundrail_system;
revoke all on function job_claim(text[], integer, integer, text), job_finish(uuid, text),
    job_fail(uuid, text, text, integer), job_prune(), job_statistics(), idempotency_prune() from public;
grant execute on function job_claim(text[], integer, integer, text), job_finish(uuid, text),
    job_fail(uuid, text, text, integer), job_prune(), job_statistics(), idempotency_prune() to fundrail_app;
