-- Records everything in a delivery, and queues its application. `of_message` is its `webhook-id`. Returns the result for each log,
-- by its position from 1:
--   unknown_chain, contradicts   it is refused, and the whole delivery with it: nothing was written about any log
--   said                         this had not been said before
--   known                        the message had said it before
-- and `before`, everything that was said about it before, as a JSON list. It is the caller's only statement, so that a response
-- after it is about something durable.
--
-- Deliveries about the same block are processed one after the other, and each sees what was there before it: the blocks of a
-- delivery are locked from the first look to the commit. The locks are divided into 64, so that a delivery about a thousand
-- blocks does not take a thousand locks, and are taken in the same order by everyone.
--
-- Called by `escrow-webhook`.
create or replace function chain_intake(logs text, job_id uuid, of_sender text, of_message text)
    returns table (entry bigint, outcome text, before text)
    language plpgsql security definer set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
    number bigint;
begin
    return query
    select i.entry, 'unknown_chain', null::text from chain_delivery_logs(logs) i
    where not exists (select from chain c where c.id = i.chain_id);
    if found then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('chain.blocks:' || b.chain_id || ':' || b.part, 0))
    from (select distinct i.chain_id, hashtextextended(i.block_hash, 0) & 63 as part
          from chain_delivery_logs(logs) i order by i.chain_id, part) b;
    -- Separate statements, and so with what others committed before the locks were granted. The number, too, follows the order of
    -- the commits.
    number := nextval('chain_delivery_number');
    return query select c.entry, 'contradicts', null::text from chain_delivery_contradictions(logs) c;
    if found then
        perform chain_keep_contradictions(logs, of_sender, of_message);
        return;
    end if;
    insert into chain_event (chain_id, block_hash, log_index, block_number, transaction_hash, address, topics, data)
    select distinct on (chain_id, block_hash, log_index) chain_id, block_hash, log_index, block_number,
           transaction_hash, address, topics, data
    from chain_delivery_logs(logs)
    order by chain_id, block_hash, log_index, entry
    on conflict do nothing;
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
    ),
    sooner as (
        -- A job that has failed waits for its next attempt, but what has just arrived need not wait with it.
        update job j set run_at = now()
        where j.kind = 'chain.apply' and j.state = 'queued' and j.run_at > now() + interval '1 second'
          and exists (select from said)
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

alter function chain_intake(text, uuid, text, text) owner to fundrail_system;
revoke all on function chain_intake(text, uuid, text, text) from public;
