-- What follows from what chains say: escrows and their events, folded anew whenever something arrives (escrow, escrow_event,
-- chain_block), and what follows that by adding rows (escrow_ledger_entry, escrow_change).
--
-- None of it belongs to one tenant. What a tenant may see is decided by the policies below: the escrows in which one of
-- its proven wallets is buyer or seller, and those made by a contract that it watches. Writing goes through functions
-- of fundrail_system alone: the application's role has no privilege to write any of these tables.
--
-- Amounts are uint256 of base units: numeric(78, 0), which leaves and enters as text.

-- The state of an escrow, folded from its events.
create table escrow (
    id              uuid primary key,
    chain_id        bigint not null references chain (id),
    address         text not null,
    -- False while the event that made it is taken back.
    present         boolean not null default true,
    factory         text not null,
    order_id        text not null,
    buyer           text not null,
    seller          text not null,
    arbiter         text not null,
    -- Null for the chain's own coin.
    token           text,
    amount          numeric(78, 0) not null,
    -- Seconds of Unix time, as the contract has it: a uint64, which may lie beyond every calendar.
    deadline        numeric(20, 0) not null,
    state           text not null,
    funded          numeric(78, 0) not null,
    released        numeric(78, 0) not null,
    refunded        numeric(78, 0) not null,
    balance         numeric(78, 0) not null,
    dispute_state   text,
    dispute_by      text,
    dispute_reason  text,
    anomalies       integer not null default 0,
    created_block   bigint not null,
    last_block      bigint not null,
    created_at      timestamptz not null,
    -- When the last event that changed it came in.
    changed_at      timestamptz not null,
    -- How often its logs contradict each other: nothing is final where two blocks are claimed.
    contradictions  integer not null default 0,
    constraint escrow_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint escrow_address unique (chain_id, address),
    constraint escrow_state_known check (state in ('created', 'funded', 'released', 'refunded', 'expired')),
    constraint escrow_dispute_known check (dispute_state in ('open', 'resolved')),
    constraint escrow_balanced check (funded = released + refunded + balance)
);
create index escrow_by_buyer on escrow (buyer, chain_id);
create index escrow_by_seller on escrow (seller, chain_id);
create index escrow_by_address on escrow (address);
create index escrow_by_factory on escrow (chain_id, factory);

alter table escrow enable row level security;
alter table escrow force row level security;
-- Only a wallet whose control was proven shows an escrow. The wallets and watchers in the policy are read as the tenant itself,
-- whose own policies apply to them.
create policy escrow_of_party on escrow for select using (
    exists (select from investor_wallet w
            where w.tenant_id = (select app_tenant_id())
              and w.address in (escrow.buyer, escrow.seller)
              and w.chain_id = escrow.chain_id
              and w.proven_at is not null
              and w.removed_at is null)
    or exists (select from chain_contract_watcher w
               where w.tenant_id = (select app_tenant_id())
                 and w.chain_id = escrow.chain_id
                 and w.address = escrow.factory));
grant select, insert, update on escrow to fundrail_system;

-- The tables below the escrow are seen by whoever sees the escrow.

-- Every event of an escrow in the order of the chain, with what became of it. Written anew by every fold.
create table escrow_event (
    escrow_id        uuid not null references escrow (id),
    block_number     bigint not null,
    log_index        bigint not null,
    block_hash       text not null,
    transaction_hash text not null,
    name             text not null,
    -- The event's parameters as canonical JSON: amounts are decimal strings.
    parameters       text not null,
    outcome          text not null,
    -- The state after it, or why it could not be applied.
    detail           text not null,
    received_at      timestamptz not null,
    primary key (escrow_id, block_number, log_index, block_hash),
    constraint escrow_event_outcome_known check (outcome in ('applied', 'anomaly', 'removed'))
);

alter table escrow_event enable row level security;
alter table escrow_event force row level security;
create policy escrow_event_of_escrow on escrow_event for select using (
    exists (select from escrow e where e.id = escrow_event.escrow_id));
grant select, insert, delete on escrow_event to fundrail_system;

-- What became of the events of escrows, in the order in which it became so: for those who follow. A row is added whenever an
-- event turns up or its outcome changes; none is changed or deleted. Positions are given under a lock that is held
-- until the commit, so that none ever turns up below one that has been seen.
create table escrow_change (
    position     bigint generated always as identity primary key,
    escrow_id    uuid not null references escrow (id),
    block_number bigint not null,
    log_index    bigint not null,
    block_hash   text not null,
    name         text not null,
    outcome      text not null,
    detail       text not null,
    recorded_at  timestamptz not null default now(),
    constraint escrow_change_outcome_known check (outcome in ('applied', 'anomaly', 'removed'))
);
create index escrow_change_of_escrow on escrow_change (escrow_id, position);

alter table escrow_change enable row level security;
alter table escrow_change force row level security;
create policy escrow_change_of_escrow on escrow_change for select using (
    exists (select from escrow e where e.id = escrow_change.escrow_id));
grant select, insert on escrow_change to fundrail_system;

-- Double-entry bookkeeping of what moved. Append-only: what is taken back is reversed by a row that names it.
create table escrow_ledger_entry (
    escrow_id   uuid not null references escrow (id),
    id          bigint generated always as identity,
    block_hash  text not null,
    log_index   bigint not null,
    account     text not null,
    -- Whose account: the party's, or the escrow's own.
    address     text not null,
    token       text,
    debit       numeric(78, 0) not null,
    credit      numeric(78, 0) not null,
    reverses    bigint,
    recorded_at timestamptz not null default now(),
    primary key (escrow_id, id),
    constraint escrow_ledger_entry_account_known check (account in ('buyer', 'seller', 'escrow', 'other')),
    constraint escrow_ledger_entry_one_side check ((debit = 0) <> (credit = 0) and debit >= 0 and credit >= 0),
    constraint escrow_ledger_entry_reversed_once unique (escrow_id, reverses),
    constraint escrow_ledger_entry_reverses foreign key (escrow_id, reverses) references escrow_ledger_entry (escrow_id, id)
);

alter table escrow_ledger_entry enable row level security;
alter table escrow_ledger_entry force row level security;
create policy escrow_ledger_entry_of_escrow on escrow_ledger_entry for select using (
    exists (select from escrow e where e.id = escrow_ledger_entry.escrow_id));
grant select, insert on escrow_ledger_entry to fundrail_system;

-- The blocks that standing logs of escrows are in: from them follows how far a chain has come, and where it contradicts itself.
-- Written anew by every fold.
create table chain_block (
    chain_id     bigint not null references chain (id),
    block_number bigint not null,
    block_hash   text not null,
    escrow_id    uuid not null references escrow (id),
    -- Whether a log of it was applied.
    applied      boolean not null,
    heard_at     timestamptz not null,
    primary key (chain_id, block_number, block_hash, escrow_id)
);
create index chain_block_of_escrow on chain_block (escrow_id);
-- All but whose escrows they are.
grant select, insert, delete on chain_block to fundrail_system;
