-- A proof of control is of a wallet and of who holds it. When the identity of that investor changes, it lapses, as verification and
-- screening become stale: the key is the same, but nobody has signed for whom it is held now.
--
-- A lapsed proof verifies nothing, and shows no escrow that was made later. The escrows that it has shown before stay readable:
-- they are part of the books of a tenant that had proven its right to them, and a corrected name must not take these away.

alter table investor_wallet add column proof_lapsed_at timestamptz;
comment on column investor_wallet.proof_lapsed_at is
    'When the identity of the investor first changed after the proof; null while the proof holds, or there is none.';
alter table investor_wallet add constraint investor_wallet_lapse_of_proof
    check (proof_lapsed_at is null or proven_at is not null);
grant update (proof_lapsed_at) on investor_wallet to fundrail_app;

-- Of whom a challenge is about: one that was written for an earlier identity proves nothing of the present one.
alter table wallet_challenge add column identity_version bigint;

-- As the owner, whom row-level security binds as long as it is forced.
alter table investor no force row level security;
alter table investor_wallet no force row level security;
update investor_wallet w
set proof_lapsed_at = i.identity_changed_at
from investor i
where i.tenant_id = w.tenant_id and i.id = w.investor_id and w.proven_at < i.identity_changed_at;
alter table investor force row level security;
alter table investor_wallet force row level security;

create trigger investor_proofs_lapse after update on investor
    for each row when (old.identity_version <> new.identity_version) execute function investor_lapse_proofs();

alter policy escrow_of_party on escrow using (
    exists (select from investor_wallet w
            where w.tenant_id = (select app_tenant_id())
              and w.address in (escrow.buyer, escrow.seller)
              and w.chain_id = escrow.chain_id
              and w.proven_at is not null
              and w.removed_at is null
              and (w.proof_lapsed_at is null or escrow.created_at < w.proof_lapsed_at))
    or exists (select from chain_contract_watcher w
               where w.tenant_id = (select app_tenant_id())
                 and w.chain_id = escrow.chain_id
                 and w.address = escrow.factory));

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
                'expires_on', c.expires_on, 'figures', c.figures, 'recorded_at', rfc3339(c.created_at))
                order by c.issued_on, c.number), '[]')
            from investor_classification c
            where c.tenant_id = i.tenant_id and c.investor_id = i.id
              and not exists (select from investor_revocation r where r.tenant_id = c.tenant_id and r.classification_id = c.id))
    )::text as profile
from investor i;
