-- Whom a mail to an address is for; the tenant is the one whose trail and outbox it goes into. Only jobs ask this: no request
-- is answered sooner or later for it.
--
-- Called by `jobs`, which sends mail.
create or replace function auth_find_user(wanted_email text) returns table (user_id uuid, tenant_id uuid)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, (select m.tenant_id from membership m where m.user_id = u.id order by m.created_at, m.tenant_id limit 1)
    from app_user u
    where u.email = wanted_email
$$;

alter function auth_find_user(text) owner to fundrail_system;
revoke all on function auth_find_user(text) from public;
grant execute on function auth_find_user(text) to fundrail_app;
