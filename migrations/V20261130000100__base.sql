-- What everything stands on: tenants, and which answer a repeated request gets.
--
-- Tables are here and in the files that follow, by what they are about: each as it is, with its constraints, indexes, triggers,
-- and policies. Functions are in functions/, and are there before the tables are made (CONTRIBUTING.md).
--
-- Row-level security is forced on every table that has a tenant_id, so that not even the owner reads past it by
-- mistake. What has to cross tenants is a `security definer` function owned by fundrail_system, which alone bypasses it.
-- What it may do with a table is granted here, one by one; Postgres wants the right to update of whoever locks a row. What the roles
-- of components may do is in roles/.

-- Which functions the database has: the digest of their files, so that these are applied only when they have changed.
create table function_set (
    only_one   boolean primary key default true,
    digest     text not null,
    applied_at timestamptz not null default now(),
    constraint function_set_single check (only_one)
);

-- An institution that invests, or an issuer that offers funds.
create table tenant (
    id           uuid primary key,
    name         text not null,
    kind         text not null,
    created_at   timestamptz not null default now(),
    -- Whether everybody in it has to have a second factor.
    mfa_required boolean not null default false,
    constraint tenant_name_length check (char_length(name) between 1 and 200),
    constraint tenant_kind_known check (kind in ('institution', 'issuer'))
);

-- From its first moment on a tenant has an audit chain, an empty one.
create trigger audit_head_begin after insert on tenant for each row execute function audit_head_begin();

alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_itself on tenant
    using (id = (select app_tenant_id())) with check (id = (select app_tenant_id()));
grant select, insert, update on tenant to fundrail_system;

-- Which answer a creating POST gave, so that the same request again gets the same answer.
create table idempotency_record (
    -- Null for who registers: they have no tenant yet. Their answers are encrypted by the component, as is what tells their
    -- requests apart.
    tenant_id    uuid references tenant (id),
    key          text not null,
    -- Two users of a tenant choosing the same key do not get each other's answers. Of who registers, the address that asks.
    principal_id uuid not null,
    route        text not null,
    request_hash text not null,
    state        text not null default 'running',
    status       integer,
    headers      text,
    body         text,
    created_at   timestamptz not null default now(),
    locked_until timestamptz not null,
    constraint idempotency_record_once unique nulls not distinct (principal_id, route, key, tenant_id),
    constraint idempotency_record_key_length check (char_length(key) between 1 and 255),
    constraint idempotency_record_state_known check (state in ('running', 'finished')),
    constraint idempotency_record_answer_complete check ((state = 'finished') = (status is not null and body is not null))
);
create index idempotency_record_age on idempotency_record (created_at);

alter table idempotency_record enable row level security;
alter table idempotency_record force row level security;
-- Seen by the tenant that it belongs to; one that belongs to none, by a connection that acts for none.
create policy idempotency_record_of_tenant on idempotency_record
    using (tenant_id is not distinct from (select app_tenant_id()))
    with check (tenant_id is not distinct from (select app_tenant_id()));
grant select, delete on idempotency_record to fundrail_system;
