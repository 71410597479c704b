-- Everything that was said about a log, as a JSON list; null if nothing was.
--
-- Called by chain_intake and escrow_logs.
create or replace function chain_statements_json(of_chain bigint, of_block text, of_index bigint) returns text
    language sql stable security invoker set search_path = public, pg_temp
as $$
    select json_agg(json_build_object(
        'sender', s.sender, 'message', s.message_id, 'turn', s.turn, 'removed', s.removed, 'said_at', rfc3339(s.said_at),
        'heard_at', rfc3339(s.heard_at), 'delivery', s.delivery) order by s.delivery, s.message_id, s.turn)::text
    from chain_statement s
    where s.chain_id = of_chain and s.block_hash = of_block and s.log_index = of_index
$$;

alter function chain_statements_json(bigint, text, bigint) owner to fundrail_system;
revoke all on function chain_statements_json(bigint, text, bigint) from public;
