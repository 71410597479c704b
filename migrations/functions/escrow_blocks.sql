-- The blocks of an escrow, for comparison with what they were before.
--
-- Called by escrow_follow.
create or replace function escrow_blocks(of_escrow uuid) returns text
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select string_agg(block_number || block_hash || applied, ',' order by block_number, block_hash)
    from chain_block where escrow_id = of_escrow
$$;

alter function escrow_blocks(uuid) owner to fundrail_system;
revoke all on function escrow_blocks(uuid) from public;
