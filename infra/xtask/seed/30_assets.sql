-- What has a price on a development machine: every share class of the catalogue, coins and stocks. Symbols of coins and stocks
-- are real. Their prices here are not, but for those that the price history brings: source `demonstration`, a fixed day.

insert into asset (id, symbol, name, asset_class, currency, share_class_id)
select asset::uuid, symbol, f.name || ' ' || c.name, 'fund_share', c.currency, c.id
from (values
    ('0198c004-0000-7000-8000-000000000001', 'ALST-I-USD', '0198c003-0000-7000-8000-000000000001'),
    ('0198c004-0000-7000-8000-000000000002', 'ALST-I-EURH', '0198c003-0000-7000-8000-000000000002'),
    ('0198c004-0000-7000-8000-000000000003', 'ALMM-I-EUR', '0198c003-0000-7000-8000-000000000003'),
    ('0198c004-0000-7000-8000-000000000004', 'ALMM-R-EUR', '0198c003-0000-7000-8000-000000000004'),
    ('0198c004-0000-7000-8000-000000000005', 'ALLP-A-EUR', '0198c003-0000-7000-8000-000000000005'),
    ('0198c004-0000-7000-8000-000000000006', 'KHTB-QP-USD', '0198c003-0000-7000-8000-000000000006'),
    ('0198c004-0000-7000-8000-000000000007', 'KHTB-OFF-USD', '0198c003-0000-7000-8000-000000000007'),
    ('0198c004-0000-7000-8000-000000000008', 'KHDL-QP-USD', '0198c003-0000-7000-8000-000000000008'),
    ('0198c004-0000-7000-8000-000000000009', 'KHMI-A-USD', '0198c003-0000-7000-8000-000000000009'),
    ('0198c004-0000-7000-8000-000000000010', 'SVSL-I-GBP', '0198c003-0000-7000-8000-000000000010'),
    ('0198c004-0000-7000-8000-000000000011', 'SVDL-I-USD', '0198c003-0000-7000-8000-000000000011'),
    ('0198c004-0000-7000-8000-000000000012', 'SVDL-R-USD', '0198c003-0000-7000-8000-000000000012'),
    ('0198c004-0000-7000-8000-000000000013', 'SVGE-I-USD', '0198c003-0000-7000-8000-000000000013'),
    ('0198c004-0000-7000-8000-000000000014', 'SVGE-R-EUR', '0198c003-0000-7000-8000-000000000014'),
    ('0198c004-0000-7000-8000-000000000015', 'QMAT-I-SGD', '0198c003-0000-7000-8000-000000000015'),
    ('0198c004-0000-7000-8000-000000000016', 'QMAT-I-USDH', '0198c003-0000-7000-8000-000000000016'),
    ('0198c004-0000-7000-8000-000000000017', 'QMAG-I-USD', '0198c003-0000-7000-8000-000000000017'),
    ('0198c004-0000-7000-8000-000000000018', 'FMTF-P-USD', '0198c003-0000-7000-8000-000000000018'),
    ('0198c004-0000-7000-8000-000000000019', 'FMTF-P-EURH', '0198c003-0000-7000-8000-000000000019'),
    ('0198c004-0000-7000-8000-000000000020', 'FMSL-P-EUR', '0198c003-0000-7000-8000-000000000020')
) as listed (asset, symbol, class)
join share_class c on c.id = class::uuid
join fund f on f.id = c.fund_id
on conflict (id) do update set name = excluded.name
where asset.name <> excluded.name;

insert into asset (id, symbol, name, asset_class, currency) values
    ('0198c004-0000-7000-8000-000000000021', 'BTC', 'Bitcoin', 'coin', 'USD'),
    ('0198c004-0000-7000-8000-000000000022', 'ETH', 'Ether', 'coin', 'USD'),
    ('0198c004-0000-7000-8000-000000000023', 'USDC', 'USD Coin', 'coin', 'USD'),
    ('0198c004-0000-7000-8000-000000000024', 'EURC', 'Euro Coin', 'coin', 'EUR'),
    ('0198c004-0000-7000-8000-000000000025', 'POL', 'Polygon Ecosystem Token', 'coin', 'USD'),
    ('0198c004-0000-7000-8000-000000000026', 'AVAX', 'Avalanche', 'coin', 'USD'),
    ('0198c004-0000-7000-8000-000000000027', 'AAPL', 'Apple Inc.', 'stock', 'USD'),
    ('0198c004-0000-7000-8000-000000000028', 'MSFT', 'Microsoft Corporation', 'stock', 'USD'),
    ('0198c004-0000-7000-8000-000000000029', 'NVDA', 'NVIDIA Corporation', 'stock', 'USD'),
    ('0198c004-0000-7000-8000-000000000030', 'JPM', 'JPMorgan Chase & Co.', 'stock', 'USD')
on conflict (id) do nothing;

insert into price_tick (asset_id, as_of, source, price)
select a.id, timestamptz '2026-01-02 00:00:00+00', 'demonstration', price
from (values
    ('BTC', 90000.00), ('ETH', 3000.00), ('USDC', 1.0000), ('EURC', 1.0000), ('POL', 0.2000), ('AVAX', 20.00),
    ('NVDA', 150.00), ('JPM', 250.00)
) as made_up (symbol, price)
join asset a using (symbol)
on conflict do nothing;
