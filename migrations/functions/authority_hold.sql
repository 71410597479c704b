-- What a session or an API key permits now; nothing if it has ended. Locks the rows that say so until the transaction ends: a
-- revocation either comes first, and the transaction is refused, or it waits for the transaction. `changing` says what the
-- transaction is about to change, so that it takes the necessary locks at once: `people` (members, roles, invitations: one at a
-- time in a tenant), `sign_in` (the caller's own sessions, password, second factor) or `account` (both for the caller, in all of
-- their tenants).
--
-- The order of locks is the same everywhere, so that no two transactions wait for each other: tenant, password, membership,
-- session or key, everything else.
--
-- Called by `platform` at the beginning of every transaction that acts for a caller.
create or replace function authority_hold(held_tenant uuid, held_user uuid, held_session uuid, held_key uuid, changing text)
    returns table (roles text[], permissions text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
    holder     uuid := held_user;
    allowed    text[];
    resting_on bigint;
begin
    if changing = 'people' then
        perform from tenant t where t.id = held_tenant for no key update;
    elsif changing = 'account' then
        -- In the order of their ids, so that two people who leave the same tenants do not wait for each other.
        perform from tenant t
        where t.id in (select m.tenant_id from membership m where m.user_id = held_user)
        order by t.id
        for no key update;
    end if;
    if changing in ('sign_in', 'account') then
        perform from user_password p where p.user_id = held_user for no key update;
    end if;
    if held_key is not null then
        -- Without a lock: if somebody takes over the key in the meantime, it is not found below.
        select k.created_by into holder from api_key k where k.tenant_id = held_tenant and k.id = held_key;
    end if;
    perform from membership m where m.tenant_id = held_tenant and m.user_id = holder for share;
    if not found then
        return;
    end if;
    if held_key is not null then
        select k.scopes into allowed from api_key k
        where k.tenant_id = held_tenant and k.id = held_key and k.created_by = holder and k.revoked_at is null
          and k.expires_at > clock_timestamp()
        for share;
    elsif changing in ('sign_in', 'account') then
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for no key update;
    else
        select s.password_version into resting_on from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for share;
    end if;
    if not found or (held_key is null and not session_password_holds(held_user, resting_on)) then
        return;
    end if;
    -- Separate statements after the locks: they see what was committed while waiting for them.
    if held_key is not null then
        return query select array[]::text[], case when member_meets_demand(held_tenant, holder)
            then api_key_allows(held_tenant, holder, allowed) else array[]::text[] end;
        return;
    end if;
    return query
        select array(select r.role from membership_role r
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1),
               array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1);
end
$$;

alter function authority_hold(uuid, uuid, uuid, uuid, text) owner to fundrail_system;
revoke all on function authority_hold(uuid, uuid, uuid, uuid, text) from public;
