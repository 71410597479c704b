-- Issuers, funds, share classes and tokens of a development machine. All of them are made up: names, terms, ISINs (`ZZ` is a
-- prefix that no country has) and token addresses (hashes of nothing but their own names).
--
-- What a seed changes later shows on machines that were seeded before: descriptions and terms are updated, ids never change.

insert into tenant (id, name, kind) values
    ('0198c000-0000-7000-8000-000000000002', 'Alder Asset Management', 'issuer'),
    ('0198c000-0000-7000-8000-000000000003', 'Kestrel Harbour Capital', 'issuer'),
    ('0198c000-0000-7000-8000-000000000004', 'Solvane Investment Partners', 'issuer'),
    ('0198c000-0000-7000-8000-000000000005', 'Quaymark Funds', 'issuer'),
    ('0198c000-0000-7000-8000-000000000006', 'Fallowmere Credit', 'issuer')
on conflict (id) do nothing;

insert into issuer (id, tenant_id, name, country, website, description) values
    ('0198c001-0000-7000-8000-000000000001', '0198c000-0000-7000-8000-000000000002', 'Alder Asset Management', 'LU',
     'https://alder.example', 'Short-dated government debt, money markets and logistics property for institutions in Europe.'),
    ('0198c001-0000-7000-8000-000000000002', '0198c000-0000-7000-8000-000000000003', 'Kestrel Harbour Capital', 'US',
     'https://kestrelharbour.example', 'Private funds for qualified investors in the United States.'),
    ('0198c001-0000-7000-8000-000000000003', '0198c000-0000-7000-8000-000000000004', 'Solvane Investment Partners', 'IE',
     'https://solvane.example', 'Liquidity and equity funds under one Irish umbrella.'),
    ('0198c001-0000-7000-8000-000000000004', '0198c000-0000-7000-8000-000000000005', 'Quaymark Funds', 'SG',
     'https://quaymark.example', 'Asian government debt and growth companies.'),
    ('0198c001-0000-7000-8000-000000000005', '0198c000-0000-7000-8000-000000000006', 'Fallowmere Credit', 'KY',
     null, 'Trade finance and senior loans for professional investors outside the United States.')
on conflict (id) do update set
    website = excluded.website, description = excluded.description, updated_at = now()
where (issuer.website, issuer.description) is distinct from (excluded.website, excluded.description);

insert into fund (id, issuer_id, name, strategy, domicile, legal_form, status, base_currency, launched_on, description) values
    ('0198c002-0000-7000-8000-000000000001', '0198c001-0000-7000-8000-000000000001', 'Alder Short Treasury Fund',
     'treasury', 'LU', 'SICAV-RAIF', 'open', 'USD', '2023-02-01',
     'US Treasury bills of up to six months, held to maturity. Daily dealing, settled in dollars or stablecoins.'),
    ('0198c002-0000-7000-8000-000000000002', '0198c001-0000-7000-8000-000000000001', 'Alder Euro Money Market Fund',
     'money_market', 'LU', 'SICAV (UCITS)', 'open', 'EUR', '2022-09-15',
     'Short-term variable net asset value money market fund: deposits, commercial paper and bills in euro.'),
    ('0198c002-0000-7000-8000-000000000003', '0198c001-0000-7000-8000-000000000001', 'Alder Logistics Property Fund',
     'real_estate', 'LU', 'SCSp-RAIF', 'open', 'EUR', '2021-06-30',
     'Warehouses along the Rhine and Rhône corridors, let long to investment-grade tenants. Quarterly dealing.'),
    ('0198c002-0000-7000-8000-000000000004', '0198c001-0000-7000-8000-000000000002', 'Kestrel Harbour Treasury Bill Fund',
     'treasury', 'US', 'Delaware LP', 'open', 'USD', '2023-05-01',
     'US Treasury bills and overnight repurchase agreements on them, for qualified purchasers.'),
    ('0198c002-0000-7000-8000-000000000005', '0198c001-0000-7000-8000-000000000002', 'Kestrel Harbour Direct Lending Fund',
     'private_credit', 'US', 'Delaware LP', 'open', 'USD', '2022-01-03',
     'First-lien loans to mid-sized companies in North America, floating rate.'),
    ('0198c002-0000-7000-8000-000000000006', '0198c001-0000-7000-8000-000000000002', 'Kestrel Harbour Multifamily Income Fund',
     'real_estate', 'US', 'Delaware LLC', 'soft_closed', 'USD', '2020-10-01',
     'Rented homes in the Sun Belt. Monthly distributions.'),
    ('0198c002-0000-7000-8000-000000000007', '0198c001-0000-7000-8000-000000000003', 'Solvane Sterling Liquidity Fund',
     'money_market', 'IE', 'ICAV (UCITS)', 'open', 'GBP', '2021-03-01',
     'Low-volatility net asset value money market fund in sterling.'),
    ('0198c002-0000-7000-8000-000000000008', '0198c001-0000-7000-8000-000000000003', 'Solvane Dollar Liquidity Fund',
     'money_market', 'IE', 'ICAV (UCITS)', 'open', 'USD', '2021-03-01',
     'Low-volatility net asset value money market fund in dollars, with same-day settlement.'),
    ('0198c002-0000-7000-8000-000000000009', '0198c001-0000-7000-8000-000000000003', 'Solvane Global Equity Fund',
     'equity', 'IE', 'ICAV (UCITS)', 'open', 'USD', '2019-11-04',
     'Two hundred large companies of developed markets, weighted by free cash flow.'),
    ('0198c002-0000-7000-8000-000000000010', '0198c001-0000-7000-8000-000000000004', 'Quaymark Asia Treasury Fund',
     'treasury', 'SG', 'VCC', 'open', 'SGD', '2023-08-09',
     'Bills of the Monetary Authority of Singapore and short bonds of investment-grade governments in Asia.'),
    ('0198c002-0000-7000-8000-000000000011', '0198c001-0000-7000-8000-000000000004', 'Quaymark Asia Growth Equity Fund',
     'equity', 'SG', 'VCC', 'suspended', 'USD', '2020-02-17',
     'Growing companies of Asia without Japan. Dealing is suspended while a holding is being valued anew.'),
    ('0198c002-0000-7000-8000-000000000012', '0198c001-0000-7000-8000-000000000005', 'Fallowmere Trade Finance Fund',
     'private_credit', 'KY', 'Segregated portfolio company', 'open', 'USD', '2022-04-01',
     'Insured receivables of exporters, ninety days on average.'),
    ('0198c002-0000-7000-8000-000000000013', '0198c001-0000-7000-8000-000000000005', 'Fallowmere Senior Loan Fund',
     'private_credit', 'KY', 'Exempted limited partnership', 'closed', 'EUR', '2019-07-01',
     'Syndicated senior loans in euro. Closed to subscriptions; returns capital until 2028.')
on conflict (id) do update set
    legal_form = excluded.legal_form, status = excluded.status, description = excluded.description, updated_at = now()
where (fund.legal_form, fund.status, fund.description)
    is distinct from (excluded.legal_form, excluded.status, excluded.description);

insert into share_class (
    id, fund_id, name, currency, isin, status, min_first_subscription, min_further_subscription,
    management_fee_bps, performance_fee_bps, subscription_fee_bps, redemption_fee_bps,
    distribution_policy, rule_sets, launched_on)
values
    ('0198c003-0000-7000-8000-000000000001', '0198c002-0000-7000-8000-000000000001', 'I USD Acc', 'USD', 'ZZALDER00012', 'open',
     100000, 1000, 15, 0, 0, 0, 'accumulating', '{reg-s-1,mifid-professional,lux-raif,sanctions}', '2023-02-01'),
    ('0198c003-0000-7000-8000-000000000002', '0198c002-0000-7000-8000-000000000001', 'I EUR Hedged Acc', 'EUR', 'ZZALDER00020', 'open',
     100000, 1000, 20, 0, 0, 0, 'accumulating', '{reg-s-1,mifid-professional,lux-raif,sanctions}', '2023-02-01'),
    ('0198c003-0000-7000-8000-000000000003', '0198c002-0000-7000-8000-000000000002', 'I EUR Acc', 'EUR', 'ZZALDER00038', 'open',
     50000, 500, 10, 0, 0, 0, 'accumulating', '{mifid-professional,sanctions}', '2022-09-15'),
    ('0198c003-0000-7000-8000-000000000004', '0198c002-0000-7000-8000-000000000002', 'R EUR Dist', 'EUR', 'ZZALDER00046', 'open',
     100, 10, 30, 0, 0, 0, 'distributing', '{retail-priips,sanctions}', '2022-09-15'),
    ('0198c003-0000-7000-8000-000000000005', '0198c002-0000-7000-8000-000000000003', 'A EUR Dist', 'EUR', 'ZZALDER00053', 'open',
     250000, 50000, 110, 1000, 100, 50, 'distributing', '{reg-s-1,mifid-professional,lux-raif,sanctions}', '2021-06-30'),
    ('0198c003-0000-7000-8000-000000000006', '0198c002-0000-7000-8000-000000000004', 'QP USD Acc', 'USD', null, 'open',
     1000000, 50000, 20, 0, 0, 0, 'accumulating', '{us-506c,us-3c7,sanctions}', '2023-05-01'),
    ('0198c003-0000-7000-8000-000000000007', '0198c002-0000-7000-8000-000000000004', 'Offshore USD Acc', 'USD', null, 'open',
     250000, 25000, 20, 0, 0, 0, 'accumulating', '{reg-s-3,sanctions}', '2024-01-15'),
    ('0198c003-0000-7000-8000-000000000008', '0198c002-0000-7000-8000-000000000005', 'QP USD Dist', 'USD', null, 'open',
     500000, 100000, 125, 1250, 0, 0, 'distributing', '{us-506c,us-3c7,sanctions}', '2022-01-03'),
    ('0198c003-0000-7000-8000-000000000009', '0198c002-0000-7000-8000-000000000006', 'A USD Dist', 'USD', null, 'soft_closed',
     200000, 25000, 100, 0, 0, 100, 'distributing', '{us-506c,sanctions}', '2020-10-01'),
    ('0198c003-0000-7000-8000-000000000010', '0198c002-0000-7000-8000-000000000007', 'I GBP Acc', 'GBP', 'ZZSOLVA00011', 'open',
     100000, 1000, 10, 0, 0, 0, 'accumulating', '{mifid-professional,sanctions}', '2021-03-01'),
    ('0198c003-0000-7000-8000-000000000011', '0198c002-0000-7000-8000-000000000008', 'I USD Acc', 'USD', 'ZZSOLVA00029', 'open',
     100000, 1000, 10, 0, 0, 0, 'accumulating', '{mifid-professional,sanctions}', '2021-03-01'),
    ('0198c003-0000-7000-8000-000000000012', '0198c002-0000-7000-8000-000000000008', 'R USD Acc', 'USD', 'ZZSOLVA00037', 'open',
     1000, 100, 25, 0, 0, 0, 'accumulating', '{retail-priips,reg-s-1,sanctions}', '2021-03-01'),
    ('0198c003-0000-7000-8000-000000000013', '0198c002-0000-7000-8000-000000000009', 'I USD Acc', 'USD', 'ZZSOLVA00045', 'open',
     10000, 1000, 65, 0, 0, 25, 'accumulating', '{mifid-professional,sanctions}', '2019-11-04'),
    ('0198c003-0000-7000-8000-000000000014', '0198c002-0000-7000-8000-000000000009', 'R EUR Acc', 'EUR', 'ZZSOLVA00052', 'open',
     100, 25, 95, 0, 150, 0, 'accumulating', '{retail-priips,sanctions}', '2019-11-04'),
    ('0198c003-0000-7000-8000-000000000015', '0198c002-0000-7000-8000-000000000010', 'I SGD Acc', 'SGD', 'ZZMERID00013', 'open',
     200000, 10000, 18, 0, 0, 0, 'accumulating', '{reg-s-1,sanctions}', '2023-08-09'),
    ('0198c003-0000-7000-8000-000000000016', '0198c002-0000-7000-8000-000000000010', 'I USD Hedged Acc', 'USD', null, 'open',
     150000, 10000, 22, 0, 0, 0, 'accumulating', '{reg-s-1,sanctions}', '2023-08-09'),
    ('0198c003-0000-7000-8000-000000000017', '0198c002-0000-7000-8000-000000000011', 'I USD Acc', 'USD', null, 'suspended',
     50000, 5000, 90, 1500, 0, 0, 'accumulating', '{reg-s-1,sanctions}', '2020-02-17'),
    ('0198c003-0000-7000-8000-000000000018', '0198c002-0000-7000-8000-000000000012', 'P USD Acc', 'USD', null, 'open',
     100000, 25000, 150, 1000, 0, 0, 'accumulating', '{reg-s-1,mifid-professional,sanctions}', '2022-04-01'),
    ('0198c003-0000-7000-8000-000000000019', '0198c002-0000-7000-8000-000000000012', 'P EUR Hedged Dist', 'EUR', null, 'open',
     100000, 25000, 155, 1000, 0, 0, 'distributing', '{reg-s-1,mifid-professional,sanctions}', '2022-10-03'),
    ('0198c003-0000-7000-8000-000000000020', '0198c002-0000-7000-8000-000000000013', 'P EUR Dist', 'EUR', null, 'closed',
     500000, 100000, 75, 0, 0, 0, 'distributing', '{reg-s-1,mifid-professional,sanctions}', '2019-07-01')
on conflict (id) do update set
    status = excluded.status, min_first_subscription = excluded.min_first_subscription,
    min_further_subscription = excluded.min_further_subscription, rule_sets = excluded.rule_sets, updated_at = now()
where (share_class.status, share_class.min_first_subscription, share_class.min_further_subscription, share_class.rule_sets)
    is distinct from (excluded.status, excluded.min_first_subscription, excluded.min_further_subscription, excluded.rule_sets);

-- Dealing terms, by what each class is: money market funds settle at once, property and loans take notice and have gates. They are
-- set once, so that what somebody has changed stays.
update share_class set
    calendar = terms.calendar, time_zone = terms.time_zone, cut_off = terms.cut_off::time,
    valuation_point = terms.valuation_point::time, decimals = terms.decimals,
    settlement_subscription_days = terms.settlement, settlement_redemption_days = terms.settlement,
    notice_redemption_days = terms.notice, notice_unit = terms.notice_unit, lock_up_months = terms.lock_up,
    gate_capacity_bps = terms.gate, gate_of = case when terms.gate is not null then 'net_assets' end,
    gate_flow = case when terms.gate is not null then 'net' end,
    gate_carried_first = case when terms.gate is not null then false end,
    swing_threshold_bps = terms.swing_threshold, swing_factor_bps = terms.swing_factor
from (values
    ('0198c002-0000-7000-8000-000000000001', 'TARGET', 'Europe/Luxembourg', '14:00', '17:00', 6, 1, 0, 'business_days', 0, null::int, null::int, null::int),
    ('0198c002-0000-7000-8000-000000000002', 'TARGET', 'Europe/Luxembourg', '12:00', '17:00', 4, 0, 0, 'business_days', 0, null, null, null),
    ('0198c002-0000-7000-8000-000000000003', 'LU', 'Europe/Luxembourg', '12:00', '18:00', 3, 10, 90, 'calendar_days', 12, 1000, null, null),
    ('0198c002-0000-7000-8000-000000000004', 'FEDWIRE', 'America/New_York', '15:00', '16:00', 6, 0, 0, 'business_days', 0, null, null, null),
    ('0198c002-0000-7000-8000-000000000005', 'FEDWIRE', 'America/New_York', '12:00', '16:00', 4, 5, 65, 'calendar_days', 12, 500, null, null),
    ('0198c002-0000-7000-8000-000000000006', 'FEDWIRE', 'America/New_York', '12:00', '16:00', 2, 10, 90, 'calendar_days', 24, 500, null, null),
    ('0198c002-0000-7000-8000-000000000007', 'CHAPS', 'Europe/London', '13:00', '14:00', 4, 0, 0, 'business_days', 0, null, null, null),
    ('0198c002-0000-7000-8000-000000000008', 'FEDWIRE', 'America/New_York', '17:00', '17:00', 4, 0, 0, 'business_days', 0, null, null, null),
    ('0198c002-0000-7000-8000-000000000009', 'NYSE', 'Europe/Dublin', '12:00', '22:00', 4, 2, 0, 'business_days', 0, null, 300, 25),
    ('0198c002-0000-7000-8000-000000000010', 'MEPS', 'Asia/Singapore', '11:00', '18:00', 6, 1, 0, 'business_days', 0, null, null, null),
    ('0198c002-0000-7000-8000-000000000011', 'SG', 'Asia/Singapore', '11:00', '18:00', 4, 3, 5, 'business_days', 0, 1000, 200, 50),
    ('0198c002-0000-7000-8000-000000000012', 'KY', 'America/Cayman', '12:00', '17:00', 4, 5, 30, 'calendar_days', 3, 1000, null, null),
    ('0198c002-0000-7000-8000-000000000013', 'KY', 'America/Cayman', '12:00', '17:00', 4, 10, 90, 'calendar_days', 0, 1000, null, null)
) as terms (fund, calendar, time_zone, cut_off, valuation_point, decimals, settlement, notice, notice_unit, lock_up, gate,
    swing_threshold, swing_factor)
where share_class.fund_id = terms.fund::uuid and share_class.version = 1
    and share_class.id::text like '0198c003-%';

-- Ethereum 1, Polygon 137, Base 8453, Arbitrum 42161, Avalanche 43114, and the local chain 31337.
insert into share_class_token (share_class_id, chain_id, address, decimals)
select class::uuid, chain, '0x' || left(encode(sha256(convert_to('fundrail demonstration token ' || class || ' ' || chain, 'utf8')), 'hex'), 40), decimals
from (values
    ('0198c003-0000-7000-8000-000000000001', 1, 18),
    ('0198c003-0000-7000-8000-000000000001', 137, 18),
    ('0198c003-0000-7000-8000-000000000001', 31337, 18),
    ('0198c003-0000-7000-8000-000000000002', 1, 18),
    ('0198c003-0000-7000-8000-000000000003', 1, 18),
    ('0198c003-0000-7000-8000-000000000003', 8453, 18),
    ('0198c003-0000-7000-8000-000000000004', 137, 6),
    ('0198c003-0000-7000-8000-000000000005', 1, 18),
    ('0198c003-0000-7000-8000-000000000006', 1, 6),
    ('0198c003-0000-7000-8000-000000000006', 43114, 6),
    ('0198c003-0000-7000-8000-000000000006', 31337, 6),
    ('0198c003-0000-7000-8000-000000000007', 8453, 6),
    ('0198c003-0000-7000-8000-000000000008', 43114, 6),
    ('0198c003-0000-7000-8000-000000000009', 1, 0),
    ('0198c003-0000-7000-8000-000000000010', 1, 18),
    ('0198c003-0000-7000-8000-000000000011', 1, 18),
    ('0198c003-0000-7000-8000-000000000011', 42161, 18),
    ('0198c003-0000-7000-8000-000000000012', 42161, 18),
    ('0198c003-0000-7000-8000-000000000012', 8453, 18),
    ('0198c003-0000-7000-8000-000000000013', 1, 18),
    ('0198c003-0000-7000-8000-000000000014', 137, 18),
    ('0198c003-0000-7000-8000-000000000015', 1, 18),
    ('0198c003-0000-7000-8000-000000000015', 42161, 18),
    ('0198c003-0000-7000-8000-000000000016', 42161, 18),
    ('0198c003-0000-7000-8000-000000000017', 137, 18),
    ('0198c003-0000-7000-8000-000000000018', 43114, 6),
    ('0198c003-0000-7000-8000-000000000018', 31337, 6),
    ('0198c003-0000-7000-8000-000000000019', 1, 6)
) as token (class, chain, decimals)
on conflict do nothing;

-- Two years of net asset values, a working day each, published the next morning. They follow a curve of the day alone
-- (a yearly yield, and a swing around it), so that every machine has the same ones, and only new days are added.
-- The oldest fund has no token, and the suspended one no value for the days since.
insert into nav (share_class_id, nav_date, per_share, published_at, source)
select class::uuid, day::date,
    round((par * exp(yield * (day::date - date '2024-01-01') / 365.0)
        * (1 + swing * sin((day::date - date '2024-01-01') / 17.0)))::numeric, 4),
    (day + interval '1 day 6 hours') at time zone 'utc',
    'demonstration'
from (values
    ('0198c003-0000-7000-8000-000000000001', 104.10, 0.0465, 0.0),
    ('0198c003-0000-7000-8000-000000000002', 102.75, 0.0312, 0.0),
    ('0198c003-0000-7000-8000-000000000003', 1014.20, 0.0301, 0.0),
    ('0198c003-0000-7000-8000-000000000004', 100.00, 0.0, 0.0),
    ('0198c003-0000-7000-8000-000000000005', 1180.00, 0.021, 0.004),
    ('0198c003-0000-7000-8000-000000000006', 102.60, 0.0472, 0.0),
    ('0198c003-0000-7000-8000-000000000007', 100.00, 0.0470, 0.0),
    ('0198c003-0000-7000-8000-000000000008', 98.40, 0.006, 0.003),
    ('0198c003-0000-7000-8000-000000000009', 27500.00, 0.013, 0.006),
    ('0198c003-0000-7000-8000-000000000010', 10.6120, 0.0455, 0.0),
    ('0198c003-0000-7000-8000-000000000011', 10.8840, 0.0470, 0.0),
    ('0198c003-0000-7000-8000-000000000012', 10.7710, 0.0455, 0.0),
    ('0198c003-0000-7000-8000-000000000013', 163.50, 0.081, 0.035),
    ('0198c003-0000-7000-8000-000000000014', 151.20, 0.074, 0.038),
    ('0198c003-0000-7000-8000-000000000015', 101.30, 0.0345, 0.0),
    ('0198c003-0000-7000-8000-000000000016', 101.80, 0.0440, 0.0),
    ('0198c003-0000-7000-8000-000000000017', 88.90, 0.045, 0.06),
    ('0198c003-0000-7000-8000-000000000018', 113.70, 0.079, 0.001),
    ('0198c003-0000-7000-8000-000000000019', 100.60, 0.004, 0.001),
    ('0198c003-0000-7000-8000-000000000020', 71.30, -0.02, 0.002)
) as curve (class, par, yield, swing)
join share_class c on c.id = class::uuid
cross join lateral generate_series(
    greatest(c.launched_on, current_date - 730)::timestamp,
    case when c.status = 'suspended' then least(current_date - 2, date '2025-11-14') else current_date - 2 end::timestamp,
    interval '1 day') as day
where extract(isodow from day) < 6
on conflict do nothing;
