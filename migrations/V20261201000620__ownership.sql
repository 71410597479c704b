-- Who owns organisations: parties that are no investors themselves, and stakes between parties and investors.
--
-- Stakes are append-only, each with its first day. One that has ended has a row that says when and why, so that who owned what on
-- any day can be told later. An owner is an investor or a party, and so is what is owned; one id for both kinds is what graphs
-- are made of.

create table ownership_party (
    tenant_id   uuid not null references tenant (id),
    id          uuid not null,
    kind        text not null,
    name        text not null,
    birth_date  date,
    residence   text,
    identifier  text,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint ownership_party_kind_known check (kind in ('natural', 'legal')),
    constraint ownership_party_name_length check (char_length(name) between 1 and 300),
    constraint ownership_party_person_fields check (kind = 'natural' or birth_date is null),
    constraint ownership_party_residence_form check (residence ~ '^[A-Z]{2}$'),
    constraint ownership_party_identifier_length check (char_length(identifier) between 1 and 100)
);

alter table ownership_party enable row level security;
alter table ownership_party force row level security;
create policy ownership_party_of_tenant on ownership_party
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on ownership_party to fundrail_system;

-- What screening a party against sanctions lists has found. The last one counts.
create table ownership_party_screening (
    tenant_id   uuid not null,
    id          uuid not null,
    party_id    uuid not null,
    number      bigint generated always as identity,
    outcome     text not null,
    screened_at timestamptz not null,
    source      text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint ownership_party_screening_party foreign key (tenant_id, party_id) references ownership_party (tenant_id, id),
    constraint ownership_party_screening_outcome_known check (outcome in ('clear', 'possible_match', 'match')),
    constraint ownership_party_screening_source_length check (char_length(source) between 1 and 200)
);
create index ownership_party_screening_latest on ownership_party_screening (tenant_id, party_id, number);

alter table ownership_party_screening enable row level security;
alter table ownership_party_screening force row level security;
create policy ownership_party_screening_of_tenant on ownership_party_screening
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on ownership_party_screening to fundrail_system;

create table ownership_stake (
    tenant_id         uuid not null,
    id                uuid not null,
    owner_investor_id uuid,
    owner_party_id    uuid,
    owned_investor_id uuid,
    owned_party_id    uuid,
    owner_id          uuid generated always as (coalesce(owner_investor_id, owner_party_id)) stored,
    owned_id          uuid generated always as (coalesce(owned_investor_id, owned_party_id)) stored,
    -- In per cent.
    percent           numeric not null,
    -- The first day, and the last one if it was known from the beginning.
    since             date not null,
    until             date,
    reference         text,
    recorded_at       timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint ownership_stake_one_owner check (num_nonnulls(owner_investor_id, owner_party_id) = 1),
    constraint ownership_stake_one_owned check (num_nonnulls(owned_investor_id, owned_party_id) = 1),
    constraint ownership_stake_of_another check (coalesce(owner_investor_id, owner_party_id) <> coalesce(owned_investor_id, owned_party_id)),
    constraint ownership_stake_owner_investor foreign key (tenant_id, owner_investor_id) references investor (tenant_id, id),
    constraint ownership_stake_owner_party foreign key (tenant_id, owner_party_id) references ownership_party (tenant_id, id),
    constraint ownership_stake_owned_investor foreign key (tenant_id, owned_investor_id) references investor (tenant_id, id),
    constraint ownership_stake_owned_party foreign key (tenant_id, owned_party_id) references ownership_party (tenant_id, id),
    constraint ownership_stake_percent_range check (percent > 0 and percent <= 100),
    constraint ownership_stake_percent_scale check (scale(percent) <= 10),
    constraint ownership_stake_dates check (until >= since),
    constraint ownership_stake_reference_length check (char_length(reference) between 1 and 200)
);
create index ownership_stake_in on ownership_stake (tenant_id, owned_id, id);
create index ownership_stake_by on ownership_stake (tenant_id, owner_id, id);

alter table ownership_stake enable row level security;
alter table ownership_stake force row level security;
create policy ownership_stake_of_tenant on ownership_stake
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on ownership_stake to fundrail_system;

-- That a stake has ended, on which last day; or, if it never was, that it does not count at all.
create table ownership_stake_end (
    tenant_id   uuid not null,
    stake_id    uuid not null,
    until       date,
    reason      text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, stake_id),
    constraint ownership_stake_end_stake foreign key (tenant_id, stake_id) references ownership_stake (tenant_id, id),
    constraint ownership_stake_end_reason_length check (char_length(reason) between 1 and 500)
);

alter table ownership_stake_end enable row level security;
alter table ownership_stake_end force row level security;
create policy ownership_stake_end_of_tenant on ownership_stake_end
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on ownership_stake_end to fundrail_system;

-- Stakes with the days on which they were in force, without those that never were.
create view ownership_stake_standing with (security_invoker = true) as
select s.tenant_id, s.id, s.owner_id, s.owned_id, s.percent, s.since, coalesce(e.until, s.until) as until, s.reference, s.recorded_at
from ownership_stake s
left join ownership_stake_end e on e.tenant_id = s.tenant_id and e.stake_id = s.id
where e.stake_id is null or e.until is not null;
