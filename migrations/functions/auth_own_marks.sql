-- The Redis keys of what the connection's user is let in by, in every tenant: their sessions, and the API keys that they are
-- responsible for. Changes to the person (a second factor, a verified address) must reach all of them, while row-level security
-- shows those of one tenant.
--
-- Called by `platform`, for what Redis must know when the person changes.
create or replace function auth_own_marks() returns table (mark text)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select 'session:' || s.id from session s
    where s.user_id = app_user_id() and s.revoked_at is null and s.expires_at > now()
    union all
    select 'apikey:' || k.secret_hash from api_key k
    where k.created_by = app_user_id() and k.revoked_at is null and k.expires_at > now()
$$;

alter function auth_own_marks() owner to fundrail_system;
revoke all on function auth_own_marks() from public;
