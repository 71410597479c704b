-- The recipient of an e-mail to an address; the tenant is the one whose trail and outbox it belongs to. Only jobs ask this, so it
-- does not affect how fast a request is answered.
--
-- Called by `jobs`, which send e-mail.
create or replace function auth_find_user(wanted_email text) returns table (user_id uuid, tenant_id uuid)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select u.id, (select m.tenant_id from membership m where m.user_id = u.id order by m.created_at, m.tenant_id limit 1)
    from app_user u
    where u.email = wanted_email
$$;

alter function auth_find_user(text) owner to fundrail_system;
revoke all on function auth_find_user(text) from public;
