-- Investors of the demo institution, one for each kind of answer. All of them are made up. Their evidence is dated from the
-- day of seeding and renewed when it grows old, so that what may subscribe today may do so next month.
--
-- The wallets on the local chain are those of Anvil's well-known accounts.

insert into tenant (id, name, kind) values
    ('0198c000-0000-7000-8000-000000000001', 'Northwind Treasury', 'institution')
on conflict (id) do nothing;

insert into investor (tenant_id, id, kind, name, birth_date, incorporated_on, registration_number, residence, nationalities,
    permits, beneficial_owners)
select '0198c000-0000-7000-8000-000000000001', i.id::uuid, i.kind, i.name, i.birth_date::date, i.incorporated_on::date,
    i.registration_number, i.residence, i.nationalities::text[], i.permits::jsonb, i.beneficial_owners::jsonb
from (values
    -- A professional in Luxembourg: may buy what is reserved for professionals.
    ('0198c004-0000-7000-8000-000000000001', 'legal', 'Northwind Holdings S.à r.l.', null, '2015-03-02', 'B198765', 'LU', '{}',
     '[]', '[{"name": "Maren Lindqvist", "percent": "60", "identified_on": "2025-01-15"}, {"name": "Otto Brandt", "percent": "40", "identified_on": "2025-01-15"}]'),
    -- A professional by request.
    ('0198c004-0000-7000-8000-000000000002', 'natural', 'Ingrid Solheim', '1978-06-11', null, null, 'NO', '{NO}', '[]', null),
    -- A qualified purchaser in the United States.
    ('0198c004-0000-7000-8000-000000000003', 'legal', 'Blue Heron Partners LP', null, '2009-10-19', '4712345', 'US', '{}',
     '[]', '[{"name": "Rosalind Achterberg", "percent": "0", "controls": true, "identified_on": "2025-01-15"}]'),
    -- A retail investor in the United States.
    ('0198c004-0000-7000-8000-000000000004', 'natural', 'Marcus Whitfield', '1990-02-28', null, null, 'US', '{US}', '[]', null),
    -- A Russian national without a permit, and one with a German one.
    ('0198c004-0000-7000-8000-000000000005', 'natural', 'Pavel Ormanov', '1982-09-05', null, null, 'AE', '{RU}', '[]', null),
    ('0198c004-0000-7000-8000-000000000006', 'natural', 'Vera Lasinskaya', '1985-04-17', null, null, 'DE', '{RU}',
     '[{"country": "DE", "kind": "permanent", "expires_on": null}]', null),
    -- Somebody whose name is on a list, perhaps.
    ('0198c004-0000-7000-8000-000000000007', 'natural', 'John Smith', '1970-01-01', null, null, 'GB', '{GB}', '[]', null)
) as i (id, kind, name, birth_date, incorporated_on, registration_number, residence, nationalities, permits, beneficial_owners)
on conflict do nothing;

-- Verified and screened anew whenever two weeks have passed, or the identity has changed.
insert into investor_verification (tenant_id, id, investor_id, identity_version, status, verified_on)
select i.tenant_id, gen_random_uuid(), i.id, i.identity_version, 'verified', current_date - 20
from investor i
where i.id between '0198c004-0000-7000-8000-000000000001' and '0198c004-0000-7000-8000-000000000007'
  and not exists (
    select from investor_verification v
    where v.tenant_id = i.tenant_id and v.investor_id = i.id and v.identity_version = i.identity_version
      and v.recorded_at > now() - interval '14 days');

-- Their KYC files are approved, by nobody: there is no second person in a demonstration.
insert into kyc_transition (tenant_id, id, investor_id, event, from_state, to_state, identity_version, version, content_sha256,
    risk, risk_factors, valid_until)
select i.tenant_id, gen_random_uuid(), i.id, 'approved', 'in_review', 'approved', i.identity_version, i.version,
    kyc_content_sha256(i), 'low', '{}', (current_date + interval '36 months')::date
from investor i
where i.id between '0198c004-0000-7000-8000-000000000001' and '0198c004-0000-7000-8000-000000000007'
  and not exists (
    select from kyc_transition t
    where t.tenant_id = i.tenant_id and t.investor_id = i.id and t.event = 'approved'
      and t.identity_version = i.identity_version and t.valid_until > current_date + 14);

insert into investor_screening (tenant_id, id, investor_id, identity_version, outcome, screened_at, source)
select i.tenant_id, gen_random_uuid(), i.id, i.identity_version,
    -- Somebody whose name is on a list, perhaps.
    case i.name when 'John Smith' then 'possible_match' else 'clear' end, date_trunc('day', now()), 'Demonstration list'
from investor i
where i.id between '0198c004-0000-7000-8000-000000000001' and '0198c004-0000-7000-8000-000000000007'
  and not exists (
    select from investor_screening s
    where s.tenant_id = i.tenant_id and s.investor_id = i.id and s.identity_version = i.identity_version
      and s.recorded_at > now() - interval '14 days');

-- Nobody has proven to control them yet: that takes a signature by their keys, which everybody knows.
insert into investor_wallet (tenant_id, id, investor_id, chain_id, address)
select '0198c000-0000-7000-8000-000000000001', gen_random_uuid(), w.investor::uuid, w.chain, w.address
from (values
    ('0198c004-0000-7000-8000-000000000001', 31337, '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'),
    ('0198c004-0000-7000-8000-000000000001', 1, '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'),
    ('0198c004-0000-7000-8000-000000000001', 137, '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'),
    ('0198c004-0000-7000-8000-000000000002', 1, '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'),
    ('0198c004-0000-7000-8000-000000000003', 1, '0x90f79bf6eb2c4f870365e785982e1f101e93b906'),
    ('0198c004-0000-7000-8000-000000000003', 31337, '0x90f79bf6eb2c4f870365e785982e1f101e93b906'),
    ('0198c004-0000-7000-8000-000000000004', 1, '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65'),
    ('0198c004-0000-7000-8000-000000000006', 1, '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc')
) as w (investor, chain, address)
on conflict do nothing;

-- Classifications are append-only: a new one every month that somebody seeds, by an id made of investor, kind and month.
insert into investor_classification (tenant_id, id, investor_id, kind, evidence, reference, issued_on, figures)
select '0198c000-0000-7000-8000-000000000001',
    overlay(md5(c.investor || c.kind || to_char(current_date, 'YYYYMM'))::uuid::text placing '7' from 15 for 1)::uuid,
    c.investor::uuid, c.kind, c.evidence, 'made up for demonstration', current_date - 5, c.figures::jsonb
from (values
    ('0198c004-0000-7000-8000-000000000001', 'mifid_professional', 'financial_statements',
     '{"balance_sheet_eur": "64000000", "turnover_eur": "12000000", "own_funds_eur": "9500000"}'),
    ('0198c004-0000-7000-8000-000000000002', 'mifid_professional_elective', 'firm_assessment',
     '{"trades_per_quarter": "14", "portfolio_eur": "820000", "sector_months": "0"}'),
    ('0198c004-0000-7000-8000-000000000003', 'us_accredited', 'third_party_letter', '{"assets_usd": "180000000"}'),
    ('0198c004-0000-7000-8000-000000000003', 'us_qualified_purchaser', 'third_party_letter', '{"investments_usd": "140000000"}'),
    ('0198c004-0000-7000-8000-000000000006', 'mifid_professional_elective', 'firm_assessment',
     '{"trades_per_quarter": "11", "portfolio_eur": "650000"}')
) as c (investor, kind, evidence, figures)
on conflict do nothing;

insert into investor_classification_approval (tenant_id, classification_id, investor_id)
select c.tenant_id, c.id, c.investor_id
from investor_classification c
where c.investor_id between '0198c004-0000-7000-8000-000000000001' and '0198c004-0000-7000-8000-000000000007'
on conflict do nothing;

-- What the two professionals hold: a lot that is free, and one that is young.
insert into holding_lot (tenant_id, id, investor_id, share_class_id, units, amount, acquired_at) values
    ('0198c000-0000-7000-8000-000000000001', '0198c005-0000-7000-8000-000000000001', '0198c004-0000-7000-8000-000000000001',
     '0198c003-0000-7000-8000-000000000001', 4700.25, 500000, '2024-05-06T12:00:00Z'),
    ('0198c000-0000-7000-8000-000000000001', '0198c005-0000-7000-8000-000000000002', '0198c004-0000-7000-8000-000000000003',
     '0198c003-0000-7000-8000-000000000006', 19230.769, 2000000, '2025-02-03T12:00:00Z'),
    ('0198c000-0000-7000-8000-000000000001', '0198c005-0000-7000-8000-000000000003', '0198c004-0000-7000-8000-000000000003',
     '0198c003-0000-7000-8000-000000000006', 9433.962, 1000000, '2026-09-14T12:00:00Z')
on conflict do nothing;
