-- Authority is asked at the moment of use. The guard looks at the head of a request; its body may take long, and whoever
-- sends it may be signed out, demoted or removed meanwhile. So every transaction that acts for a caller begins by asking
-- again, and holds what it was told until it ends: a revocation either comes first, and the transaction is refused, or it
-- waits for the transaction.
--
-- Order of locks, the same everywhere, so that two of them never wait for each other: tenant, password, membership, session
-- or key, everything else.

-- Postgres wants the right to update of whoever locks a row.
grant update (created_at) on membership to fundrail_system;
grant update (changed_at) on user_password to fundrail_system;

-- What a session or an API key allows now; nothing when it is over. Holds the rows that say so until the transaction ends.
-- `changing` says what the transaction is about to change, so that it takes the lock that it will need at once: `people`
-- (members, roles, invitations: one at a time in a tenant) or `sign_in` (the caller's own sessions, password, factor).
create function authority_hold(held_tenant uuid, held_user uuid, held_session uuid, held_key uuid, changing text)
    returns table (roles text[], permissions text[])
    language plpgsql volatile security definer set search_path = public, pg_temp
as $$
begin
    if changing = 'people' then
        perform from tenant t where t.id = held_tenant for no key update;
    elsif changing = 'sign_in' then
        perform from user_password p where p.user_id = held_user for no key update;
    end if;
    if held_key is not null then
        return query
            select array[]::text[], k.scopes from api_key k
            where k.tenant_id = held_tenant and k.id = held_key and k.revoked_at is null and k.expires_at > clock_timestamp()
            for share;
        return;
    end if;
    perform from membership m where m.tenant_id = held_tenant and m.user_id = held_user for share;
    if not found then
        return;
    end if;
    if changing = 'sign_in' then
        perform from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for no key update;
    else
        perform from session s
        where s.tenant_id = held_tenant and s.id = held_session and s.user_id = held_user and s.revoked_at is null
          and s.expires_at > clock_timestamp()
        for share;
    end if;
    if not found then
        return;
    end if;
    -- A statement of its own, after the locks: it sees what was committed while they were waited for.
    return query
        select array(select r.role from membership_role r
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1),
               array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                     where r.tenant_id = held_tenant and r.user_id = held_user order by 1);
end
$$;

alter function authority_hold(uuid, uuid, uuid, uuid, text) owner to fundrail_system;
revoke all on function authority_hold(uuid, uuid, uuid, uuid, text) from public;
grant execute on function authority_hold(uuid, uuid, uuid, uuid, text) to fundrail_app;
