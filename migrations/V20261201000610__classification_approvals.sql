-- Classifications count once a second person has approved them. Until then they are what a tenant says.
--
-- A classification never changes, so an approval of its id is one of its content. Who recorded it stands beside it, since they do
-- not approve it.
alter table investor_classification
    -- Who issued the evidence, and the hash of the document.
    add column issuer text,
    add column document_sha256 text,
    -- A person, or an API key for which somebody is responsible, and who has made that key.
    add column recorded_by uuid references app_user (id),
    add column recorded_with uuid,
    add column key_made_by uuid references app_user (id),
    add constraint investor_classification_issuer_length check (char_length(issuer) between 1 and 200),
    add constraint investor_classification_sha256_form check (document_sha256 ~ '^[0-9a-f]{64}$');

create table investor_classification_approval (
    tenant_id         uuid not null,
    classification_id uuid not null,
    investor_id       uuid not null,
    -- Null for development data alone.
    approved_by       uuid references app_user (id),
    recorded_by       uuid references app_user (id),
    approved_at       timestamptz not null default clock_timestamp(),
    primary key (tenant_id, classification_id),
    constraint investor_classification_approval_classification foreign key (tenant_id, investor_id, classification_id)
        references investor_classification (tenant_id, investor_id, id),
    constraint investor_classification_approval_two_persons check (approved_by <> recorded_by)
);
create index investor_classification_approval_of_investor on investor_classification_approval (tenant_id, investor_id);

alter table investor_classification_approval enable row level security;
alter table investor_classification_approval force row level security;
create policy investor_classification_approval_of_tenant on investor_classification_approval
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on investor_classification_approval to fundrail_system;

-- Whoever counts the holders of a class must not count by a classification that was revoked, or that nobody has approved.
create or replace view investor_classification_standing with (security_invoker = true) as
select c.* from investor_classification c
where not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id)
  and exists (
      select from investor_classification_approval a where a.tenant_id = c.tenant_id and a.classification_id = c.id);

-- An investor with the last decision about the KYC file, with proofs that have lapsed, and with what was approved.
create or replace view investor_profile with (security_invoker = true) as
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
        'kyc_decision', (
            select jsonb_build_object('id', t.id, 'decision', t.event, 'decided_at', rfc3339(t.recorded_at),
                'valid_until', t.valid_until, 'risk', t.risk, 'stale', t.identity_version <> i.identity_version)
            from kyc_transition t
            where t.tenant_id = i.tenant_id and t.investor_id = i.id and t.event in ('approved', 'rejected')
            order by t.number desc limit 1),
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
                'id', w.id, 'chain_id', w.chain_id, 'address', w.address, 'verified_at', rfc3339(w.proven_at),
                'stale', w.proof_lapsed_at is not null)
                order by w.chain_id, w.address), '[]')
            from investor_wallet w where w.tenant_id = i.tenant_id and w.investor_id = i.id and w.removed_at is null),
        'classifications', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', c.id, 'kind', c.kind, 'evidence', c.evidence, 'reference', c.reference, 'issued_on', c.issued_on,
                'expires_on', c.expires_on, 'figures', c.figures, 'recorded_at', rfc3339(c.created_at), 'issuer', c.issuer,
                'document_sha256', c.document_sha256, 'approved_at', rfc3339(a.approved_at), 'approved_by', a.approved_by)
                order by c.issued_on, c.number), '[]')
            from investor_classification c
            left join investor_classification_approval a on a.tenant_id = c.tenant_id and a.classification_id = c.id
            where c.tenant_id = i.tenant_id and c.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id))
    )::text as profile
from investor i;
