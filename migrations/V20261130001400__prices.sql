-- What has a price: coins, stocks and classes of fund shares; their latest prices and their history.
--
-- Prices belong to no tenant. Components read them and, so far, write none: the role they connect as is granted nothing else.

create table asset (
    id             uuid primary key,
    -- How people and URLs name it: `AAPL`, `ETH`, `SRTB-USD`.
    -- Compared byte by byte, so that lists have one order on every server.
    symbol         text collate "C" not null,
    name           text not null,
    asset_class    text not null,
    -- What its prices are in.
    currency       text not null,
    -- For asset_class `fund_share`: its price is the published net asset value of this class.
    share_class_id uuid references share_class (id),
    created_at     timestamptz not null default now(),
    constraint asset_symbol unique (symbol),
    constraint asset_symbol_form check (symbol ~ '^[A-Z0-9][A-Z0-9.-]{0,19}$'),
    constraint asset_name_length check (char_length(name) between 1 and 200),
    constraint asset_class_known check (asset_class in ('coin', 'stock', 'fund_share')),
    constraint asset_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint asset_share_class unique (share_class_id),
    constraint asset_share_class_complete check ((asset_class = 'fund_share') = (share_class_id is not null))
);
grant select on asset to fundrail_system;

-- A price at a moment, from a source. The newest is the price.
create table price_tick (
    asset_id    uuid not null references asset (id),
    -- When the source says that it was the price.
    as_of       timestamptz not null,
    source      text not null,
    price       numeric not null,
    received_at timestamptz not null default now(),
    primary key (asset_id, as_of, source),
    constraint price_tick_range check (price > 0 and price < 1e18),
    constraint price_tick_scale check (scale(price) <= 10),
    constraint price_tick_source_length check (char_length(source) between 1 and 100)
);
grant select on price_tick to fundrail_system;

-- The latest price of everything that ever had one: the newest tick, or of a share class its newest net asset value, which is
-- of the day that it was worked out for, whenever it was published.
create view latest_price with (security_invoker = true) as
    select a.id as asset_id, a.symbol, a.asset_class, a.currency, latest.price, latest.source, latest.as_of, c.dealing_frequency
    from asset a
    left join share_class c on c.id = a.share_class_id
    cross join lateral (
        (select t.price, t.source, t.as_of from price_tick t
         where t.asset_id = a.id and a.share_class_id is null
         order by t.as_of desc, t.source limit 1)
        union all
        (select n.per_share, 'nav:' || n.source, n.nav_date::timestamp at time zone 'utc' from nav n
         where n.share_class_id = a.share_class_id
         order by n.nav_date desc limit 1)
    ) latest;
grant select on latest_price to fundrail_system;

-- Daily history, not adjusted for splits or dividends. A partition a month, so that old months are dropped or moved
-- as a whole and a chart of some weeks touches two of them.
create table price_candle (
    asset_id uuid not null references asset (id),
    day      date not null,
    open     numeric not null,
    high     numeric not null,
    low      numeric not null,
    close    numeric not null,
    -- Shares, coins: units of the asset, where the source knows.
    volume   numeric,
    source   text not null,
    primary key (asset_id, day),
    constraint price_candle_range check (low > 0 and high < 1e18),
    constraint price_candle_shape check (low <= least(open, close) and high >= greatest(open, close)),
    constraint price_candle_volume_range check (volume >= 0 and volume < 1e28),
    constraint price_candle_source_length check (char_length(source) between 1 and 100)
) partition by range (day);
grant select on price_candle to fundrail_system;
