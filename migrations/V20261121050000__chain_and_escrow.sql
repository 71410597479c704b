-- What chains say, and what follows from it. Logs arrive at least once, in any order, and may be taken back: so what
-- arrived is kept append-only (chain_event, chain_event_removal), and everything else is folded from it anew whenever
-- something arrives (escrow, escrow_event) or follows it by adding and reversing rows (escrow_ledger_entry).
--
-- None of it belongs to one tenant. What a tenant may see is decided by the policies below: the escrows in which one of
-- its registered wallets is buyer or seller, and those made by a contract that it watches. Writing goes through functions
-- of fundrail_system alone: the application's role has no privilege to write any of these tables.
--
-- Amounts are uint256 of base units: numeric(78, 0), which leaves and enters as text. Hashes and addresses are lower-case
-- hex, so that equal ones are equal texts.

-- A chain that is listened to.
create table chain (
    id            bigint primary key,
    name          text not null,
    -- Blocks on top of an event after which it counts as final.
    confirmations integer not null,
    -- The highest block that a log has come from.
    head_block    bigint not null default 0,
    created_at    timestamptz not null default now(),
    constraint chain_id_positive check (id > 0),
    constraint chain_confirmations_bounded check (confirmations between 0 and 100000)
);
grant select on chain to fundrail_app;
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
grant select on chain_contract to fundrail_app;
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
grant select on chain_contract_watcher to fundrail_app;

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

-- That a log is no longer part of its chain, because its block is not. It may become known before the log itself does.
create table chain_event_removal (
    chain_id    bigint not null references chain (id),
    block_hash  text not null,
    log_index   bigint not null,
    received_at timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index)
);
grant select, insert on chain_event_removal to fundrail_system;

-- What has arrived and is not yet part of the escrows. A row goes when it has been taken account of. A log and its removal
-- have a row each: each arrives once, so that a worker never takes away a row that stands for more than it has read.
create table chain_event_pending (
    chain_id   bigint not null,
    block_hash text not null,
    log_index  bigint not null,
    removal    boolean not null,
    -- Counted before each try, so that one that brings the worker down does not do so for ever.
    attempts   integer not null default 0,
    -- When it may be tried (again): each try puts it off, so that what fails neither blocks nor spins.
    due_at     timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index, removal)
);
create index chain_event_pending_due on chain_event_pending (due_at);
grant select, insert, update, delete on chain_event_pending to fundrail_system;

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
grant select on escrow to fundrail_app;
grant select, insert, update on escrow to fundrail_system;

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
grant select on escrow_event to fundrail_app;
grant select, insert, delete on escrow_event to fundrail_system;

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
grant select on escrow_ledger_entry to fundrail_app;
grant select, insert on escrow_ledger_entry to fundrail_system;

-- The tables below the escrow are seen by whoever sees the escrow. The wallets and watchers in the policy are read as the
-- tenant itself, whose own policies apply to them.
create policy escrow_of_party on escrow for select using (
    exists (select from investor_wallet w
            where w.tenant_id = (select app_tenant_id())
              and w.address in (escrow.buyer, escrow.seller)
              and w.chain_id = escrow.chain_id)
    or exists (select from chain_contract_watcher w
               where w.tenant_id = (select app_tenant_id())
                 and w.chain_id = escrow.chain_id
                 and w.address = escrow.factory));
create policy escrow_event_of_escrow on escrow_event for select using (
    exists (select from escrow e where e.id = escrow_event.escrow_id));
create policy escrow_ledger_entry_of_escrow on escrow_ledger_entry for select using (
    exists (select from escrow e where e.id = escrow_ledger_entry.escrow_id));

-- Takes in a JSON list of logs {chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data,
-- removed}, all or none: when a chain is not registered, nothing is written and `unknown_chains` names it. One statement
-- of the caller's, so that an answer after it is an answer about something durable.
create function chain_intake(logs text, job_id uuid) returns table (accepted bigint, duplicates bigint, unknown_chains text[])
    language sql security definer set search_path = public, pg_temp
as $$
    with item as materialized (
        select * from json_to_recordset(logs::json) as item(
            chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text,
            address text, topics text[], data text, removed boolean)
    ),
    unknown as (
        select distinct i.chain_id from item i
        where not exists (select from chain c where c.id = i.chain_id)
    ),
    event as (
        insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data)
        select chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data
        from item where not removed and not exists (select from unknown)
        -- In one order for everyone: two deliveries of the same logs then wait for each other rather than deadlock.
        order by chain_id, block_hash, log_index
        on conflict do nothing
        returning chain_id, block_hash, log_index, false as removal
    ),
    removal as (
        insert into chain_event_removal (chain_id, block_hash, log_index)
        select chain_id, block_hash, log_index
        from item where removed and not exists (select from unknown)
        order by chain_id, block_hash, log_index
        on conflict do nothing
        returning chain_id, block_hash, log_index, true as removal
    ),
    fresh as (
        select * from event union all select * from removal
    ),
    pending as (
        insert into chain_event_pending (chain_id, block_hash, log_index, removal)
        select chain_id, block_hash, log_index, removal from fresh
    ),
    work as (
        insert into job (id, kind, dedupe_key)
        select job_id, 'chain.apply', 'all' where exists (select from fresh)
        on conflict (kind, dedupe_key) where state = 'queued' and dedupe_key is not null do nothing
    )
    select (select count(*) from fresh),
           case when exists (select from unknown) then 0
                else (select count(*) from item) - (select count(*) from fresh) end,
           array(select chain_id::text from unknown order by chain_id)
$$;

-- Queues the applying of what has been waiting for longer than a worker takes: its job was lost, or failed for good.
create function chain_apply_sweep(job_id uuid) returns boolean
    language sql security definer set search_path = public, pg_temp
as $$
    with work as (
        insert into job (id, kind, dedupe_key)
        select job_id, 'chain.apply', 'all'
        where exists (select from chain_event_pending p where p.attempts < 20 and p.due_at < now() - interval '2 seconds')
          and not exists (select from job j
                          where j.kind = 'chain.apply' and (j.state = 'queued' or (j.state = 'leased' and j.leased_until > now())))
        on conflict (kind, dedupe_key) where state = 'queued' and dedupe_key is not null do nothing
        returning 1)
    select exists (select from work)
$$;

-- Up to `wanted` due logs; the try is counted, and the next one put off by longer than a run of a worker takes. `subject` is the escrow that each is about: the
-- one that a registered factory has made by it, or the contract that it comes from when a factory has made that; null when
-- it is about none that is known. Also moves the heads of the chains on.
create function chain_pending_take(wanted integer)
    returns table (chain_id bigint, block_hash text, log_index bigint, removal boolean, subject text)
    language sql security definer set search_path = public, pg_temp
as $$
    with taken as (
        update chain_event_pending p
        set attempts = p.attempts + 1, due_at = now() + least(30 * 2 ^ p.attempts, 3600) * interval '1 second'
        where (p.chain_id, p.block_hash, p.log_index, p.removal) in (
            select n.chain_id, n.block_hash, n.log_index, n.removal from chain_event_pending n
            where n.attempts < 20 and n.due_at <= now()
            order by n.due_at
            limit least(greatest(wanted, 0), 1000)
            for update skip locked)
        returning p.chain_id, p.block_hash, p.log_index, p.removal
    ),
    known as (
        select t.chain_id, t.block_hash, t.log_index, t.removal, e.address, e.topics, e.block_number
        from taken t left join chain_event e using (chain_id, block_hash, log_index)
    ),
    head as (
        update chain c set head_block = seen.block_number
        from (select k.chain_id, max(k.block_number) as block_number from known k group by k.chain_id) seen
        where c.id = seen.chain_id and c.head_block < seen.block_number
    )
    select k.chain_id, k.block_hash, k.log_index, k.removal,
        case
            when exists (select from chain_contract f
                         where f.chain_id = k.chain_id and f.address = k.address and f.kind = 'escrow_factory')
                then '0x' || substr(k.topics[2], 27)
            when exists (select from chain_event m
                         join chain_contract f on f.chain_id = m.chain_id and f.address = m.address and f.kind = 'escrow_factory'
                         where m.chain_id = k.chain_id
                           and m.topics[2] = '0x000000000000000000000000' || substr(k.address, 3))
                then k.address
        end
    from known k
$$;

-- Pending logs that have been taken account of.
create function chain_pending_drop(keys text) returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    with gone as (
        delete from chain_event_pending p
        using json_to_recordset(keys::json) as k(chain_id bigint, block_hash text, log_index bigint, removal boolean)
        where p.chain_id = k.chain_id and p.block_hash = k.block_hash and p.log_index = k.log_index
          and p.removal = k.removal
        returning 1)
    select count(*) from gone
$$;

-- Pending logs that have been given up: each try failed, or brought the worker down.
create function chain_pending_given_up() returns bigint
    language sql stable security definer set search_path = public, pg_temp
as $$ select count(*) from chain_event_pending where attempts >= 20 $$;

-- Every log of one escrow: its own, and those by which a registered factory made it. Holds the escrow until the end of
-- the transaction, so that of two workers the second one folds what the first one has seen, and more.
create function escrow_logs(of_chain bigint, of_address text)
    returns table (block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, received_at text, removed boolean, from_factory boolean)
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('escrow:' || of_chain || ':' || of_address, 0));
    -- A statement of its own, and so with a snapshot of its own, taken after the lock.
    return query
    with candidate as (
        select e.*, false as of_factory from chain_event e
        where e.chain_id = of_chain and e.address = of_address
        union all
        select e.*, true from chain_event e
        where e.chain_id = of_chain
          and e.topics[2] = '0x000000000000000000000000' || substr(of_address, 3)
          and e.address in (select f.address from chain_contract f where f.chain_id = of_chain and f.kind = 'escrow_factory')
    )
    select c.block_hash, c.log_index, c.block_number, c.transaction_hash, c.address, c.topics, c.data,
           rfc3339(c.received_at),
           exists (select from chain_event_removal r
                   where r.chain_id = c.chain_id and r.block_hash = c.block_hash and r.log_index = c.log_index),
           c.of_factory
    from candidate c
    order by c.block_number, c.log_index, c.block_hash;
end
$$;

-- The entries of an escrow's ledger that no reversal has taken back.
create function escrow_ledger_standing(of_chain bigint, of_address text)
    returns table (id bigint, block_hash text, log_index bigint, account text, address text, token text, debit text, credit text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select l.id, l.block_hash, l.log_index, l.account, l.address, l.token, l.debit::text, l.credit::text
    from escrow e join escrow_ledger_entry l on l.escrow_id = e.id
    where e.chain_id = of_chain and e.address = of_address and l.reverses is null
      and not exists (select from escrow_ledger_entry r where r.escrow_id = l.escrow_id and r.reverses = l.id)
    order by l.id
$$;

-- Writes what a fold came to, given as JSON: {escrow: {…}, events: [{…}], reversals: [entry id], entries: [{…}]}.
-- `new_id` becomes the id of an escrow that is not known yet. Answers with its id.
create function escrow_store(new_id uuid, folded text) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    document json := folded::json;
    stored uuid;
begin
    insert into escrow as e (id, chain_id, address, present, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies,
        created_block, last_block, created_at, changed_at)
    select new_id, chain_id, address, true, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies,
        created_block, last_block, created_at, changed_at
    from json_to_record(document -> 'escrow') as f(chain_id bigint, address text, factory text, order_id text, buyer text,
        seller text, arbiter text, token text, amount numeric, deadline numeric, state text, funded numeric,
        released numeric, refunded numeric, balance numeric, dispute_state text, dispute_by text,
        dispute_reason text, anomalies integer, created_block bigint, last_block bigint, created_at timestamptz,
        changed_at timestamptz)
    on conflict on constraint escrow_address do update set
        present = true, factory = excluded.factory, order_id = excluded.order_id, buyer = excluded.buyer,
        seller = excluded.seller, arbiter = excluded.arbiter, token = excluded.token, amount = excluded.amount,
        deadline = excluded.deadline, state = excluded.state, funded = excluded.funded,
        released = excluded.released, refunded = excluded.refunded, balance = excluded.balance,
        dispute_state = excluded.dispute_state, dispute_by = excluded.dispute_by, dispute_reason = excluded.dispute_reason,
        anomalies = excluded.anomalies, created_block = excluded.created_block, last_block = excluded.last_block,
        created_at = excluded.created_at, changed_at = excluded.changed_at
    returning e.id into stored;
    perform escrow_follow(stored, document);
    return stored;
end
$$;

-- Writes down that the event which made an escrow has been taken back, and with it everything that followed.
create function escrow_withdraw(of_chain bigint, of_address text, folded text) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    stored uuid;
begin
    update escrow e set present = false
    where e.chain_id = of_chain and e.address = of_address
    returning e.id into stored;
    if stored is not null then
        perform escrow_follow(stored, folded::json);
    end if;
    return stored;
end
$$;

-- The part of a fold that stands below the escrow.
create function escrow_follow(stored uuid, document json) returns void
    language plpgsql security invoker set search_path = public, pg_temp
as $$
begin
    delete from escrow_event where escrow_id = stored;
    insert into escrow_event (escrow_id, block_number, log_index, block_hash, transaction_hash, name, parameters, outcome,
        detail, received_at)
    select stored, block_number, log_index, block_hash, transaction_hash, name, parameters, outcome, detail, received_at
    from json_to_recordset(document -> 'events') as f(block_number bigint, log_index bigint, block_hash text,
        transaction_hash text, name text, parameters text, outcome text, detail text, received_at timestamptz);
    insert into escrow_ledger_entry (escrow_id, block_hash, log_index, account, address, token, debit, credit, reverses)
    select stored, l.block_hash, l.log_index, l.account, l.address, l.token, l.credit, l.debit, l.id
    from json_array_elements_text(document -> 'reversals') as r(id)
    join escrow_ledger_entry l on l.escrow_id = stored and l.id = r.id::bigint;
    insert into escrow_ledger_entry (escrow_id, block_hash, log_index, account, address, token, debit, credit)
    select stored, block_hash, log_index, account, address, token, debit, credit
    from json_to_recordset(document -> 'entries') as f(block_hash text, log_index bigint, account text, address text,
        token text, debit numeric, credit numeric);
end
$$;

-- When a periodic task may next be begun, so that of many workers one does it, and none has to remember.
create table periodic_task (
    name   text primary key,
    due_at timestamptz not null
);
grant select, insert, update on periodic_task to fundrail_system;

-- Which of these tasks are due; they count as begun. The check comes before the insert, which would lock rows.
create function periodic_claim(names text[], seconds integer[]) returns text[]
    language sql security definer set search_path = public, pg_temp
as $$
    with task as (
        select t.name, t.seconds from unnest(names, seconds) as t(name, seconds)
        where not exists (select from periodic_task p where p.name = t.name and p.due_at > now())
    ),
    claimed as (
        insert into periodic_task as p (name, due_at)
        select t.name, now() + make_interval(secs => t.seconds) from task t order by t.name
        on conflict (name) do update set due_at = excluded.due_at where p.due_at <= now()
        returning p.name)
    select coalesce(array_agg(name), '{}') from claimed
$$;

-- Whether a job of these kinds is due.
create function job_any_due(kinds text[]) returns boolean
    language sql stable security definer set search_path = public, pg_temp
as $$
    select exists (select from job where state = 'queued' and run_at <= now() and kind = any (kinds))
        or exists (select from job where state = 'leased' and leased_until < now() and kind = any (kinds))
$$;

-- When a dead letter has been written into the log.
alter table job add column reported_at timestamptz;
create index job_dead on job (finished_at) where state = 'dead' and reported_at is null;

-- Dead letters that nobody has been told of; from now on they count as told.
create function job_report_dead() returns table (id uuid, kind text, attempts integer, last_error text)
    language sql security definer set search_path = public, pg_temp
as $$
    update job j set reported_at = now()
    where j.id in (select d.id from job d where d.state = 'dead' and d.reported_at is null
                   order by d.finished_at limit 100 for update skip locked)
    returning j.id, j.kind, j.attempts, j.last_error
$$;

alter function chain_intake(text, uuid) owner to fundrail_system;
alter function chain_apply_sweep(uuid) owner to fundrail_system;
alter function chain_pending_take(integer) owner to fundrail_system;
alter function chain_pending_drop(text) owner to fundrail_system;
alter function chain_pending_given_up() owner to fundrail_system;
alter function escrow_logs(bigint, text) owner to fundrail_system;
alter function escrow_ledger_standing(bigint, text) owner to fundrail_system;
alter function escrow_store(uuid, text) owner to fundrail_system;
alter function escrow_withdraw(bigint, text, text) owner to fundrail_system;
alter function escrow_follow(uuid, json) owner to fundrail_system;
alter function periodic_claim(text[], integer[]) owner to fundrail_system;
alter function job_any_due(text[]) owner to fundrail_system;
alter function job_report_dead() owner to fundrail_system;
revoke all on function chain_intake(text, uuid), chain_apply_sweep(uuid), chain_pending_take(integer), chain_pending_drop(text), chain_pending_given_up(),
    escrow_logs(bigint, text), escrow_ledger_standing(bigint, text), escrow_store(uuid, text),
    escrow_withdraw(bigint, text, text), escrow_follow(uuid, json), periodic_claim(text[], integer[]),
    job_any_due(text[]), job_report_dead() from public;
grant execute on function chain_intake(text, uuid), chain_apply_sweep(uuid), chain_pending_take(integer), chain_pending_drop(text), chain_pending_given_up(),
    escrow_logs(bigint, text), escrow_ledger_standing(bigint, text), escrow_store(uuid, text),
    escrow_withdraw(bigint, text, text), periodic_claim(text[], integer[]), job_any_due(text[]), job_report_dead()
    to fundrail_app;
