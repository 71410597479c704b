-- Issuers keep their own part of the catalogue: funds and share classes begin as drafts that nobody else sees, have versions, and
-- can be deleted and restored. Share classes get dealing terms, and tokens a standard.
--
-- What is a draft or deleted is hidden by the policies of fund and share_class, and by `share_class.listed`, which follows from both
-- rows. Values and tokens are only ever read together with their class.

create table dealing_calendar (
    code text primary key,
    name text not null,
    constraint dealing_calendar_code_form check (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' and char_length(code) <= 50),
    constraint dealing_calendar_name_length check (char_length(name) between 1 and 200)
);
grant select on dealing_calendar to fundrail_system;
insert into dealing_calendar (code, name) values
    ('TARGET', 'T2, the settlement system of the euro'),
    ('FEDWIRE', 'Fedwire, the settlement system of the US dollar'),
    ('CHAPS', 'CHAPS, the settlement system of sterling'),
    ('MEPS', 'MEPS+, the settlement system of the Singapore dollar'),
    ('NYSE', 'New York Stock Exchange'),
    ('LU', 'Bank holidays of Luxembourg'),
    ('IE', 'Bank holidays of Ireland'),
    ('KY', 'Public holidays of the Cayman Islands'),
    ('SG', 'Public holidays of Singapore');

alter table issuer add column version bigint not null default 1;
create trigger issuer_count_version before update on issuer for each row execute function count_version();

-- Only tenants of this kind keep funds.
drop policy issuer_insert on issuer;
create policy issuer_insert on issuer for insert with check (
    tenant_id = (select app_tenant_id())
    and exists (select from tenant t where t.id = tenant_id and t.kind = 'issuer'));

alter table fund
    add column version bigint not null default 1,
    add column deleted_at timestamptz,
    drop constraint fund_status_known,
    add constraint fund_status_known
        check (status in ('draft', 'open', 'soft_closed', 'closed', 'suspended', 'liquidated')),
    -- Holders of what is not wound up must find it.
    add constraint fund_deleted_status check (deleted_at is null or status in ('draft', 'liquidated'));
create trigger fund_count_version before update on fund for each row execute function count_version();
drop policy fund_read on fund;
create policy fund_read on fund for select using (
    is_listed(status, deleted_at)
    or issuer_id in (select i.id from issuer i where i.tenant_id = (select app_tenant_id())));
create index fund_issuer on fund (issuer_id, id);

alter table share_class
    add column version bigint not null default 1,
    add column deleted_at timestamptz,
    -- Whether everybody sees it: neither it nor its fund is a draft or deleted. Given by a trigger.
    add column listed boolean not null default true,
    -- Decimal places of a number of shares.
    add column decimals integer not null default 6,
    add column calendar text not null default 'TARGET' references dealing_calendar (code),
    -- IANA name; the times of day are local there.
    add column time_zone text not null default 'Europe/Luxembourg',
    add column cut_off time not null default '12:00',
    add column valuation_point time not null default '17:00',
    add column notice_subscription_days integer not null default 0,
    add column notice_redemption_days integer not null default 0,
    add column notice_unit text not null default 'business_days',
    add column lock_up_months integer not null default 0,
    -- The most that is redeemed on a dealing day; without a gate all of these are null.
    add column gate_capacity_bps integer,
    add column gate_of text,
    add column gate_flow text,
    add column gate_carried_first boolean,
    -- In business days.
    add column settlement_subscription_days integer not null default 2,
    add column settlement_redemption_days integer not null default 2,
    add column rounding_shares text not null default 'down',
    add column rounding_money text not null default 'down',
    -- Without swing pricing both are null.
    add column swing_threshold_bps integer,
    add column swing_factor_bps integer,
    drop constraint share_class_status_known,
    add constraint share_class_status_known
        check (status in ('draft', 'open', 'soft_closed', 'closed', 'suspended', 'liquidated')),
    add constraint share_class_deleted_status check (deleted_at is null or status in ('draft', 'liquidated')),
    add constraint share_class_decimals_range check (decimals between 0 and 18),
    add constraint share_class_time_zone_form check (time_zone ~ '^[A-Za-z0-9_+/-]{1,100}$'),
    add constraint share_class_notice_range
        check (notice_subscription_days between 0 and 366 and notice_redemption_days between 0 and 366),
    add constraint share_class_notice_unit_known check (notice_unit in ('business_days', 'calendar_days')),
    add constraint share_class_lock_up_range check (lock_up_months between 0 and 240),
    add constraint share_class_gate_complete
        check (num_nulls(gate_capacity_bps, gate_of, gate_flow, gate_carried_first) in (0, 4)),
    add constraint share_class_gate_range check (gate_capacity_bps between 1 and 10000),
    add constraint share_class_gate_of_known check (gate_of in ('net_assets', 'shares')),
    add constraint share_class_gate_flow_known check (gate_flow in ('net', 'gross')),
    add constraint share_class_settlement_range
        check (settlement_subscription_days between 0 and 60 and settlement_redemption_days between 0 and 60),
    add constraint share_class_rounding_known
        check (rounding_shares in ('down', 'half_up') and rounding_money in ('down', 'half_up')),
    add constraint share_class_swing_complete check (num_nulls(swing_threshold_bps, swing_factor_bps) in (0, 2)),
    add constraint share_class_swing_range
        check (swing_threshold_bps between 0 and 10000 and swing_factor_bps between 1 and 1000);
create trigger share_class_count_version before update on share_class for each row execute function count_version();
create trigger share_class_listed before insert or update on share_class for each row execute function share_class_listed();
create trigger fund_lists_classes after update on fund for each row
    when (is_listed(old.status, old.deleted_at) <> is_listed(new.status, new.deleted_at))
    execute function fund_lists_classes();
drop policy share_class_read on share_class;
create policy share_class_read on share_class for select using (listed or app_issues_fund(fund_id));

-- A token is added to a class, and removed again as long as the class is a draft.
alter table share_class_token
    add column standard text not null default 'erc20',
    add constraint share_class_token_standard_known check (standard in ('erc20', 'erc3643', 'erc4626', 'erc7540'));
create policy share_class_token_delete on share_class_token for delete using (app_issues_share_class(share_class_id));

-- A share class has a price from the moment that everybody sees it.
create or replace view latest_price with (security_invoker = true) as
    select a.id as asset_id, a.symbol, a.asset_class, a.currency, latest.price, latest.source, latest.as_of, c.dealing_frequency
    from asset a
    left join share_class c on c.id = a.share_class_id
    cross join lateral (
        (select t.price, t.source, t.as_of from price_tick t
         where t.asset_id = a.id and a.share_class_id is null
         order by t.as_of desc, t.source limit 1)
        union all
        (select n.per_share, 'nav:' || n.source, n.nav_date::timestamp at time zone 'utc' from nav n
         where n.share_class_id = a.share_class_id and c.listed
         order by n.nav_date desc limit 1)
    ) latest;
grant insert, update, delete on asset to fundrail_system;
