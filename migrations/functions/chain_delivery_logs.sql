-- The logs of a delivery, as passed by the component.
--
-- Called by the functions that accept deliveries.
create or replace function chain_delivery_logs(logs text)
    returns table (chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text, address text,
                   topics text[], data text, removed boolean, said_at timestamptz, turn integer, entry bigint)
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select * from rows from (json_to_recordset(logs::json) as (
        chain_id bigint, block_hash text, log_index bigint, block_number bigint, transaction_hash text,
        address text, topics text[], data text, removed boolean, said_at timestamptz, turn integer)) with ordinality
$$;

alter function chain_delivery_logs(text) owner to fundrail_system;
revoke all on function chain_delivery_logs(text) from public;
