-- What chains say. Logs arrive at least once, in any order, and may be taken back: so what arrived is kept append-only
-- (chain_event, chain_statement), and everything else is folded from it anew whenever something arrives (the escrows of the
-- next file).
--
-- A removal is not a property of a log but something that is said of it, and a block that a reorganisation has thrown out may
-- be part of its chain again. So all that is said is kept, each thing once, with the time of the event if its message names it;
-- what it comes to is worked out from all of it, whatever the order in which it came (fundrail_domain::chain::statement). Never
-- by the clock of an attempt (`webhook-timestamp`): the retry of an old inclusion must not overtake the removal that followed.
--
-- None of it belongs to one tenant. Writing goes through functions of fundrail_system alone: the application's role has no
-- privilege to write any of these tables. Hashes and addresses are lower-case hex, so that equal ones are equal texts.

-- A chain that is listened to.
create table chain (
    id            bigint primary key,
    name          text not null,
    -- Blocks on top of an event after which it counts as final.
    confirmations integer not null,
    -- How far it has come: the highest block that a log was applied in, as far as such numbers can be believed (chain_head).
    head_block    bigint not null default 0,
    created_at    timestamptz not null default now(),
    -- How far a block may lie beyond the one below it to count as the head of its chain: this many blocks, and twice as many as
    -- fit into the time between them.
    head_jump     bigint not null default 10000,
    block_seconds numeric not null default 1,
    constraint chain_id_positive check (id > 0),
    constraint chain_confirmations_bounded check (confirmations between 0 and 100000),
    constraint chain_head_jump_positive check (head_jump > 0),
    constraint chain_block_seconds_range check (block_seconds > 0 and block_seconds <= 3600)
);
grant select, update on chain to fundrail_system;

-- A contract whose logs mean something.
create table chain_contract (
    chain_id   bigint not null references chain (id),
    address    text not null,
    kind       text not null,
    created_at timestamptz not null default now(),
    primary key (chain_id, address),
    constraint chain_contract_address_form check (address ~ '^0x[0-9a-f]{40}$'),
    constraint chain_contract_kind_known check (kind in ('escrow_factory'))
);
grant select on chain_contract to fundrail_system;

-- A tenant that sees every escrow which a factory makes: it runs the factory, or watches over a test chain.
create table chain_contract_watcher (
    tenant_id uuid not null references tenant (id),
    chain_id  bigint not null,
    address   text not null,
    primary key (tenant_id, chain_id, address),
    constraint chain_contract_watcher_of_contract foreign key (chain_id, address) references chain_contract (chain_id, address)
);

alter table chain_contract_watcher enable row level security;
alter table chain_contract_watcher force row level security;
create policy chain_contract_watcher_of_tenant on chain_contract_watcher
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));

-- A log, as it was delivered. Never changed, never deleted.
create table chain_event (
    chain_id         bigint not null references chain (id),
    block_hash       text not null,
    log_index        bigint not null,
    block_number     bigint not null,
    transaction_hash text not null,
    address          text not null,
    topics           text[] not null,
    data             text not null,
    received_at      timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index),
    constraint chain_event_block_number_positive check (block_number >= 0),
    constraint chain_event_log_index_positive check (log_index >= 0),
    constraint chain_event_topics_bounded check (cardinality(topics) <= 4)
);
create index chain_event_by_address on chain_event (chain_id, address, block_number, log_index);
-- EscrowCreated names the escrow in its first indexed parameter.
create index chain_event_by_subject on chain_event (chain_id, (topics[2]), address);
grant select, insert on chain_event to fundrail_system;

-- Logs that were refused because they contradict known ones: the same chain, block and index, or a block at another height.
-- They are kept as evidence.
create table chain_event_contradiction (
    chain_id    bigint not null references chain (id),
    block_hash  text not null,
    log_index   bigint not null,
    -- SHA-256 of the content, so that a retry adds nothing.
    fingerprint text not null,
    -- The log as it was delivered, as JSON.
    content     text not null,
    sender      text not null,
    message_id  text not null,
    received_at timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index, fingerprint)
);
grant select, insert on chain_event_contradiction to fundrail_system;

-- Numbers deliveries as they arrive.
create sequence chain_delivery_number;
grant usage on sequence chain_delivery_number to fundrail_system;

-- What was said of logs: one statement a message, log and turn. Inserted, never changed or deleted.
create table chain_statement (
    chain_id   bigint not null references chain (id),
    block_hash text not null,
    log_index  bigint not null,
    -- Who said it: the provider that the webhook's path names.
    sender     text not null,
    -- `webhook-id`: the same in every delivery of a message.
    message_id text not null,
    -- One more whenever the message says another thing of the log, from 1.
    turn       integer not null,
    -- True: the log is not part of its chain, because its block is not. False: it is.
    removed    boolean not null,
    -- When it happened, as the message says; null when it does not.
    said_at    timestamptz,
    -- By which delivery it was heard first, and when.
    delivery   bigint not null,
    heard_at   timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index, sender, message_id, turn, removed)
);
grant select, insert on chain_statement to fundrail_system;

-- What has arrived and is not yet part of the escrows. A row goes when it has been taken account of. A log and its removal
-- have a row each, and each delivery has rows of its own, so that a worker never takes away a row that stands for more than it
-- has read.
create table chain_event_pending (
    chain_id   bigint not null,
    block_hash text not null,
    log_index  bigint not null,
    removal    boolean not null,
    -- Counted before each try, so that one that brings the worker down does not do so for ever.
    attempts   integer not null default 0,
    -- When it may be tried (again): each try puts it off, so that what fails neither blocks nor spins.
    due_at     timestamptz not null default now(),
    delivery   bigint not null default 0,
    primary key (chain_id, block_hash, log_index, removal, delivery)
);
create index chain_event_pending_due on chain_event_pending (due_at);
grant select, insert, update, delete on chain_event_pending to fundrail_system;
