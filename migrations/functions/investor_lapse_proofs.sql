-- Lets the proofs of an investor's wallets lapse when its identity has changed, so that no writer can forget to.
--
-- Called by the trigger of investor.
create or replace function investor_lapse_proofs() returns trigger
    language plpgsql set search_path = public, pg_temp
as $$
begin
    update investor_wallet w
    set proof_lapsed_at = new.identity_changed_at
    where w.tenant_id = new.tenant_id and w.investor_id = new.id and w.proven_at is not null and w.proof_lapsed_at is null;
    return null;
end
$$;
