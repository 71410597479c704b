-- Records that the event which created an escrow has been removed, and with it everything that followed.
--
-- Called by `jobs` when the event that created an escrow is removed.
create or replace function escrow_withdraw(of_chain bigint, of_address text, folded text) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    stored uuid;
begin
    update escrow e set present = false
    where e.chain_id = of_chain and e.address = of_address
    returning e.id into stored;
    if stored is not null then
        perform escrow_follow(stored, folded::json);
    end if;
    return stored;
end
$$;

alter function escrow_withdraw(bigint, text, text) owner to fundrail_system;
revoke all on function escrow_withdraw(bigint, text, text) from public;
