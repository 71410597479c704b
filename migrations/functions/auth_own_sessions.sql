-- A person's sessions are theirs in every tenant, while row-level security shows those of one: a person sees and ends all of them.
--
-- Called by `auth`, which lists them.
create or replace function auth_own_sessions() returns table (
        tenant_id uuid, id uuid, device text, client_address text,
        created_at timestamptz, last_used_at timestamptz, expires_at timestamptz)
    language sql stable security definer set search_path = public, pg_temp
as $$
    select s.tenant_id, s.id, s.device, s.client_address, s.created_at, s.last_used_at, s.expires_at
    from session s
    where s.user_id = app_user_id() and s.revoked_at is null and s.expires_at > now()
$$;

alter function auth_own_sessions() owner to fundrail_system;
revoke all on function auth_own_sessions() from public;
