-- Investors and their evidence belong to the tenant that has recorded them.
--
-- Who an investor is has a version, counted by a trigger so that no writer can forget to. What is recorded of it are
-- statements with ids, append-only, each of the version that stood when it was made; and what was wrong is revoked by a
-- row that names it and says why.
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
    benefit_plan        boolean not null default false,
    -- [{name, percent, identified_on}]; null as long as nobody has asked.
    beneficial_owners   jsonb,
    -- [{document, share_class_id, acknowledged_at}]
    acknowledgements    jsonb not null default '[]',
    -- Counts every change of the investor, its wallets and its classifications: the ETag.
    version             bigint not null default 1,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    -- Counts the changes of who the investor is, and of who stands behind it.
    identity_version    bigint not null default 1,
    -- When it last changed; null as long as it is what was recorded first.
    identity_changed_at timestamptz,
    -- ISO 3166-2, of the country of residence: an embargo may be of a region. It is part of who an investor is.
    region              text,
    -- Funds that they, or an affiliate, manage or advise: a relation to these, and no part of who they are.
    manages_funds       uuid[] not null default '{}',
    primary key (tenant_id, id),
    constraint investor_kind_known check (kind in ('natural', 'legal')),
    constraint investor_name_length check (char_length(name) between 1 and 300),
    constraint investor_residence_form check (residence ~ '^[A-Z]{2}$'),
    constraint investor_region_form check (region ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$' and left(region, 2) = residence),
    constraint investor_lei_form check (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    constraint investor_person_fields check (
        kind = 'natural' or (birth_date is null and nationalities = '{}' and permits = '[]')),
    constraint investor_organisation_fields check (
        kind = 'legal' or (incorporated_on is null and registration_number is null and lei is null
            and beneficial_owners is null)),
    constraint investor_version_positive check (version > 0),
    constraint investor_identity_version_positive check (identity_version > 0)
);
-- One organisation is one investor of a tenant.
create unique index investor_lei on investor (tenant_id, lei) where lei is not null;

create trigger investor_identity_counted before update on investor
    for each row execute function investor_count_identity();
create trigger investor_names_indexed after insert or update of name, other_names on investor
    for each row execute function investor_index_names();

alter table investor enable row level security;
alter table investor force row level security;
create policy investor_of_tenant on investor
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on investor to fundrail_system;

-- The words of every name of an investor. A table of words rather than an index of some other kind: behind row-level security
-- only comparisons that give nothing away reach an index, and those of plain texts do.
create table investor_word (
    tenant_id   uuid not null,
    word        text collate "C" not null,
    investor_id uuid not null,
    primary key (tenant_id, word, investor_id),
    constraint investor_word_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id)
);
create index investor_word_of_investor on investor_word (tenant_id, investor_id);

alter table investor_word enable row level security;
alter table investor_word force row level security;
create policy investor_word_of_tenant on investor_word
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on investor_word to fundrail_system;

-- What the fields of an investor were before a change and after it, encrypted: people are in it. The event of the trail
-- names the row and holds its hash, so that the trail shows when it was tampered with, and keys can rotate all the same.
create table investor_change (
    tenant_id     uuid not null,
    id            uuid not null,
    investor_id   uuid not null,
    secret_sealed text not null,
    secret_key_id text not null,
    recorded_at   timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint investor_change_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id)
);
create index investor_change_of_investor on investor_change (tenant_id, investor_id, id);
create index investor_change_by_key on investor_change (secret_key_id);

alter table investor_change enable row level security;
alter table investor_change force row level security;
create policy investor_change_of_tenant on investor_change
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, update (secret_sealed, secret_key_id) on investor_change to fundrail_system;

-- A wallet counts as an investor's once its control was proven to us: we write a text with a nonce (EIP-4361), the wallet's
-- key signs it (EIP-191), and the text is used up by the transaction that records the proof. A registered wallet that nobody
-- has proven to control shows no escrow: else whoever registered a stranger's address would read that stranger's escrows.
create table investor_wallet (
    tenant_id   uuid not null references tenant (id),
    investor_id uuid not null,
    chain_id    bigint not null,
    -- 0x and 40 hexadecimal digits in lower case, so that equal addresses are equal texts.
    address     text not null,
    created_at  timestamptz not null default now(),
    -- So that one that was removed and one that is registered again are two.
    id          uuid not null,
    -- From when on it is no longer the investor's.
    removed_at  timestamptz,
    -- When control of it was last proven, and by the answer to which challenge.
    proven_at   timestamptz,
    proof_id    uuid,
    primary key (tenant_id, id),
    constraint investor_wallet_of_investor_once unique (tenant_id, investor_id, id),
    constraint investor_wallet_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_wallet_chain_positive check (chain_id > 0),
    constraint investor_wallet_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint investor_wallet_proof_complete check ((proven_at is null) = (proof_id is null))
);
-- A wallet is one investor's of a tenant.
create unique index investor_wallet_once on investor_wallet (tenant_id, chain_id, address) where removed_at is null;
-- Among those that are proven it is one investor's of all tenants. (An index sees the rows of all; who is refused by it has
-- shown that they control the wallet, and learns no more than that it is proven elsewhere.)
create unique index investor_wallet_proven_once on investor_wallet (chain_id, address)
    where proven_at is not null and removed_at is null;
create index investor_wallet_of_investor on investor_wallet (tenant_id, investor_id);
-- Whose escrow is this, by the addresses of buyer and seller.
create index investor_wallet_by_address on investor_wallet (address, chain_id);
create index investor_wallet_found on investor_wallet (tenant_id, address);

alter table investor_wallet enable row level security;
alter table investor_wallet force row level security;
create policy investor_wallet_of_tenant on investor_wallet
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on investor_wallet to fundrail_system;

-- Texts to be signed. One that was used stays, with its signature: it is the proof.
create table wallet_challenge (
    tenant_id  uuid not null references tenant (id),
    id         uuid not null,
    wallet_id  uuid not null,
    -- Exactly what is signed.
    message    text not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    -- 0x and 130 hexadecimal digits: r, s and v.
    signature  text,
    primary key (tenant_id, id),
    constraint wallet_challenge_wallet foreign key (tenant_id, wallet_id) references investor_wallet (tenant_id, id),
    constraint wallet_challenge_expiry check (expires_at > issued_at),
    constraint wallet_challenge_answered check ((used_at is null) = (signature is null)),
    constraint wallet_challenge_signature_form check (signature ~ '^0x[0-9a-f]{130}$')
);
create index wallet_challenge_of_wallet on wallet_challenge (tenant_id, wallet_id);

alter table wallet_challenge enable row level security;
alter table wallet_challenge force row level security;
create policy wallet_challenge_of_tenant on wallet_challenge
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
-- What was used is a proof, and stays.
create policy wallet_challenge_proofs_stay on wallet_challenge as restrictive for delete using (used_at is null);
grant select on wallet_challenge to fundrail_system;

-- Each of the two refers to the other.
alter table investor_wallet add constraint investor_wallet_proof
    foreign key (tenant_id, proof_id) references wallet_challenge (tenant_id, id);

-- What an investor's identity was verified as. Which one holds is said by investor_profile.
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
grant select on investor_verification to fundrail_system;

-- What screening against sanctions lists has found. Which one holds is said by investor_profile.
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
grant select on investor_screening to fundrail_system;

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
    number      bigint generated always as identity,
    primary key (tenant_id, id),
    constraint investor_classification_of_investor_once unique (tenant_id, investor_id, id),
    constraint investor_classification_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    -- us_family_company: a company of one family is a qualified purchaser with less than others (Investment Company Act
    -- 2(a)(51)(A)(ii)).
    constraint investor_classification_kind_known check (kind in (
        'us_accredited', 'us_qualified_purchaser', 'us_family_company', 'us_qualified_institutional_buyer',
        'mifid_professional', 'mifid_professional_elective', 'mifid_eligible_counterparty', 'mifid_retail',
        'lux_well_informed')),
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
grant select on investor_classification to fundrail_system;

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
grant select on investor_revocation to fundrail_system;

-- Whoever counts the holders of a class must not count by a classification that was revoked.
create view investor_classification_standing with (security_invoker = true) as
select c.* from investor_classification c
where not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id);
grant select on investor_classification_standing to fundrail_system;

-- A whole investor as one JSON text, as two functions read it. The view looks with the eyes of who asks, so that the
-- policies bind. Classifications stand in the order in which they were stated: by the date of the evidence, and of one date
-- by their recording.
--
-- Of verifications and screenings the last one that is not revoked stands, unless it speaks better of the investor than one that
-- was recorded before it and is of a later day: what was found later is not undone by what was found earlier, in whatever order
-- they arrive. What speaks worse always counts at once.
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
            'region', i.region,
            'nationalities', i.nationalities,
            'permits', i.permits,
            'benefit_plan', i.benefit_plan,
            'manages_funds', i.manages_funds,
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
              and not exists (
                  select from investor_verification w
                  where w.tenant_id = v.tenant_id and w.investor_id = v.investor_id and w.number < v.number
                    and w.status = 'rejected' and v.status <> 'rejected' and w.verified_on > v.verified_on
                    and not exists (select from investor_revocation r where r.tenant_id = w.tenant_id and r.verification_id = w.id)
                    and not exists (
                        select from investor_verification a
                        where a.tenant_id = w.tenant_id and a.investor_id = w.investor_id
                          and a.number > w.number and a.number < v.number
                          and a.status = 'verified' and a.verified_on >= w.verified_on
                          and not exists (
                              select from investor_revocation r where r.tenant_id = a.tenant_id and r.verification_id = a.id)))
            order by v.number desc limit 1),
        'screening', (
            select jsonb_build_object('id', s.id, 'outcome', s.outcome, 'screened_at', rfc3339(s.screened_at), 'source', s.source,
                'recorded_at', rfc3339(s.recorded_at), 'stale', s.identity_version <> i.identity_version)
            from investor_screening s
            where s.tenant_id = i.tenant_id and s.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = s.tenant_id and r.screening_id = s.id)
              and not exists (
                  select from investor_screening w
                  where w.tenant_id = s.tenant_id and w.investor_id = s.investor_id and w.number < s.number
                    and array_position(array['clear', 'possible_match', 'match'], w.outcome)
                        > array_position(array['clear', 'possible_match', 'match'], s.outcome)
                    and w.screened_at > s.screened_at
                    and not exists (select from investor_revocation r where r.tenant_id = w.tenant_id and r.screening_id = w.id)
                    -- Unless that one was answered meanwhile, by a run as late as it was.
                    and not exists (
                        select from investor_screening a
                        where a.tenant_id = w.tenant_id and a.investor_id = w.investor_id
                          and a.number > w.number and a.number < s.number
                          and array_position(array['clear', 'possible_match', 'match'], a.outcome)
                              < array_position(array['clear', 'possible_match', 'match'], w.outcome)
                          and a.screened_at >= w.screened_at
                          and not exists (
                              select from investor_revocation r where r.tenant_id = a.tenant_id and r.screening_id = a.id)))
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
