-- Whose a session is, and what it allows now; nothing if it has ended, is somebody else's than the connection's user and tenant, or
-- rests on a password that has been replaced. So no component needs to read the tables that say it.
--
-- Called by `platform` for a request with a session that is not in the cache.
create or replace function auth_find_session(wanted uuid)
    returns table (user_id uuid, email text, email_verified boolean, mfa boolean, tenant_id uuid, tenant_name text,
                   tenant_kind text, mfa_required boolean, roles text[], permissions text[], authenticated_at bigint,
                   expires_at bigint, mfa_at bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select s.user_id, u.email, u.email_verified_at is not null,
           exists (select from user_totp f where f.user_id = s.user_id and f.confirmed_at is not null),
           t.id, t.name, t.kind, t.mfa_required,
           array(select r.role from membership_role r where r.tenant_id = s.tenant_id and r.user_id = s.user_id order by 1),
           array(select distinct p.permission from membership_role r join role_permission p on p.role = r.role
                 where r.tenant_id = s.tenant_id and r.user_id = s.user_id order by 1),
           extract(epoch from s.authenticated_at)::bigint, extract(epoch from s.expires_at)::bigint,
           extract(epoch from s.mfa_at)::bigint
    from session s
    join membership m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
    join tenant t on t.id = s.tenant_id
    join app_user u on u.id = s.user_id
    where s.id = wanted and s.tenant_id = app_tenant_id() and s.user_id = app_user_id()
      and s.revoked_at is null and s.expires_at > now() and session_password_holds(s.user_id, s.password_version)
$$;

alter function auth_find_session(uuid) owner to fundrail_system;
revoke all on function auth_find_session(uuid) from public;
