-- Up to `wanted` due logs; the attempt is counted, and the next one postponed by longer than a worker's run takes. `subject` is
-- the escrow that each is about: the one that a registered factory created with it, or the contract that emitted it if a factory
-- created that; null if it is about none that is known. A log is due once for each delivery that changed what is said about it.
--
-- Called by `jobs`, which folds escrows.
create or replace function chain_pending_take(wanted integer)
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

alter function chain_pending_take(integer) owner to fundrail_system;
revoke all on function chain_pending_take(integer) from public;
