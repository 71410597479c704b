-- Writes the result of a fold, given as JSON: {escrow: {…}, blocks: [{…}], events: [{…}], reversals: [entry id], entries: [{…}]}.
-- `new_id` becomes the id of an escrow that is not yet known. Returns its id.
--
-- Called by `jobs` with the result of a fold.
create or replace function escrow_store(new_id uuid, folded text) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    document json := folded::json;
    stored uuid;
begin
    insert into escrow as e (id, chain_id, address, present, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies, contradictions,
        created_block, last_block, created_at, changed_at)
    select new_id, chain_id, address, true, factory, order_id, buyer, seller, arbiter, token, amount, deadline,
        state, funded, released, refunded, balance, dispute_state, dispute_by, dispute_reason, anomalies, contradictions,
        created_block, last_block, created_at, changed_at
    from json_to_record(document -> 'escrow') as f(chain_id bigint, address text, factory text, order_id text, buyer text,
        seller text, arbiter text, token text, amount numeric, deadline numeric, state text, funded numeric,
        released numeric, refunded numeric, balance numeric, dispute_state text, dispute_by text,
        dispute_reason text, anomalies integer, contradictions integer, created_block bigint, last_block bigint,
        created_at timestamptz, changed_at timestamptz)
    on conflict on constraint escrow_address do update set
        present = true, factory = excluded.factory, order_id = excluded.order_id, buyer = excluded.buyer,
        seller = excluded.seller, arbiter = excluded.arbiter, token = excluded.token, amount = excluded.amount,
        deadline = excluded.deadline, state = excluded.state, funded = excluded.funded,
        released = excluded.released, refunded = excluded.refunded, balance = excluded.balance,
        dispute_state = excluded.dispute_state, dispute_by = excluded.dispute_by, dispute_reason = excluded.dispute_reason,
        anomalies = excluded.anomalies, contradictions = excluded.contradictions, created_block = excluded.created_block,
        last_block = excluded.last_block, created_at = excluded.created_at, changed_at = excluded.changed_at
    returning e.id into stored;
    perform escrow_follow(stored, document);
    return stored;
end
$$;

alter function escrow_store(uuid, text) owner to fundrail_system;
revoke all on function escrow_store(uuid, text) from public;
