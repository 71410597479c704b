-- The tenants of the connection's user.
--
-- Called by `auth` and by `auth-password`.
create or replace function auth_own_tenants() returns table (id uuid, name text, kind text, roles text[])
    language sql stable security definer set search_path = public, pg_temp
as $$
    select t.id, t.name, t.kind,
           array(select r.role from membership_role r where r.tenant_id = m.tenant_id and r.user_id = m.user_id order by 1)
    from membership m join tenant t on t.id = m.tenant_id
    where m.user_id = app_user_id()
    order by t.name, t.id
$$;

alter function auth_own_tenants() owner to fundrail_system;
revoke all on function auth_own_tenants() from public;
