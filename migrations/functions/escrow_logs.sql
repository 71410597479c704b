-- Every log of one escrow: its own, and those with which a registered factory created it, with everything that was said about
-- each. Locks the escrow until the end of the transaction, so that of two workers the second one folds what the first one has
-- seen, and more.
--
-- Called by `jobs` before they fold an escrow.
create or replace function escrow_logs(of_chain bigint, of_address text)
    returns table (block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, received_at text, statements text, from_factory boolean)
    language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('escrow:' || of_chain || ':' || of_address, 0));
    -- A separate statement, and so with its own snapshot, taken after the lock.
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

alter function escrow_logs(bigint, text) owner to fundrail_system;
revoke all on function escrow_logs(bigint, text) from public;
