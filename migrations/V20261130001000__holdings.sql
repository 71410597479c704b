-- What investors hold. Every row belongs to the tenant of its investor.

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
grant select on holding_lot to fundrail_system;
