-- Whether a member of the connection's tenant has a permission now.
--
-- Called by `fund-listing`, which need not read who has which role: whoever publishes a value, or has proposed one, must be
-- permitted to do so now.
create or replace function app_member_may(member uuid, wanted text) returns boolean
    language sql stable security definer set search_path = public, pg_temp
as $$
    select exists (
        select from membership_role r join role_permission p on p.role = r.role
        where r.tenant_id = app_tenant_id() and r.user_id = member and p.permission = wanted)
$$;

alter function app_member_may(uuid, text) owner to fundrail_system;
revoke all on function app_member_may(uuid, text) from public;
