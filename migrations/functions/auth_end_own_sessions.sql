-- Ends a session of the connection's user and everything that descends from it, or its whole family, in whatever tenants.
--
-- Called by `auth` for signing out, and for ending a session in the list.
create or replace function auth_end_own_sessions(wanted uuid, whole_family boolean, reason text) returns table (tenant_id uuid, id uuid)
    language sql volatile security definer set search_path = public, pg_temp
as $$
    with recursive grown as (
        select s.id from session s
        where s.user_id = app_user_id() and s.id = wanted and s.revoked_at is null and s.expires_at > now()
        union
        select s.id from session s join grown g on s.parent_id = g.id where s.user_id = app_user_id()
    ),
    family as (
        select s.id from session s
        where whole_family and s.user_id = app_user_id()
          and s.family_id = (select f.family_id from session f where f.id = wanted and f.user_id = app_user_id())
    ),
    held as (
        select s.id from session s
        where s.revoked_at is null and s.id in (select g.id from grown g union select f.id from family f)
        order by s.id
        for no key update
    )
    update session s set revoked_at = now(), revoke_reason = reason
    from held h
    where s.id = h.id
    returning s.tenant_id, s.id
$$;

alter function auth_end_own_sessions(uuid, boolean, text) owner to fundrail_system;
revoke all on function auth_end_own_sessions(uuid, boolean, text) from public;
