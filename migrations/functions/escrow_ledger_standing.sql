-- The entries of an escrow's ledger that have not been reversed.
--
-- Called by `jobs`, which determine what a fold reverses.
create or replace function escrow_ledger_standing(of_chain bigint, of_address text)
    returns table (id bigint, block_hash text, log_index bigint, account text, address text, token text, debit text, credit text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select l.id, l.block_hash, l.log_index, l.account, l.address, l.token, l.debit::text, l.credit::text
    from escrow e join escrow_ledger_entry l on l.escrow_id = e.id
    where e.chain_id = of_chain and e.address = of_address and l.reverses is null
      and not exists (select from escrow_ledger_entry r where r.escrow_id = l.escrow_id and r.reverses = l.id)
    order by l.id
$$;

alter function escrow_ledger_standing(bigint, text) owner to fundrail_system;
revoke all on function escrow_ledger_standing(bigint, text) from public;
