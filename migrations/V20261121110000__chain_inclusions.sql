-- A log that was taken back once was gone for good, although chains flip back: the block that a reorganisation has thrown out
-- may be part of the chain again, and is announced again. And a removal that overtook its log killed that log. So a removal
-- is not a property of a log but something that is said of it at a time, and what is said last holds.
--
-- The order is that of `webhook-timestamp`, which is signed; within a second, that of arrival; within a delivery, that of its
-- entries. It follows that
--   * a removal cancels what was said before it, and an inclusion that is said later cancels the removal;
--   * a removal that arrives before any inclusion of its log waits: an inclusion sent later, or arriving later in the same
--     second, makes the log count, and one that was sent before the removal and has been overtaken by it does not;
--   * messages may arrive in any order: what they come to is what they come to in the order of their times.
-- A message says a thing once, however often it is delivered: what is known by its `webhook-id` is not said again, and so the
-- redelivery of an inclusion does not cancel a removal. Another message that includes the log does.
--
-- The first inclusion stands in chain_event, with what it was said by; everything else that is said, here. Rows are inserted,
-- never changed or deleted. Repetitions by other messages are kept too: a removal that is still on its way may belong
-- between one and the other.

-- Numbers deliveries as they arrive.
create sequence chain_delivery_number;
grant usage on sequence chain_delivery_number to fundrail_system;

-- By which message the log was included first. Null for what came in by no message: it counts as said when it came in.
alter table chain_event
    add column message_id text,
    add column sent_at timestamptz,
    add column delivery bigint,
    -- Which one of the delivery's logs it was, from 1.
    add column entry bigint;

create table chain_event_statement (
    chain_id    bigint not null references chain (id),
    block_hash  text not null,
    log_index   bigint not null,
    -- True: the log is no longer part of its chain, because its block is not. False: it is again.
    removed     boolean not null,
    -- Null for removals from before there was this table.
    message_id  text,
    sent_at     timestamptz not null,
    delivery    bigint not null,
    entry       bigint not null,
    received_at timestamptz not null default now(),
    primary key (chain_id, block_hash, log_index, sent_at, delivery, entry)
);
grant select, insert on chain_event_statement to fundrail_system;

-- Until now a removal counted whenever it came.
insert into chain_event_statement (chain_id, block_hash, log_index, removed, sent_at, delivery, entry, received_at)
select r.chain_id, r.block_hash, r.log_index, true,
       greatest(date_trunc('second', r.received_at), date_trunc('second', e.received_at)), 0, 1, r.received_at
from chain_event_removal r left join chain_event e using (chain_id, block_hash, log_index);
drop table chain_event_removal;

-- What a worker takes away must not stand for more than it has read: each delivery has a row of its own.
alter table chain_event_pending
    add column delivery bigint not null default 0,
    drop constraint chain_event_pending_pkey,
    add primary key (chain_id, block_hash, log_index, removal, delivery);

-- The logs of a delivery, as the component hands them over.
create function chain_delivery_logs(logs text)
    returns table (chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, removed boolean, entry bigint)
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select * from rows from (json_to_recordset(logs::json) as (
        chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text,
        address text, topics text[], data text, removed boolean)) with ordinality
$$;

-- Writes down everything of a delivery, and queues the applying. `of_message` is its `webhook-id`, `sent` its
-- `webhook-timestamp` in seconds of Unix time.
--
-- Accepted is the first inclusion of a log, and what differs from what is said just before it and just after; the rest are
-- duplicates. When a
-- chain is not registered, nothing is written and `unknown_chains` names it. All or none, by one statement of the caller's,
-- so that an answer after it is an answer about something durable.
drop function chain_intake(text, uuid);
create function chain_intake(logs text, job_id uuid, of_message text, sent bigint)
    returns table (accepted bigint, duplicates bigint, unknown_chains text[])
    language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
    said_at timestamptz := to_timestamp(sent);
    number bigint := nextval('chain_delivery_number');
    changes bigint;
begin
    unknown_chains := array(select distinct i.chain_id::text from chain_delivery_logs(logs) i
                            where not exists (select from chain c where c.id = i.chain_id) order by 1);
    accepted := 0;
    duplicates := 0;
    if cardinality(unknown_chains) > 0 then
        return next;
        return;
    end if;
    with event as (
        insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data,
                                 message_id, sent_at, delivery, entry)
        select distinct on (chain_id, block_hash, log_index) chain_id, block_hash, log_index, block_number,
               transaction_hash, address, topics, data, of_message, said_at, number, entry
        from chain_delivery_logs(logs) where not removed
        -- In one order for everyone: two deliveries of the same logs then wait for each other rather than deadlock.
        order by chain_id, block_hash, log_index, entry
        on conflict do nothing
        returning chain_id, block_hash, log_index
    ),
    pending as (
        insert into chain_event_pending (chain_id, block_hash, log_index, removal, delivery)
        select chain_id, block_hash, log_index, false, number from event
    )
    select (select count(*) from event), (select count(*) from chain_delivery_logs(logs)) into accepted, duplicates;
    duplicates := duplicates - accepted;
    if duplicates > 0 then
        changes := chain_intake_statements(logs, of_message, said_at, number);
        accepted := accepted + changes;
        duplicates := duplicates - changes;
    end if;
    if accepted > 0 then
        insert into job (id, kind, dedupe_key) values (job_id, 'chain.apply', 'all')
        on conflict (kind, dedupe_key) where state = 'queued' and dedupe_key is not null do nothing;
    end if;
    return next;
end
$$;

-- Writes down what a delivery says beyond first inclusions. Answers how much of it is news.
create function chain_intake_statements(logs text, of_message text, said_at timestamptz, number bigint) returns bigint
    language plpgsql security invoker set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
    changes bigint;
begin
    -- One delivery after the other, so that each sees what was said before: only those that bring more than new logs come here.
    perform pg_advisory_xact_lock(hashtextextended('chain.statements:' || c.chain_id, 0))
    from (select distinct i.chain_id from chain_delivery_logs(logs) i order by i.chain_id) c;
    -- A statement of its own, and so with a snapshot of its own, taken after the lock.
    with said as (
        select i.chain_id, i.block_hash, i.log_index, i.removed, i.entry,
               lag(i.removed) over (partition by i.chain_id, i.block_hash, i.log_index order by i.entry) as just_said
        from chain_delivery_logs(logs) i
    ),
    news as (
        select s.chain_id, s.block_hash, s.log_index, s.removed, s.entry,
               -- Of a log that nothing was said of before, a removal is news; its inclusion is not, since only one that was
               -- said later can have made it known.
               (s.just_said is not null or coalesce(around.before, false) <> s.removed)
                   and around.after is distinct from s.removed as changes
        from said s
        left join lateral (
            select (array_agg(b.removed order by b.sent_at desc, b.delivery desc, b.entry desc)
                        filter (where (b.sent_at, b.delivery, b.entry) < (said_at, number, s.entry)))[1] as before,
                   (array_agg(b.removed order by b.sent_at, b.delivery, b.entry)
                        filter (where (b.sent_at, b.delivery, b.entry) > (said_at, number, s.entry)))[1] as after
            from (select false as removed, coalesce(e.sent_at, date_trunc('second', e.received_at)) as sent_at,
                         coalesce(e.delivery, 0) as delivery, coalesce(e.entry, 0) as entry
                  from chain_event e
                  where e.chain_id = s.chain_id and e.block_hash = s.block_hash and e.log_index = s.log_index
                  union all
                  select t.removed, t.sent_at, t.delivery, t.entry
                  from chain_event_statement t
                  where t.chain_id = s.chain_id and t.block_hash = s.block_hash and t.log_index = s.log_index) b
        ) around on true
        where s.just_said is distinct from s.removed
          and not exists (select from chain_event e
                          where e.chain_id = s.chain_id and e.block_hash = s.block_hash and e.log_index = s.log_index
                            and not s.removed and e.message_id = of_message
                            and (e.delivery <> number or e.entry = s.entry))
          and not exists (select from chain_event_statement t
                          where t.chain_id = s.chain_id and t.block_hash = s.block_hash and t.log_index = s.log_index
                            and t.removed = s.removed and t.message_id = of_message)
    ),
    kept as (
        insert into chain_event_statement (chain_id, block_hash, log_index, removed, message_id, sent_at, delivery, entry)
        select chain_id, block_hash, log_index, removed, of_message, said_at, number, entry from news
    ),
    pending as (
        insert into chain_event_pending (chain_id, block_hash, log_index, removal, delivery)
        select chain_id, block_hash, log_index, removed, number from news where changes
        on conflict do nothing
    )
    select count(*) filter (where n.changes) into changes from news n;
    return changes;
end
$$;

-- Up to `wanted` due logs, as before; a log is due once for each delivery that changed what is said of it.
drop function chain_pending_take(integer);
create function chain_pending_take(wanted integer)
    returns table (chain_id bigint, block_hash text, log_index bigint, removal boolean, delivery bigint, subject text)
    language sql security definer set search_path = public, pg_temp
as $$
    with taken as (
        update chain_event_pending p
        set attempts = p.attempts + 1, due_at = now() + least(30 * 2 ^ p.attempts, 3600) * interval '1 second'
        where (p.chain_id, p.block_hash, p.log_index, p.removal, p.delivery) in (
            select n.chain_id, n.block_hash, n.log_index, n.removal, n.delivery from chain_event_pending n
            where n.attempts < 20 and n.due_at <= now()
            order by n.due_at
            limit least(greatest(wanted, 0), 1000)
            for update skip locked)
        returning p.chain_id, p.block_hash, p.log_index, p.removal, p.delivery
    ),
    known as (
        select t.chain_id, t.block_hash, t.log_index, t.removal, t.delivery, e.address, e.topics, e.block_number
        from taken t left join chain_event e using (chain_id, block_hash, log_index)
    )
    select k.chain_id, k.block_hash, k.log_index, k.removal, k.delivery,
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
create or replace function chain_pending_drop(keys text) returns bigint
    language sql security definer set search_path = public, pg_temp
as $$
    with gone as (
        delete from chain_event_pending p
        using json_to_recordset(keys::json) as k(chain_id bigint, block_hash text, log_index bigint, removal boolean, delivery bigint)
        where p.chain_id = k.chain_id and p.block_hash = k.block_hash and p.log_index = k.log_index
          and p.removal = k.removal and p.delivery = k.delivery
        returning 1)
    select count(*) from gone
$$;

-- Every log of one escrow: its own, and those by which a registered factory made it. `removed` is what was said of it last.
-- Holds the escrow until the end of the transaction, so that of two workers the second one folds what the first one has
-- seen, and more.
create or replace function escrow_logs(of_chain bigint, of_address text)
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
           coalesce((select s.removed from chain_event_statement s
                     where s.chain_id = c.chain_id and s.block_hash = c.block_hash and s.log_index = c.log_index
                       and (s.sent_at, s.delivery, s.entry)
                           > (coalesce(c.sent_at, date_trunc('second', c.received_at)), coalesce(c.delivery, 0), coalesce(c.entry, 0))
                     order by s.sent_at desc, s.delivery desc, s.entry desc limit 1), false),
           c.of_factory
    from candidate c
    order by c.block_number, c.log_index, c.block_hash;
end
$$;

alter function chain_delivery_logs(text) owner to fundrail_system;
alter function chain_intake(text, uuid, text, bigint) owner to fundrail_system;
alter function chain_intake_statements(text, text, timestamptz, bigint) owner to fundrail_system;
alter function chain_pending_take(integer) owner to fundrail_system;
revoke all on function chain_delivery_logs(text), chain_intake(text, uuid, text, bigint),
    chain_intake_statements(text, text, timestamptz, bigint), chain_pending_take(integer) from public;
grant execute on function chain_intake(text, uuid, text, bigint), chain_pending_take(integer) to fundrail_app;
