-- The owner of a challenge, and the password that it is based on; nothing if that is no longer the password.
--
-- Called by `auth` when the second factor is shown.
create or replace function auth_find_challenge(wanted_hash text)
    returns table (id uuid, user_id uuid, tenant_id uuid, password_version bigint)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select c.id, c.user_id, c.tenant_id, c.password_version from login_challenge c
    where c.token_hash = wanted_hash and c.used_at is null and c.expires_at > now()
      and session_password_holds(c.user_id, c.password_version)
$$;

alter function auth_find_challenge(text) owner to fundrail_system;
revoke all on function auth_find_challenge(text) from public;
