-- Whether somebody may begin a session now: their password is still the one that was given, and they are a member. Locks both
-- until the transaction ends.
--
-- Called by `platform` in the transaction that begins a session.
create or replace function auth_may_begin(wanted_tenant uuid, wanted_user uuid, shown_version bigint) returns boolean
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    perform from user_password p where p.user_id = wanted_user and p.version = shown_version for share;
    if not found then
        return false;
    end if;
    perform from membership m where m.tenant_id = wanted_tenant and m.user_id = wanted_user for share;
    return found;
end
$$;

alter function auth_may_begin(uuid, uuid, bigint) owner to fundrail_system;
revoke all on function auth_may_begin(uuid, uuid, bigint) from public;
