-- Removes the second factor of a person who has lost it, and ends their sessions. An owner of the connection's tenant can do this
-- only if the person belongs to no other tenant, since the second factor is theirs in all of them, and has no role that tenants
-- cannot assign, since those reach further. `anywhere`: by an operator. `outcome` is `unknown`, `operator`, `elsewhere`, `none`
-- (there is no second factor) or `done`. `marks` are the Redis keys of what has ended, `changed` those of API keys that the person is
-- responsible for: where a second factor is required, these hold no longer.
--
-- Called by `auth`.
create or replace function auth_reset_factor(wanted uuid, anywhere boolean)
    returns table (outcome text, tenant_id uuid, marks text[], changed text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    ended text[];
    home  uuid;
begin
    perform from user_password p where p.user_id = wanted for no key update;
    select m.tenant_id into home from membership m where m.user_id = wanted
    order by m.tenant_id <> app_tenant_id(), m.created_at, m.tenant_id limit 1;
    if home is null or (not anywhere and home <> app_tenant_id()) then
        return query select 'unknown', null::uuid, array[]::text[], array[]::text[];
        return;
    end if;
    if not anywhere and exists (
        select from membership_role r join role o on o.name = r.role where r.user_id = wanted and not o.assignable) then
        return query select 'operator', null::uuid, array[]::text[], array[]::text[];
        return;
    end if;
    if not anywhere and exists (
        select from membership m where m.user_id = wanted and m.tenant_id <> app_tenant_id()) then
        return query select 'elsewhere', null::uuid, array[]::text[], array[]::text[];
        return;
    end if;
    delete from user_totp f where f.user_id = wanted;
    if not found then
        return query select 'none', null::uuid, array[]::text[], array[]::text[];
        return;
    end if;
    delete from user_recovery_code c where c.user_id = wanted;
    with gone as (
        update session s set revoked_at = now(), revoke_reason = 'factor_reset'
        where s.user_id = wanted and s.revoked_at is null
        returning 'session:' || s.id as mark
    )
    select array(select mark from gone) into ended;
    return query select 'done', home, ended, array(
        select 'apikey:' || k.secret_hash from api_key k
        where k.created_by = wanted and k.revoked_at is null and k.expires_at > now());
end
$$;

alter function auth_reset_factor(uuid, boolean) owner to fundrail_system;
revoke all on function auth_reset_factor(uuid, boolean) from public;
