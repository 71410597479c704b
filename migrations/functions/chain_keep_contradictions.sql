-- Keeps the logs of a delivery that contradict others as evidence.
--
-- Called by chain_intake.
create or replace function chain_keep_contradictions(logs text, of_sender text, of_message text) returns void
    language sql security invoker set search_path = public, pg_temp
as $$
    insert into chain_event_contradiction (chain_id, block_hash, log_index, fingerprint, content, sender, message_id)
    select distinct on (chain_id, block_hash, log_index, fingerprint)
           chain_id, block_hash, log_index, fingerprint, content, of_sender, of_message
    from (
        select i.chain_id, i.block_hash, i.log_index, content, encode(sha256(convert_to(content, 'utf8')), 'hex') as fingerprint
        from chain_delivery_contradictions(logs) c
        join chain_delivery_logs(logs) i using (entry)
        cross join lateral (select json_build_object(
            'chain_id', i.chain_id, 'block_hash', i.block_hash, 'log_index', i.log_index, 'block_number', i.block_number,
            'transaction_hash', i.transaction_hash, 'address', i.address, 'topics', i.topics, 'data', i.data)::text as content) as written
    ) contradicting
    order by chain_id, block_hash, log_index, fingerprint
    on conflict do nothing
$$;

alter function chain_keep_contradictions(text, text, text) owner to fundrail_system;
revoke all on function chain_keep_contradictions(text, text, text) from public;
