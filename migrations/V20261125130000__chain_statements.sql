-- What is said of a log was put in order by `webhook-timestamp`, which is the clock of the attempt: each retry may carry a new
-- one. So the retry of an old inclusion overtook the removal that had followed it. Now a statement is kept once, with the
-- time of the event if its message names it, and what they come to is worked out from all of them, whatever the order in which
-- they came (fundrail_domain::chain::statement).
--
-- A log that contradicts a known one (the same chain, block and index, or a block at another height) was taken for a duplicate.
-- Now it is refused, and kept as evidence.
--
-- Two blocks of a height both counted, and one absurd number made every escrow of a chain final for good. Now the blocks that
-- escrows stand in are kept (chain_block): from them follows how far the chain has come, and where it contradicts itself.

-- One statement a message, log and turn. Inserted, never changed or deleted.
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

-- What was known so far, as the changes that it came to: a repetition said nothing.
insert into chain_statement (chain_id, block_hash, log_index, sender, message_id, turn, removed, said_at, delivery, heard_at)
select chain_id, block_hash, log_index, 'standard', coalesce(message_id, 'known before'),
       row_number() over (partition by chain_id, block_hash, log_index order by sent_at, delivery, entry),
       removed, sent_at, delivery, received_at
from (
    select *, lag(removed) over (partition by chain_id, block_hash, log_index order by sent_at, delivery, entry) as before
    from (
        select chain_id, block_hash, log_index, false as removed, message_id,
               coalesce(sent_at, date_trunc('second', received_at)) as sent_at, coalesce(delivery, 0) as delivery,
               coalesce(entry, 0) as entry, received_at
        from chain_event
        union all
        select chain_id, block_hash, log_index, removed, message_id, sent_at, delivery, entry, received_at
        from chain_event_statement
    ) said
) changes
where removed is distinct from before;
drop table chain_event_statement;
alter table chain_event
    drop column message_id,
    drop column sent_at,
    drop column delivery,
    drop column entry;

-- Logs that were refused because they contradict known ones.
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

-- How far a block may lie beyond the one below it to count as the head of its chain: this many blocks, and twice as many as
-- fit into the time between them.
alter table chain
    add column head_jump bigint not null default 10000,
    add column block_seconds numeric not null default 1,
    add constraint chain_head_jump_positive check (head_jump > 0),
    add constraint chain_block_seconds_range check (block_seconds > 0 and block_seconds <= 3600);

-- The blocks that standing logs of escrows are in. Written anew by every fold.
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
grant select (chain_id, block_number, block_hash, applied) on chain_block to fundrail_app;
grant select, insert, delete on chain_block to fundrail_system;

alter table escrow add column contradictions integer not null default 0;

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
grant select on escrow_change to fundrail_app;
grant select, insert on escrow_change to fundrail_system;

drop function chain_intake(text, uuid, text, bigint);
drop function chain_intake_statements(text, text, timestamptz, bigint);
drop function chain_delivery_logs(text);

-- The logs of a delivery, as the component hands them over.
create function chain_delivery_logs(logs text)
    returns table (chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, removed boolean, said_at timestamptz, turn integer, entry bigint)
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select * from rows from (json_to_recordset(logs::json) as (
        chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text,
        address text, topics text[], data text, removed boolean, said_at timestamptz, turn integer)) with ordinality
$$;

-- Those that contradict what is known, or what stands before them in the delivery: another log in the same place of the same
-- block, or the block at another height.
create function chain_delivery_contradictions(logs text) returns table (entry bigint)
    language sql stable security invoker set search_path = public, pg_temp
as $$
    with item as materialized (
        select i.*, (i.block_number, i.transaction_hash, i.address, i.topics, i.data)::text as content
        from chain_delivery_logs(logs) i
    ),
    beside as (
        select i.*,
               first_value(i.content) over (partition by i.chain_id, i.block_hash, i.log_index order by i.entry) as first_content,
               first_value(i.block_number) over (partition by i.chain_id, i.block_hash order by i.entry) as first_number
        from item i
    )
    select b.entry from beside b
    where b.content <> b.first_content or b.block_number <> b.first_number
       or exists (select from chain_event e
                  where e.chain_id = b.chain_id and e.block_hash = b.block_hash
                    and (e.block_number <> b.block_number
                         or (e.log_index = b.log_index
                             and (e.transaction_hash, e.address, e.topics, e.data)
                                 is distinct from (b.transaction_hash, b.address, b.topics, b.data))))
    order by b.entry
$$;

-- Writes down everything of a delivery, and queues the applying. `of_message` is its `webhook-id`. Answers for each log, by its
-- place from 1, what became of it:
--   unknown_chain, contradicts   it is refused, and with it the whole delivery: of no log was anything written
--   said                         this was not said before
--   known                        the message has said it before
-- and `before`, all that was said of it before, as a JSON list. One statement of the caller's, so that an answer after it is
-- an answer about something durable.
create function chain_intake(logs text, job_id uuid, of_sender text, of_message text)
    returns table (entry bigint, outcome text, before text)
    language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
    number bigint := nextval('chain_delivery_number');
    fresh bigint;
begin
    return query
    select i.entry, 'unknown_chain', null::text from chain_delivery_logs(logs) i
    where not exists (select from chain c where c.id = i.chain_id);
    if found then
        return;
    end if;
    return query select c.entry, 'contradicts', null::text from chain_delivery_contradictions(logs) c;
    if found then
        perform chain_keep_contradictions(logs, of_sender, of_message);
        return;
    end if;
    insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data)
    select distinct on (chain_id, block_hash, log_index) chain_id, block_hash, log_index, block_number,
           transaction_hash, address, topics, data
    from chain_delivery_logs(logs)
    -- In one order for everyone: two deliveries of the same logs then wait for each other rather than deadlock.
    order by chain_id, block_hash, log_index, entry
    on conflict do nothing;
    get diagnostics fresh = row_count;
    if fresh < (select count(distinct (chain_id, block_hash, log_index)) from chain_delivery_logs(logs)) then
        -- One delivery after the other, so that each sees what was said before: only those that bring more than new logs.
        perform pg_advisory_xact_lock(hashtextextended('chain.statements:' || c.chain_id, 0))
        from (select distinct i.chain_id from chain_delivery_logs(logs) i order by i.chain_id) c;
        if exists (select from chain_delivery_contradictions(logs)) then
            -- It has come in since the first look. Nothing is written, and the next attempt is told.
            raise exception 'a contradicting log came in meanwhile' using errcode = 'serialization_failure';
        end if;
    end if;
    return query
    with said as (
        insert into chain_statement (chain_id, block_hash, log_index, sender, message_id, turn, removed, said_at, delivery)
        select distinct on (chain_id, block_hash, log_index, turn) chain_id, block_hash, log_index, of_sender, of_message,
               turn, removed, said_at, number
        from chain_delivery_logs(logs)
        order by chain_id, block_hash, log_index, turn, entry
        on conflict do nothing
        returning chain_id, block_hash, log_index, turn, removed
    ),
    pending as (
        insert into chain_event_pending (chain_id, block_hash, log_index, removal, delivery)
        select distinct chain_id, block_hash, log_index, removed, number from said
        on conflict do nothing
    ),
    work as (
        insert into job (id, kind, dedupe_key)
        select job_id, 'chain.apply', 'all' where exists (select from said)
        on conflict (kind, dedupe_key) where state = 'queued' and dedupe_key is not null do nothing
    )
    select i.entry, case when s.turn is null then 'known' else 'said' end,
           -- As it was before this statement.
           (select chain_statements_json(i.chain_id, i.block_hash, i.log_index))
    from chain_delivery_logs(logs) i
    left join said s on s.chain_id = i.chain_id and s.block_hash = i.block_hash and s.log_index = i.log_index
        and s.turn = i.turn and s.removed = i.removed
    order by i.entry;
end
$$;

-- What was said of a log, as a JSON list; null when nothing was.
create function chain_statements_json(of_chain bigint, of_block text, of_index bigint) returns text
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select json_agg(json_build_object(
        'sender', s.sender, 'message', s.message_id, 'turn', s.turn, 'removed', s.removed, 'said_at', rfc3339(s.said_at),
        'heard_at', rfc3339(s.heard_at), 'delivery', s.delivery) order by s.delivery, s.message_id, s.turn)::text
    from chain_statement s
    where s.chain_id = of_chain and s.block_hash = of_block and s.log_index = of_index
$$;

-- Keeps the logs of a delivery that contradict others as evidence.
create function chain_keep_contradictions(logs text, of_sender text, of_message text) returns void
    language sql security invoker set search_path = public, pg_temp
as $$
    insert into chain_event_contradiction (chain_id, block_hash, log_index, fingerprint, content, sender, message_id)
    select distinct on (chain_id, block_hash, log_index, fingerprint)
           chain_id, block_hash, log_index, fingerprint, content, of_sender, of_message
    from (
        select i.chain_id, i.block_hash, i.log_index, content, encode(sha256(convert_to(content, 'utf8')), 'hex') as fingerprint
        from chain_delivery_contradictions(logs) c
        join chain_delivery_logs(logs) i using (entry)
        cross join lateral (select json_build_object(
            'chain_id', i.chain_id, 'block_hash', i.block_hash, 'log_index', i.log_index, 'block_number', i.block_number,
            'transaction_hash', i.transaction_hash, 'address', i.address, 'topics', i.topics, 'data', i.data)::text as content) as written
    ) contradicting
    order by chain_id, block_hash, log_index, fingerprint
    on conflict do nothing
$$;

-- Every log of one escrow: its own, and those by which a registered factory made it, with all that was said of each. Holds the
-- escrow until the end of the transaction, so that of two workers the second one folds what the first one has seen, and more.
drop function escrow_logs(bigint, text);
create function escrow_logs(of_chain bigint, of_address text)
    returns table (block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, received_at text, statements text, from_factory boolean)
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
           rfc3339(c.received_at), chain_statements_json(c.chain_id, c.block_hash, c.log_index), c.of_factory
    from candidate c
    order by c.block_number, c.log_index, c.block_hash;
end
$$;

-- How far a chain has come: the highest block that a log was applied in, as far as such numbers can be believed.
--
-- A sender may be wrong about a number, and one number beyond all others would make everything final. So blocks are taken in
-- groups, a group ending where the next block lies further away than `head_jump` and the time between the two would explain.
-- A group above such a gap counts once two escrows have blocks in it, of which one alone would not be believed; the lowest
-- group always counts. Numbers beyond a hundred thousand million count never: a chain that made a hundred blocks a second would
-- take thirty years to come there. Blocks that are taken back are no longer among them, and the head goes down with them.
create function chain_head(of_chain bigint) returns bigint
    language sql stable security invoker set search_path = public, pg_temp
as $$
    with limits as (
        select head_jump, block_seconds from chain where id = of_chain
    ),
    block as (
        select b.block_number, min(b.heard_at) as heard_at, min(b.escrow_id::text) as one, max(b.escrow_id::text) as other
        from chain_block b
        where b.chain_id = of_chain and b.applied and b.block_number <= 100000000000
        group by b.block_number
        order by b.block_number desc
        limit 1000
    ),
    step as (
        select block_number, one, other,
               block_number - lag(block_number) over below as distance,
               greatest(extract(epoch from heard_at - lag(heard_at) over below), 0) as seconds
        from block
        window below as (order by block_number)
    ),
    grouped as (
        select block_number, one, other,
               count(*) filter (where distance > head_jump + 2 * seconds / block_seconds)
                   over (order by block_number) as number
        from step, limits
    )
    select coalesce((
        select max(block_number) from grouped
        group by number
        having number = 0 or min(one) <> max(other)
        order by number desc
        limit 1), 0)
$$;

-- Writes what a fold came to, given as JSON: {escrow: {…}, blocks: [{…}], events: [{…}], reversals: [entry id],
-- entries: [{…}]}. `new_id` becomes the id of an escrow that is not known yet. Answers with its id.
create or replace function escrow_store(new_id uuid, folded text) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    document json := folded::json;
    stored uuid;
begin
    insert into escrow as e (id, chain_id, address, present, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies, contradictions,
        created_block, last_block, created_at, changed_at)
    select new_id, chain_id, address, true, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies, contradictions,
        created_block, last_block, created_at, changed_at
    from json_to_record(document -> 'escrow') as f(chain_id bigint, address text, factory text, order_id text, buyer text,
        seller text, arbiter text, token text, amount numeric, deadline numeric, state text, funded numeric,
        released numeric, refunded numeric, balance numeric, dispute_state text, dispute_by text,
        dispute_reason text, anomalies integer, contradictions integer, created_block bigint, last_block bigint,
        created_at timestamptz, changed_at timestamptz)
    on conflict on constraint escrow_address do update set
        present = true, factory = excluded.factory, order_id = excluded.order_id, buyer = excluded.buyer,
        seller = excluded.seller, arbiter = excluded.arbiter, token = excluded.token, amount = excluded.amount,
        deadline = excluded.deadline, state = excluded.state, funded = excluded.funded,
        released = excluded.released, refunded = excluded.refunded, balance = excluded.balance,
        dispute_state = excluded.dispute_state, dispute_by = excluded.dispute_by, dispute_reason = excluded.dispute_reason,
        anomalies = excluded.anomalies, contradictions = excluded.contradictions, created_block = excluded.created_block,
        last_block = excluded.last_block, created_at = excluded.created_at, changed_at = excluded.changed_at
    returning e.id into stored;
    perform escrow_follow(stored, document);
    return stored;
end
$$;

-- The blocks of an escrow, to be compared with what they were before.
create function escrow_blocks(of_escrow uuid) returns text
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select string_agg(block_number || block_hash || applied, ',' order by block_number, block_hash)
    from chain_block where escrow_id = of_escrow
$$;

-- The part of a fold that stands below the escrow. The locks come last, in this order: of the chain's head, of the positions.
create or replace function escrow_follow(stored uuid, document json) returns void
    language plpgsql security invoker set search_path = public, pg_temp
as $$
declare
    of_chain bigint := (select e.chain_id from escrow e where e.id = stored);
    blocks text := escrow_blocks(stored);
    changes json;
begin
    select json_agg(f order by f.block_number, f.log_index, f.block_hash) into changes
    from json_to_recordset(document -> 'events') as f(block_number bigint, log_index bigint, block_hash text, name text,
        outcome text, detail text)
    left join escrow_event v on v.escrow_id = stored and v.block_number = f.block_number and v.log_index = f.log_index
        and v.block_hash = f.block_hash
    where (v.outcome, v.detail) is distinct from (f.outcome, f.detail);
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
    delete from chain_block where escrow_id = stored;
    insert into chain_block (chain_id, block_number, block_hash, escrow_id, applied, heard_at)
    select of_chain, number, hash, stored, applied, heard_at
    from json_to_recordset(document -> 'blocks') as f(number bigint, hash text, applied boolean, heard_at timestamptz);
    if blocks is distinct from escrow_blocks(stored) then
        perform from chain c where c.id = of_chain for no key update;
        -- A statement of its own, and so with what others have committed before the lock was given.
        update chain c set head_block = chain_head(of_chain)
        where c.id = of_chain and c.head_block <> chain_head(of_chain);
    end if;
    if changes is not null then
        perform pg_advisory_xact_lock(hashtextextended('escrow.changes', 0));
        insert into escrow_change (escrow_id, block_number, log_index, block_hash, name, outcome, detail)
        select stored, block_number, log_index, block_hash, name, outcome, detail
        from json_to_recordset(changes) as f(block_number bigint, log_index bigint, block_hash text, name text, outcome text,
            detail text);
    end if;
end
$$;

-- The events of an escrow that were applied and are final by what is known now: told before a fold, to say which of them it
-- takes back.
create function escrow_final_events(of_chain bigint, of_address text) returns table (block_hash text, log_index bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select v.block_hash, v.log_index
    from escrow e
    join chain c on c.id = e.chain_id
    join escrow_event v on v.escrow_id = e.id
    where e.chain_id = of_chain and e.address = of_address and v.outcome = 'applied'
      and v.block_number <= c.head_block - c.confirmations
$$;

alter function chain_delivery_logs(text) owner to fundrail_system;
alter function chain_delivery_contradictions(text) owner to fundrail_system;
alter function chain_intake(text, uuid, text, text) owner to fundrail_system;
alter function chain_statements_json(bigint, text, bigint) owner to fundrail_system;
alter function chain_keep_contradictions(text, text, text) owner to fundrail_system;
alter function escrow_logs(bigint, text) owner to fundrail_system;
alter function chain_head(bigint) owner to fundrail_system;
alter function escrow_blocks(uuid) owner to fundrail_system;
alter function escrow_final_events(bigint, text) owner to fundrail_system;
revoke all on function chain_delivery_logs(text), chain_delivery_contradictions(text), chain_intake(text, uuid, text, text),
    chain_statements_json(bigint, text, bigint), chain_keep_contradictions(text, text, text), escrow_logs(bigint, text),
    chain_head(bigint), escrow_blocks(uuid), escrow_final_events(bigint, text) from public;
grant execute on function chain_intake(text, uuid, text, text), escrow_logs(bigint, text), escrow_final_events(bigint, text)
    to fundrail_app;

-- What stands so far, so that heads and positions are there before anything new arrives. As the one role that reads the
-- escrows of everybody.
set local role fundrail_system;
insert into chain_block (chain_id, block_number, block_hash, escrow_id, applied, heard_at)
select e.chain_id, v.block_number, v.block_hash, e.id, bool_or(v.outcome = 'applied'), min(v.received_at)
from escrow e join escrow_event v on v.escrow_id = e.id
where e.present and v.outcome <> 'removed'
group by e.chain_id, v.block_number, v.block_hash, e.id;
update chain set head_block = chain_head(id);
insert into escrow_change (escrow_id, block_number, log_index, block_hash, name, outcome, detail)
select escrow_id, block_number, log_index, block_hash, name, outcome, detail
from escrow_event
order by received_at, escrow_id, block_number, log_index;
-- And everything is folded anew, by the rules of now.
insert into chain_event_pending (chain_id, block_hash, log_index, removal)
select chain_id, block_hash, log_index, false from chain_event
on conflict do nothing;
set local role fundrail_owner;
