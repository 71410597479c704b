-- The logs of a delivery that contradict what is known, or what precedes them in the delivery: a different log at the same
-- position in the same block, or the block at a different height.
--
-- Called by chain_intake and chain_keep_contradictions.
create or replace function chain_delivery_contradictions(logs text) returns table (entry bigint)
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

alter function chain_delivery_contradictions(text) owner to fundrail_system;
revoke all on function chain_delivery_contradictions(text) from public;
