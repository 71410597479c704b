-- Investors and their evidence belong to the tenant that has recorded them; rules belong to everybody; a decision belongs
-- to the tenant that asked, and keeps what it rested on so that it can be taken again years later.
--
-- Foreign keys between tenant-owned tables carry the tenant, so that no row can point into another tenant's.

create table investor (
    tenant_id           uuid not null references tenant (id),
    id                  uuid not null,
    kind                text not null,
    name                text not null,
    other_names         text[] not null default '{}',
    birth_date          date,
    incorporated_on     date,
    registration_number text,
    lei                 text,
    -- Where a person resides, or an organisation is established: ISO 3166-1 alpha-2.
    residence           text not null,
    nationalities       text[] not null default '{}',
    -- [{country, kind, expires_on}]
    permits             jsonb not null default '[]',
    -- {status, verified_on, expires_on}
    kyc                 jsonb,
    -- {outcome, screened_at, source}
    screening           jsonb,
    benefit_plan        boolean not null default false,
    -- [{name, percent, identified_on}]; null as long as nobody has asked.
    beneficial_owners   jsonb,
    -- [{document, share_class_id, acknowledged_at}]
    acknowledgements    jsonb not null default '[]',
    -- Counts every change of the investor, its wallets and its classifications: the ETag.
    version             bigint not null default 1,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint investor_kind_known check (kind in ('natural', 'legal')),
    constraint investor_name_length check (char_length(name) between 1 and 300),
    constraint investor_residence_form check (residence ~ '^[A-Z]{2}$'),
    constraint investor_lei_form check (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    constraint investor_person_fields check (
        kind = 'natural' or (birth_date is null and nationalities = '{}' and permits = '[]')),
    constraint investor_organisation_fields check (
        kind = 'legal' or (incorporated_on is null and registration_number is null and lei is null
            and beneficial_owners is null)),
    constraint investor_version_positive check (version > 0)
);
create index investor_by_name on investor (tenant_id, lower(name));
-- One organisation is one investor of a tenant.
create unique index investor_lei on investor (tenant_id, lei) where lei is not null;

alter table investor enable row level security;
alter table investor force row level security;
create policy investor_of_tenant on investor
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on investor to fundrail_app;
grant select on investor to fundrail_system;

create table investor_wallet (
    tenant_id   uuid not null references tenant (id),
    investor_id uuid not null,
    chain_id    bigint not null,
    -- 0x and 40 hexadecimal digits in lower case, so that equal addresses are equal texts.
    address     text not null,
    -- When the investor has proven to control it.
    verified_at timestamptz,
    created_at  timestamptz not null default now(),
    -- A wallet is one investor's of a tenant.
    constraint investor_wallet_once primary key (tenant_id, chain_id, address),
    constraint investor_wallet_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_wallet_chain_positive check (chain_id > 0),
    constraint investor_wallet_address_form check (address ~ '^0x[0-9a-f]{40}$')
);
create index investor_wallet_of_investor on investor_wallet (tenant_id, investor_id);
-- Whose escrow is this, by the addresses of buyer and seller.
create index investor_wallet_by_address on investor_wallet (address, chain_id);

alter table investor_wallet enable row level security;
alter table investor_wallet force row level security;
create policy investor_wallet_of_tenant on investor_wallet
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on investor_wallet to fundrail_app;
grant select on investor_wallet to fundrail_system;

-- What an investor counts as, by which evidence. Append-only: better evidence is a further row.
create table investor_classification (
    tenant_id   uuid not null references tenant (id),
    id          uuid not null,
    investor_id uuid not null,
    kind        text not null,
    evidence    text not null,
    reference   text,
    issued_on   date not null,
    expires_on  date,
    -- {figure: "amount"}; amounts are strings, since jsonb numbers pass through floats on their way out.
    figures     jsonb not null default '{}',
    created_at  timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint investor_classification_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_classification_kind_known check (kind in (
        'us_accredited', 'us_qualified_purchaser', 'us_qualified_institutional_buyer', 'mifid_professional',
        'mifid_professional_elective', 'mifid_eligible_counterparty', 'mifid_retail', 'lux_well_informed')),
    constraint investor_classification_evidence_known check (evidence in (
        'third_party_letter', 'tax_statement', 'asset_statement', 'financial_statements', 'regulatory_register',
        'firm_assessment', 'written_representation')),
    constraint investor_classification_dates check (expires_on >= issued_on)
);
create index investor_classification_of_investor on investor_classification (tenant_id, investor_id, id);

alter table investor_classification enable row level security;
alter table investor_classification force row level security;
create policy investor_classification_of_tenant on investor_classification
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on investor_classification to fundrail_app;
grant select on investor_classification to fundrail_system;

-- A whole investor as one JSON text, as two functions read it. The view looks with the eyes of who asks, so that the
-- policies above bind.
create view investor_profile with (security_invoker = true) as
select i.tenant_id, i.id, i.kind, i.residence, i.version, rfc3339(i.created_at) as created_at, rfc3339(i.updated_at) as updated_at,
    jsonb_build_object(
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
        'kyc', i.kyc,
        'screening', i.screening,
        'benefit_plan', i.benefit_plan,
        'beneficial_owners', i.beneficial_owners,
        'acknowledgements', i.acknowledgements,
        'wallets', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'chain_id', w.chain_id, 'address', w.address, 'verified_at', rfc3339(w.verified_at))
                order by w.chain_id, w.address), '[]')
            from investor_wallet w where w.tenant_id = i.tenant_id and w.investor_id = i.id),
        'classifications', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'kind', c.kind, 'evidence', c.evidence, 'reference', c.reference, 'issued_on', c.issued_on,
                'expires_on', c.expires_on, 'figures', c.figures) order by c.id), '[]')
            from investor_classification c where c.tenant_id = i.tenant_id and c.investor_id = i.id)
    )::text as profile
from investor i;
grant select on investor_profile to fundrail_app;

-- Shares that were acquired together and are still held. Written by settlement.
create table holding_lot (
    tenant_id      uuid not null references tenant (id),
    id             uuid not null,
    investor_id    uuid not null,
    share_class_id uuid not null references share_class (id),
    -- Shares still held.
    units          numeric not null,
    -- What was paid for these, in the currency of the class.
    amount         numeric not null,
    -- When they were fully paid: holding periods begin.
    acquired_at    timestamptz not null,
    created_at     timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint holding_lot_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint holding_lot_units_range check (units > 0 and units < 1e18),
    constraint holding_lot_amount_range check (amount >= 0 and amount < 1e18 and scale(amount) <= 10)
);
create index holding_lot_of_investor on holding_lot (tenant_id, investor_id, share_class_id, acquired_at);
create index holding_lot_of_class on holding_lot (share_class_id);

alter table holding_lot enable row level security;
alter table holding_lot force row level security;
create policy holding_lot_of_tenant on holding_lot
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on holding_lot to fundrail_app;
grant select on holding_lot to fundrail_system;

-- Numbers over the holders of all tenants: laws limit how many there may be. Counts and sums alone cross the line.
-- The same investor recorded by two tenants counts twice, which errs on the side of the limit.
create function share_class_register(wanted_class uuid, wanted_investor uuid)
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
               select from investor_classification a
               where a.tenant_id = h.tenant_id and a.investor_id = h.investor_id and a.kind = 'us_accredited'
                 and (a.expires_on is null or a.expires_on >= (now() at time zone 'utc')::date))),
           count(*),
           coalesce(bool_or(h.tenant_id = app_tenant_id() and h.investor_id = wanted_investor), false),
           coalesce(sum(h.amount), 0),
           coalesce(sum(h.amount) filter (where i.benefit_plan), 0)
    from holder h
    join investor i on i.tenant_id = h.tenant_id and i.id = h.investor_id
$$;
alter function share_class_register(uuid, uuid) owner to fundrail_system;
revoke all on function share_class_register(uuid, uuid) from public;
grant execute on function share_class_register(uuid, uuid) to fundrail_app;

-- Rules are everybody's, and written by migrations and seeds alone.
create table rule_set (
    code        text primary key,
    title       text not null,
    description text not null,
    -- Binds every share class, whether it names the set or not.
    binds_all   boolean not null default false,
    constraint rule_set_code_form check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(code) <= 50)
);
grant select on rule_set to fundrail_app, fundrail_system;

-- Versions of rules, append-only but for their end.
create table compliance_rule (
    id                    text not null,
    version               integer not null,
    source                text not null,
    applies_to            text[] not null,
    predicate             text not null,
    params                jsonb not null,
    effective_from        timestamptz not null,
    effective_to          timestamptz,
    evidence              text[] not null default '{}',
    evidence_max_age_days integer,
    on_fail               text not null,
    message               text not null,
    primary key (id, version),
    constraint compliance_rule_id_form check (id ~ '^[a-z0-9_]+([.][a-z0-9_]+)*$' and char_length(id) <= 100),
    constraint compliance_rule_version_positive check (version > 0),
    constraint compliance_rule_applies_to_known check (
        cardinality(applies_to) > 0 and applies_to <@ array['subscribe', 'transfer', 'redeem']),
    constraint compliance_rule_params_object check (jsonb_typeof(params) = 'object'),
    constraint compliance_rule_on_fail_known check (on_fail in ('review', 'deny')),
    constraint compliance_rule_max_age_range check (evidence_max_age_days between 1 and 36500),
    constraint compliance_rule_effective_order check (effective_to > effective_from)
);
grant select on compliance_rule to fundrail_app, fundrail_system;

create table rule_set_rule (
    rule_set text not null references rule_set (code),
    rule_id  text not null,
    primary key (rule_set, rule_id)
);
grant select on rule_set_rule to fundrail_app, fundrail_system;

-- Decisions, append-only.
create table compliance_decision (
    tenant_id      uuid not null references tenant (id),
    id             uuid not null,
    investor_id    uuid not null,
    share_class_id uuid not null references share_class (id),
    side           text not null,
    amount         numeric not null,
    currency       text not null,
    outcome        text not null,
    -- [{rule, version, source, outcome, message}]
    results        text not null,
    -- Rules and facts, as canonical JSON text: the hash is taken over these very bytes.
    basis          text not null,
    basis_sha256   text not null,
    decided_at     timestamptz not null,
    valid_until    timestamptz not null,
    primary key (tenant_id, id),
    constraint compliance_decision_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint compliance_decision_side_known check (side in ('subscribe', 'transfer', 'redeem')),
    constraint compliance_decision_outcome_known check (outcome in ('allow', 'review', 'deny')),
    constraint compliance_decision_amount_positive check (amount > 0),
    constraint compliance_decision_validity check (valid_until > decided_at),
    constraint compliance_decision_sha256_form check (basis_sha256 ~ '^[0-9a-f]{64}$')
);
-- The decision that still holds for the same basis.
create index compliance_decision_by_basis on compliance_decision (tenant_id, basis_sha256, valid_until);
create index compliance_decision_of_investor on compliance_decision (tenant_id, investor_id, id);

alter table compliance_decision enable row level security;
alter table compliance_decision force row level security;
create policy compliance_decision_of_tenant on compliance_decision
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert on compliance_decision to fundrail_app;
grant select on compliance_decision to fundrail_system;
