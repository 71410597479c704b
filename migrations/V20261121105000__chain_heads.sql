-- The head of a chain decides what is final, and any log raised it: one of a contract that nobody knows, with a block number
-- beyond all others, made every escrow of its chain final for ever. Now a head is raised by what has been applied alone:
-- by events of escrows that a registered factory has made and that have not been taken back. A log that comes in before
-- its escrow is known is not lost by that: what makes the escrow known folds all of its logs.

-- Up to `wanted` due logs; the try is counted, and the next one put off by longer than a run of a worker takes. `subject` is
-- the escrow that each is about: the one that a registered factory has made by it, or the contract that it comes from when
-- a factory has made that; null when it is about none that is known.
create or replace function chain_pending_take(wanted integer)
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

-- Writes what a fold came to, given as JSON: {escrow: {…}, head_block, events: [{…}], reversals: [entry id],
-- entries: [{…}]}. `new_id` becomes the id of an escrow that is not known yet. Answers with its id. `head_block` is how far
-- the chain has come at least.
create or replace function escrow_store(new_id uuid, folded text) returns uuid
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
    -- The last lock of the transaction, and only of one that raises the head.
    update chain c set head_block = f.head_block
    from json_to_record(document) as f(head_block bigint)
    where c.id = (document -> 'escrow' ->> 'chain_id')::bigint and c.head_block < f.head_block;
    return stored;
end
$$;

-- Heads that stand where no applied log has been are put back. Numbers beyond 2^53 - 1 have never been right.
update chain c set head_block = coalesce((
    select max(e.block_number) from chain_event e
    where e.chain_id = c.id and e.block_number < 9007199254740992
      and not exists (select from chain_event_removal r
                      where r.chain_id = e.chain_id and r.block_hash = e.block_hash and r.log_index = e.log_index)
      and (exists (select from chain_contract f
                   where f.chain_id = e.chain_id and f.address = e.address and f.kind = 'escrow_factory')
           or exists (select from chain_event m
                      join chain_contract f on f.chain_id = m.chain_id and f.address = m.address and f.kind = 'escrow_factory'
                      where m.chain_id = e.chain_id
                        and m.topics[2] = '0x000000000000000000000000' || substr(e.address, 3)))), 0);
