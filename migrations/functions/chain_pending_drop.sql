-- Removes pending logs that have been processed.
--
-- Called by `jobs` in the transaction that has folded them.
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

alter function chain_pending_drop(text) owner to fundrail_system;
revoke all on function chain_pending_drop(text) from public;
