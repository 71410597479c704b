-- Screening and verification outlived the person: they were fields of the investor, and stayed when its name, birth date or
-- owners became others. And nothing that was recorded could be taken back.
--
-- Now who an investor is has a version, counted by a trigger so that no writer can forget to. What is recorded of it are
-- statements with ids, append-only, each of the version that stood when it was made; and what was wrong is revoked by a
-- row that names it and says why.

alter table investor
    -- Counts the changes of who the investor is, and of who stands behind it.
    add column identity_version bigint not null default 1,
    -- When it last changed; null as long as it is what was recorded first.
    add column identity_changed_at timestamptz,
    add constraint investor_identity_version_positive check (identity_version > 0);

-- What an investor's identity was verified as. The last one that is not revoked holds.
create table investor_verification (
    tenant_id        uuid not null,
    id               uuid not null,
    investor_id      uuid not null,
    -- Order of recording.
    number           bigint generated always as identity,
    -- Of whom: the version of the identity that stood when it was recorded.
    identity_version bigint not null,
    status           text not null,
    verified_on      date,
    expires_on       date,
    recorded_at      timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint investor_verification_of_investor_once unique (tenant_id, investor_id, id),
    constraint investor_verification_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_verification_status_known check (status in ('pending', 'verified', 'rejected')),
    constraint investor_verification_dated check (status <> 'verified' or verified_on is not null),
    constraint investor_verification_dates check (expires_on >= verified_on)
);
create index investor_verification_latest on investor_verification (tenant_id, investor_id, number);

alter table investor_verification enable row level security;
alter table investor_verification force row level security;
create policy investor_verification_of_tenant on investor_verification
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on investor_verification to fundrail_app;
grant select on investor_verification to fundrail_system;

-- What screening against sanctions lists has found. The last one that is not revoked holds.
create table investor_screening (
    tenant_id        uuid not null,
    id               uuid not null,
    investor_id      uuid not null,
    number           bigint generated always as identity,
    identity_version bigint not null,
    outcome          text not null,
    screened_at      timestamptz not null,
    source           text not null,
    recorded_at      timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint investor_screening_of_investor_once unique (tenant_id, investor_id, id),
    constraint investor_screening_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_screening_outcome_known check (outcome in ('clear', 'possible_match', 'match')),
    constraint investor_screening_source_length check (char_length(source) between 1 and 200)
);
create index investor_screening_latest on investor_screening (tenant_id, investor_id, number);

alter table investor_screening enable row level security;
alter table investor_screening force row level security;
create policy investor_screening_of_tenant on investor_screening
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on investor_screening to fundrail_app;
grant select on investor_screening to fundrail_system;

alter table investor_classification
    add column number bigint generated always as identity,
    add constraint investor_classification_of_investor_once unique (tenant_id, investor_id, id);

-- What is taken back, and why. It never counts again: neither in a decision to come nor where one that was made is held
-- against what is known now.
create table investor_revocation (
    tenant_id         uuid not null,
    id                uuid not null,
    investor_id       uuid not null,
    -- One of these.
    classification_id uuid,
    verification_id   uuid,
    screening_id      uuid,
    wallet_id         uuid,
    reason            text not null,
    revoked_at        timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint investor_revocation_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_revocation_classification foreign key (tenant_id, investor_id, classification_id)
        references investor_classification (tenant_id, investor_id, id),
    constraint investor_revocation_verification foreign key (tenant_id, investor_id, verification_id)
        references investor_verification (tenant_id, investor_id, id),
    constraint investor_revocation_screening foreign key (tenant_id, investor_id, screening_id)
        references investor_screening (tenant_id, investor_id, id),
    constraint investor_revocation_wallet foreign key (tenant_id, investor_id, wallet_id)
        references investor_wallet (tenant_id, investor_id, id),
    constraint investor_revocation_of_one check (num_nonnulls(classification_id, verification_id, screening_id, wallet_id) = 1),
    constraint investor_revocation_reason_length check (char_length(reason) between 1 and 500),
    constraint investor_revocation_classification_once unique (tenant_id, classification_id),
    constraint investor_revocation_verification_once unique (tenant_id, verification_id),
    constraint investor_revocation_screening_once unique (tenant_id, screening_id),
    constraint investor_revocation_wallet_once unique (tenant_id, wallet_id)
);
create index investor_revocation_of_investor on investor_revocation (tenant_id, investor_id, id);

alter table investor_revocation enable row level security;
alter table investor_revocation force row level security;
create policy investor_revocation_of_tenant on investor_revocation
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on investor_revocation to fundrail_app;
grant select on investor_revocation to fundrail_system;

-- What was a field becomes the first statement. Row-level security is forced upon the owner as well, who would copy no row.
alter table investor no force row level security;
alter table investor_verification no force row level security;
alter table investor_screening no force row level security;
insert into investor_verification (tenant_id, id, investor_id, identity_version, status, verified_on, expires_on, recorded_at)
select tenant_id, gen_random_uuid(), id, 1, kyc ->> 'status', (kyc ->> 'verified_on')::date, (kyc ->> 'expires_on')::date, updated_at
from investor where kyc is not null;
insert into investor_screening (tenant_id, id, investor_id, identity_version, outcome, screened_at, source, recorded_at)
select tenant_id, gen_random_uuid(), id, 1, screening ->> 'outcome', (screening ->> 'screened_at')::timestamptz,
    screening ->> 'source', updated_at
from investor where screening is not null;
alter table investor force row level security;
alter table investor_verification force row level security;
alter table investor_screening force row level security;

drop view investor_profile;
alter table investor drop column kyc, drop column screening;

-- Who an investor is, and who stands behind it, to be compared. By what it leaves out: a column that is added counts as part
-- of the identity until somebody says here that it is none. The order of lists means nothing, and that an owner was
-- identified is evidence.
create function investor_identity(whose investor) returns jsonb
    language sql stable set search_path = public, pg_temp
as $$
    select (to_jsonb(whose)
            - array['permits', 'benefit_plan', 'acknowledgements', 'version', 'identity_version', 'identity_changed_at',
                    'created_at', 'updated_at'])
        || jsonb_build_object(
            'other_names', (select jsonb_agg(one order by one) from unnest(whose.other_names) as one),
            'nationalities', (select jsonb_agg(one order by one) from unnest(whose.nationalities) as one),
            'beneficial_owners', case jsonb_typeof(whose.beneficial_owners) when 'array' then (
                select coalesce(jsonb_agg(known order by known), '[]')
                from jsonb_array_elements(whose.beneficial_owners) as one,
                    lateral (select jsonb_strip_nulls(one - 'identified_on') as known) as without_evidence) end)
$$;

create function investor_count_identity() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    if investor_identity(new) is distinct from investor_identity(old) then
        new.identity_version := old.identity_version + 1;
        new.identity_changed_at := clock_timestamp();
    else
        new.identity_version := old.identity_version;
        new.identity_changed_at := old.identity_changed_at;
    end if;
    return new;
end
$$;
create trigger investor_identity_counted before update on investor
    for each row execute function investor_count_identity();

-- A whole investor as one JSON text, as two functions read it. The view looks with the eyes of who asks, so that the
-- policies bind. Classifications stand in the order in which they were stated: by the date of the evidence, and of one date
-- by their recording.
create view investor_profile with (security_invoker = true) as
select i.tenant_id, i.id, i.kind, i.residence, i.version, rfc3339(i.created_at) as created_at, rfc3339(i.updated_at) as updated_at,
    jsonb_build_object(
        'profile', jsonb_build_object(
            'kind', i.kind,
            'name', i.name,
            'other_names', i.other_names,
            'birth_date', i.birth_date,
            'incorporated_on', i.incorporated_on,
            'registration_number', i.registration_number,
            'lei', i.lei,
            'residence', i.residence,
            'nationalities', i.nationalities,
            'permits', i.permits,
            'benefit_plan', i.benefit_plan,
            'beneficial_owners', i.beneficial_owners,
            'acknowledgements', i.acknowledgements),
        'identity_version', i.identity_version,
        'identity_changed_at', rfc3339(i.identity_changed_at),
        'kyc', (
            select jsonb_build_object('id', v.id, 'status', v.status, 'verified_on', v.verified_on, 'expires_on', v.expires_on,
                'recorded_at', rfc3339(v.recorded_at), 'stale', v.identity_version <> i.identity_version)
            from investor_verification v
            where v.tenant_id = i.tenant_id and v.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = v.tenant_id and r.verification_id = v.id)
            order by v.number desc limit 1),
        'screening', (
            select jsonb_build_object('id', s.id, 'outcome', s.outcome, 'screened_at', rfc3339(s.screened_at), 'source', s.source,
                'recorded_at', rfc3339(s.recorded_at), 'stale', s.identity_version <> i.identity_version)
            from investor_screening s
            where s.tenant_id = i.tenant_id and s.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = s.tenant_id and r.screening_id = s.id)
            order by s.number desc limit 1),
        'wallets', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', w.id, 'chain_id', w.chain_id, 'address', w.address, 'verified_at', rfc3339(w.proven_at))
                order by w.chain_id, w.address), '[]')
            from investor_wallet w where w.tenant_id = i.tenant_id and w.investor_id = i.id and w.removed_at is null),
        'classifications', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', c.id, 'kind', c.kind, 'evidence', c.evidence, 'reference', c.reference, 'issued_on', c.issued_on,
                'expires_on', c.expires_on, 'figures', c.figures, 'recorded_at', rfc3339(c.created_at))
                order by c.issued_on, c.number), '[]')
            from investor_classification c
            where c.tenant_id = i.tenant_id and c.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id))
    )::text as profile
from investor i;
grant select on investor_profile to fundrail_app;

-- Whoever counts the holders of a class must not count by a classification that was revoked.
create view investor_classification_standing with (security_invoker = true) as
select c.* from investor_classification c
where not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id);
grant select on investor_classification_standing to fundrail_app, fundrail_system;

-- The holders of a class, of whom a law limits how many may not be accredited: by what stands.
create or replace function share_class_register(wanted_class uuid, wanted_investor uuid)
    returns table (class_holders bigint, class_holders_not_accredited bigint, fund_holders bigint, holds_fund boolean,
        class_amount numeric, class_amount_benefit_plans numeric)
    language sql stable security definer set search_path = public, pg_temp
as $$
    with fund_lot as (
        select l.tenant_id, l.investor_id, l.share_class_id, l.amount
        from holding_lot l
        join share_class c on c.id = l.share_class_id
        where c.fund_id = (select fund_id from share_class where id = wanted_class)
    ),
    holder as (
        select l.tenant_id, l.investor_id, bool_or(l.share_class_id = wanted_class) as holds_class,
               coalesce(sum(l.amount) filter (where l.share_class_id = wanted_class), 0) as amount
        from fund_lot l
        group by l.tenant_id, l.investor_id
    )
    select count(*) filter (where h.holds_class),
           count(*) filter (where h.holds_class and not exists (
               select from investor_classification_standing a
               where a.tenant_id = h.tenant_id and a.investor_id = h.investor_id and a.kind = 'us_accredited'
                 and (a.expires_on is null or a.expires_on >= (now() at time zone 'utc')::date))),
           count(*),
           coalesce(bool_or(h.tenant_id = app_tenant_id() and h.investor_id = wanted_investor), false),
           coalesce(sum(h.amount), 0),
           coalesce(sum(h.amount) filter (where i.benefit_plan), 0)
    from holder h
    join investor i on i.tenant_id = h.tenant_id and i.id = h.investor_id
$$;
