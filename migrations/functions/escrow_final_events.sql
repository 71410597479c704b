-- The events of an escrow that were applied and are final according to what is known now: read before a fold, to report which of
-- them it reverses.
--
-- Called by `jobs`.
create or replace function escrow_final_events(of_chain bigint, of_address text) returns table (block_hash text, log_index bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select v.block_hash, v.log_index
    from escrow e
    join chain c on c.id = e.chain_id
    join escrow_event v on v.escrow_id = e.id
    where e.chain_id = of_chain and e.address = of_address and v.outcome = 'applied'
      and v.block_number <= c.head_block - c.confirmations
$$;

alter function escrow_final_events(bigint, text) owner to fundrail_system;
revoke all on function escrow_final_events(bigint, text) from public;
