-- The part of a fold that follows the escrow itself. The locks come last, in this order: the chain's head, the positions.
--
-- Called by escrow_store and escrow_withdraw.
create or replace function escrow_follow(stored uuid, document json) returns void
    language plpgsql security invoker set search_path = public, pg_temp
as $$
declare
    of_chain bigint := (select e.chain_id from escrow e where e.id = stored);
    blocks text := escrow_blocks(stored);
    changes json;
begin
    select json_agg(f order by f.block_number, f.log_index, f.block_hash) into changes
    from json_to_recordset(document -> 'events') as f(block_number bigint, log_index bigint, block_hash text, name text,
        outcome text, detail text)
    left join escrow_event v on v.escrow_id = stored and v.block_number = f.block_number and v.log_index = f.log_index
        and v.block_hash = f.block_hash
    where (v.outcome, v.detail) is distinct from (f.outcome, f.detail);
    delete from escrow_event where escrow_id = stored;
    insert into escrow_event (escrow_id, block_number, log_index, block_hash, transaction_hash, name, parameters, outcome,
        detail, received_at)
    select stored, block_number, log_index, block_hash, transaction_hash, name, parameters, outcome, detail, received_at
    from json_to_recordset(document -> 'events') as f(block_number bigint, log_index bigint, block_hash text,
        transaction_hash text, name text, parameters text, outcome text, detail text, received_at timestamptz);
    insert into escrow_ledger_entry (escrow_id, block_hash, log_index, account, address, token, debit, credit, reverses)
    select stored, l.block_hash, l.log_index, l.account, l.address, l.token, l.credit, l.debit, l.id
    from json_array_elements_text(document -> 'reversals') as r(id)
    join escrow_ledger_entry l on l.escrow_id = stored and l.id = r.id::bigint;
    insert into escrow_ledger_entry (escrow_id, block_hash, log_index, account, address, token, debit, credit)
    select stored, block_hash, log_index, account, address, token, debit, credit
    from json_to_recordset(document -> 'entries') as f(block_hash text, log_index bigint, account text, address text,
        token text, debit numeric, credit numeric);
    delete from chain_block where escrow_id = stored;
    insert into chain_block (chain_id, block_number, block_hash, escrow_id, applied, removed, heard_at)
    select of_chain, number, hash, stored, applied, removed, heard_at
    from json_to_recordset(document -> 'blocks') as f(number bigint, hash text, applied boolean, removed boolean,
        heard_at timestamptz);
    if blocks is distinct from escrow_blocks(stored) then
        perform from chain c where c.id = of_chain for no key update;
        -- A separate statement, and so with what others committed before the lock was granted.
        update chain c set head_block = chain_head(of_chain)
        where c.id = of_chain and c.head_block <> chain_head(of_chain);
    end if;
    if changes is not null then
        perform pg_advisory_xact_lock(hashtextextended('escrow.changes', 0));
        insert into escrow_change (escrow_id, block_number, log_index, block_hash, name, outcome, detail)
        select stored, block_number, log_index, block_hash, name, outcome, detail
        from json_to_recordset(changes) as f(block_number bigint, log_index bigint, block_hash text, name text, outcome text,
            detail text);
    end if;
end
$$;

alter function escrow_follow(uuid, json) owner to fundrail_system;
revoke all on function escrow_follow(uuid, json) from public;
