-- A change of somebody's roles waits for the transactions that rely on them: even if whoever runs the installation changes a role
-- by hand.
--
-- Called by the trigger of membership_role.
create or replace function membership_role_changing() returns trigger
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    changed membership_role := coalesce(new, old);
begin
    perform from membership m where m.tenant_id = changed.tenant_id and m.user_id = changed.user_id for no key update;
    return changed;
end
$$;

alter function membership_role_changing() owner to fundrail_system;
revoke all on function membership_role_changing() from public;
