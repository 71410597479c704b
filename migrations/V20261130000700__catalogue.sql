-- The catalogue: who issues which fund, in which classes of shares, as which tokens.
--
-- Funds are shared goods: every tenant reads all of them, and only the tenant of their issuer writes them. Both are
-- policies here, so that no forgotten condition in a query lets an institution write a fund.

create table issuer (
    id          uuid primary key,
    -- The tenant whose users may write this issuer's funds.
    tenant_id   uuid not null references tenant (id),
    name        text not null,
    country     text not null,
    -- Legal Entity Identifier (ISO 17442); not every issuer has one.
    lei         text,
    website     text,
    description text not null default '',
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint issuer_name unique (name),
    constraint issuer_name_length check (char_length(name) between 1 and 200),
    constraint issuer_country_form check (country ~ '^[A-Z]{2}$'),
    constraint issuer_lei unique (lei),
    constraint issuer_lei_form check (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    constraint issuer_website_form check (website ~ '^https://[^[:space:]]+$' and char_length(website) <= 500),
    constraint issuer_description_length check (char_length(description) <= 5000)
);
create index issuer_tenant on issuer (tenant_id, id);

alter table issuer enable row level security;
alter table issuer force row level security;
create policy issuer_read on issuer for select using (true);
create policy issuer_insert on issuer for insert with check (tenant_id = (select app_tenant_id()));
create policy issuer_update on issuer for update
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on issuer to fundrail_system;

create table fund (
    id            uuid primary key,
    issuer_id     uuid not null references issuer (id),
    name          text not null,
    strategy      text not null,
    domicile      text not null,
    legal_form    text not null,
    status        text not null,
    base_currency text not null,
    description   text not null default '',
    launched_on   date not null,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    search        tsvector not null generated always as (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'B')) stored,
    constraint fund_name unique (issuer_id, name),
    constraint fund_name_length check (char_length(name) between 1 and 200),
    constraint fund_strategy_known check (
        strategy in ('treasury', 'money_market', 'private_credit', 'real_estate', 'equity')),
    constraint fund_domicile_form check (domicile ~ '^[A-Z]{2}$'),
    constraint fund_legal_form_length check (char_length(legal_form) between 1 and 100),
    -- open: subscriptions and redemptions; soft_closed: holders alone may subscribe; closed: no subscriptions;
    -- suspended: neither, for the time being; liquidated: gone.
    constraint fund_status_known check (status in ('open', 'soft_closed', 'closed', 'suspended', 'liquidated')),
    constraint fund_base_currency_form check (base_currency ~ '^[A-Z]{3}$'),
    constraint fund_description_length check (char_length(description) <= 5000)
);
create index fund_search on fund using gin (search);

alter table fund enable row level security;
alter table fund force row level security;
create policy fund_read on fund for select using (true);
create policy fund_insert on fund for insert with check (
    exists (select from issuer i where i.id = issuer_id and i.tenant_id = (select app_tenant_id())));
create policy fund_update on fund for update
    using (exists (select from issuer i where i.id = issuer_id and i.tenant_id = (select app_tenant_id())))
    with check (exists (select from issuer i where i.id = issuer_id and i.tenant_id = (select app_tenant_id())));
grant select on fund to fundrail_system;

create table share_class (
    id                       uuid primary key,
    fund_id                  uuid not null references fund (id),
    name                     text not null,
    currency                 text not null,
    -- International Securities Identification Number (ISO 6166); a token need not have one.
    isin                     text,
    status                   text not null default 'open',
    -- In whole units of the currency. Scales are kept as given, so no precision here.
    min_first_subscription   numeric not null,
    min_further_subscription numeric not null,
    -- Hundredths of a per cent: a year for management, of the gain for performance, of the amount for the other two.
    management_fee_bps       integer not null,
    performance_fee_bps      integer not null default 0,
    subscription_fee_bps     integer not null default 0,
    redemption_fee_bps       integer not null default 0,
    distribution_policy      text not null,
    -- Codes of the rule sets that bind subscriptions, transfers and redemptions of this class.
    rule_sets                text[] not null,
    launched_on              date not null,
    created_at               timestamptz not null default now(),
    updated_at               timestamptz not null default now(),
    -- How often it is valued: what a value's age is measured by, be it shown as a price or to measure holdings.
    dealing_frequency        text not null default 'daily',
    -- How far a value may move, from the day before or from the value that it replaces, without a second person; in hundredths
    -- of a per cent.
    nav_move_limit_bps       integer not null default 1000,
    constraint share_class_name unique (fund_id, name),
    constraint share_class_name_length check (char_length(name) between 1 and 100),
    constraint share_class_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint share_class_isin unique (isin),
    constraint share_class_isin_form check (isin ~ '^[A-Z]{2}[A-Z0-9]{9}[0-9]$'),
    constraint share_class_status_known check (status in ('open', 'soft_closed', 'closed', 'suspended', 'liquidated')),
    -- Above the largest amount that the API reads, and NaN, which compares as larger than all.
    constraint share_class_min_first_range check (min_first_subscription >= 0 and min_first_subscription < 1e18),
    constraint share_class_min_further_range check (min_further_subscription >= 0 and min_further_subscription < 1e18),
    constraint share_class_min_scale check (scale(min_first_subscription) <= 10 and scale(min_further_subscription) <= 10),
    constraint share_class_fees_range check (
        management_fee_bps between 0 and 10000 and performance_fee_bps between 0 and 10000
        and subscription_fee_bps between 0 and 10000 and redemption_fee_bps between 0 and 10000),
    constraint share_class_distribution_known check (distribution_policy in ('accumulating', 'distributing')),
    constraint share_class_rule_sets_given check (
        cardinality(rule_sets) between 1 and 20 and array_position(rule_sets, null) is null),
    constraint share_class_dealing_frequency_known check (dealing_frequency in ('daily', 'weekly', 'monthly', 'quarterly')),
    constraint share_class_nav_move_limit_range check (nav_move_limit_bps between 0 and 10000)
);
create index share_class_fund on share_class (fund_id, id);

alter table share_class enable row level security;
alter table share_class force row level security;
create policy share_class_read on share_class for select using (true);
create policy share_class_insert on share_class for insert with check (app_issues_fund(fund_id));
create policy share_class_update on share_class for update
    using (app_issues_fund(fund_id)) with check (app_issues_fund(fund_id));
grant select on share_class to fundrail_system;

-- What a class is as a token: one contract a chain.
create table share_class_token (
    share_class_id uuid not null references share_class (id),
    chain_id       bigint not null,
    -- 0x and 40 hexadecimal digits in lower case, so that equal addresses are equal texts.
    address        text not null,
    decimals       smallint not null,
    created_at     timestamptz not null default now(),
    primary key (share_class_id, chain_id),
    constraint share_class_token_address unique (chain_id, address),
    constraint share_class_token_chain_positive check (chain_id > 0),
    constraint share_class_token_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    -- As ERC-20 has it: 8 bits, of which nobody uses more than these.
    constraint share_class_token_decimals_range check (decimals between 0 and 36)
);

alter table share_class_token enable row level security;
alter table share_class_token force row level security;
create policy share_class_token_read on share_class_token for select using (true);
create policy share_class_token_insert on share_class_token for insert
    with check (app_issues_share_class(share_class_id));
grant select on share_class_token to fundrail_system;
